import {
  CodedError,
  createAuditor,
  type KeyHolder,
  keyHolders,
  type PowersOf,
  parseJsonObject,
  rulebookSchema,
  standingPowers,
} from '@holdfast/core';
import { auditLog, readAudit } from '@holdfast/verifier';
import { createNodeEngine } from '@holdfast/verifier/node';
import type { Command } from 'commander';
import { FILE_BOUNDS, readBounded } from '../bounded-file.ts';
import { createCommand, run } from '../command.ts';
import { openLogSource, parseLogSource } from '../log-source.ts';
import { createProgress, EXIT, type Output } from '../output.ts';
import { tellPowers } from '../powers/powers-words.ts';
import { DEFAULTS } from '../settings.ts';

type Options = { json?: boolean; rulebook?: string; network: string };

/** `holdfast powers` says who can do what alone, what needs whom, what stops if they vanish, and what each key is worth. */
export function powersCommand(): Command {
  return createCommand('powers', 'who can do what alone, what needs whom, and what stops if they vanish')
    .option('--rulebook <file>', 'of a rulebook in a file (JSON), instead of a network')
    .option('--network <source>', 'of a network: its origin, or a folder with its log', parseLogSource, DEFAULTS.url)
    .action(run<Options>(powers));
}

async function powers(output: Output, { rulebook: file, network }: Options): Promise<number> {
  const of = file === undefined ? await readNetwork(output, network) : { rulebook: await readRulebook(file) };
  const standing = standingPowers(of);
  const holders: readonly KeyHolder[] = keyHolders(of);
  output.data({ ...standing, holders });
  tellPowers(output, standing, holders);
  const isLiving = standing.dead.length === 0 && standing.seats.every((seat) => seat.isLiving);
  return isLiving ? EXIT.yes : EXIT.no;
}

async function readRulebook(file: string): Promise<PowersOf['rulebook']> {
  const text = await readBounded(file);
  const { body, ...rest } = parseJsonObject(text, FILE_BOUNDS);
  const parsed = rulebookSchema.safeParse(body ?? rest);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new CodedError('rulebook.malformed', `This is not a rulebook: ${issue?.path.join('.')}: ${issue?.message}.`);
}

/** From outside, as an audit reads it: what the operator says of it is not asked. */
async function readNetwork(output: Output, source: string): Promise<PowersOf> {
  const auditor = createAuditor({ rules: [] });
  const progress = createProgress('entries read', output.json);
  const reading = auditLog(await openLogSource(source), {
    engine: createNodeEngine(),
    signal: new AbortController().signal,
    auditor,
  });
  const log = await readAudit(reading, ({ entries, size }) => progress.step(entries, size)).finally(progress.end);
  const state = auditor.state();
  if (!log.holds || state?.rulebook === undefined) {
    throw new CodedError(
      'powers.log',
      `This log does not hold (holdfast audit says why), so nobody's power follows from it.`,
    );
  }
  return { rulebook: state.rulebook.body, parties: [...state.parties.values()], time: state.time };
}
