import { CodedError, checkRulebook, partySchema, type Rulebook } from '@holdfast/core';
import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { readJsonObject } from '../json-file.ts';
import { EXIT, type Output } from '../output.ts';
import { findingLines } from '../rulebook/check.ts';
import { readRulebook } from '../rulebook/read-rulebook.ts';
import { DEFAULTS, parseOrigin } from '../settings.ts';

type Options = { json?: boolean; url: string; data: string; officer: string[]; despiteErrors?: boolean };

/** `holdfast found RULES`: a network of one's own, by rules that its first officers have read. */
export function foundCommand(): Command {
  return createCommand(
    'found',
    'found a network of your own: its first entry, and the keys of its log and its governor',
  )
    .argument('<rules>', 'its rulebook: holdfast rulebook new prints one to begin from')
    .option('--officer <file...>', 'the public part of an officer of these rules: holdfast officer new makes it', [])
    .option('--url <origin>', 'the public origin, which stays: ids begin with it', parseOrigin, DEFAULTS.url)
    .option('--data <folder>', 'where the network and its governor will run', DEFAULTS.data)
    .option('--despite-errors', 'found it although the check of the rulebook finds errors in it')
    .action(run<Options>(found));
}

async function found(output: Output, options: Options, file = ''): Promise<number> {
  const { url, data } = options;
  const rulebook = await withKeys(await readRulebook(file), options.officer);
  const findings = checkRulebook(rulebook);
  for (const line of findings.length === 0 ? [] : findingLines(findings)) output.say(line);
  if (findings.some(({ severity }) => severity === 'error') && options.despiteErrors !== true) {
    output.data({ founded: false, findings });
    output.say('Nothing was founded. Mend the rules, or say --despite-errors.');
    return EXIT.no;
  }
  const { foundOwnNetwork } = await import('@holdfast/server');
  const { network, keysFolder } = await foundOwnNetwork({ dataFolder: data, origin: url, rulebook });
  output.data({ founded: true, network, url, keysFolder, findings });
  output.say(`Founded: ${rulebook.title}, the network ${network}`);
  output.say(`  Keys of its log and its governor in ${keysFolder}. Officers sign with their own, wherever those lie.`);
  output.say(`  npx holdfast up --roles network,governor --data ${data} --url ${url}`);
  return EXIT.yes;
}

type Officer = Rulebook['officers'][number];

/** The rules name officers and what each may do; each brings their key. Throws `usage.officers`. */
async function withKeys(rulebook: Rulebook, files: readonly string[]): Promise<Rulebook> {
  const keys = new Map<string, Officer['key']>();
  for (const file of files) {
    const { id, key } = await readOfficer(file);
    if (!rulebook.officers.some((officer) => officer.id === id)) {
      const known = rulebook.officers.map((officer) => officer.id).join(', ');
      throw new CodedError('usage.officers', `${file}: these rules name no officer ${id}. They name ${known}.`, { id });
    }
    keys.set(id, key);
  }
  return { ...rulebook, officers: rulebook.officers.map((each) => ({ ...each, key: keys.get(each.id) ?? each.key })) };
}

async function readOfficer(file: string): Promise<Pick<Officer, 'id' | 'key'>> {
  const { data: party } = partySchema.safeParse(await readJsonObject(file));
  const key = party?.keys.find(({ use }) => use === 'approval')?.key;
  if (party?.kind === 'officer' && key !== undefined) return { id: party.id, key };
  throw new CodedError('usage.officers', `${file} names no officer and their key: holdfast officer new makes it.`);
}
