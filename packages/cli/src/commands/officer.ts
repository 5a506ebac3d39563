import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError, type Party } from '@holdfast/core';
import { createKeyFilesSigner } from '@holdfast/server/client';
import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { told } from '../lists/output-file.ts';
import { EXIT, type Output } from '../output.ts';
import { DEFAULTS } from '../settings.ts';

type Options = { json?: boolean; data: string; name?: string; role?: string[]; of?: string; out?: string };

/** `holdfast officer …`: an officer's own key, on their own machine. */
export function officerCommand(): Command {
  const officer = createCommand('officer', "an officer's own key: made where it is used, and never handed on");
  officer.addCommand(
    createCommand('new', 'make the key, and a file that names its public part; the same again says the same')
      .argument('<id>', 'whose: lower-case letters, digits and dashes, as the rulebook has it')
      .option('--name <words>', 'their name; default the id')
      .option('--role <role...>', 'what they shall have, for whoever enrols them: revoker, registrar, reviewer, …')
      .option('--of <party>', 'the house that they belong to: they judge nothing about it')
      .option('--out <file>', 'where the public part goes; default ID.json')
      .option('--data <folder>', 'where the key lies, sealed', DEFAULTS.data)
      .action(run<Options>(create)),
  );
  return officer;
}

async function create(output: Output, options: Options, id = ''): Promise<number> {
  const { data, name = id, role = [], of, out = `${id}.json` } = options;
  if (!/^[a-z0-9-]{1,64}$/.test(id)) {
    throw new CodedError('usage.officers', 'An officer is named by lower-case letters, digits and dashes, at most 64.');
  }
  const directory = join(data, 'keys', id);
  const signer = await createKeyFilesSigner({ directory, passphrasePath: `${directory}.passphrase` });
  const entry: Party = {
    ...{ id, kind: 'officer', name, roles: role },
    ...(of === undefined ? {} : { of }),
    keys: [{ use: 'approval', key: await signer.create('approval', 'ES256') }],
    accreditations: [],
  };
  await writeOnce(out, `${JSON.stringify(entry, null, 2)}\n`);
  output.data({ officer: entry, file: out });
  output.say(`The key of ${id} lies sealed in ${directory}, its passphrase beside it: on another disk it is safer.`);
  output.say(`  ${out}   its public part: whoever founds the network needs it, or those who enrol ${id}`);
  return EXIT.yes;
}

/** The same again is no mistake; anything else there is left alone. Throws `usage.out`. */
async function writeOnce(file: string, text: string): Promise<void> {
  if ((await readFile(file, 'utf8').catch(() => undefined)) === text) return;
  await told(file, () => writeFile(file, text, { flag: 'wx' }));
}
