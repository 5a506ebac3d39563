import { CodedError, type Program, parseStatement } from '@holdfast/core';
import { createHttpNetwork } from '@holdfast/server/client';
import { createPlatformClock } from '@holdfast/verifier';
import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { createNetworkClient } from '../network-client.ts';
import { createProgress, EXIT, formatDuration, type Output } from '../output.ts';
import { DEFAULTS, parseDuration, parseOrigin } from '../settings.ts';
import { type ProgramEntry, wordsOfEntry } from './entry-words.ts';
import { pause } from './eventually.ts';
import { fetchProgram, type ProgramView } from './view.ts';
import { asLine, dateOf } from './words.ts';

type Options = { json?: boolean; url: string; within: number };
type Step = 'open' | 'seal' | 'draw';

const POLL_MS = 500;
const DEFAULT_WITHIN_MS = 600_000;

const ABOUT: Readonly<Record<Step, string>> = {
  open: 'wait until a program takes applications, and print what the log says of it',
  seal: 'wait until a program is sealed, and print who was taken in, admitted and refused',
  draw: 'wait until a program is drawn, and print the seed and what was allocated',
};

/** `holdfast program open|seal|draw ID`: nobody can hasten these; the command waits, and prints what stands in the log. */
export function awaitCommand(step: Step): Command {
  return createCommand(step, ABOUT[step])
    .argument('<id>', 'the program')
    .option('--within <duration>', 'how long to wait at most, like 30s or 10m', parseDuration, DEFAULT_WITHIN_MS)
    .option('--url <origin>', 'the network', parseOrigin, DEFAULTS.url)
    .action(run<Options>((output, options, id = '') => awaitStep(output, step, options, id)));
}

async function awaitStep(output: Output, step: Step, { url, within }: Options, id: string): Promise<number> {
  const client = createNetworkClient({ url });
  const start = Date.now();
  const progress = createProgress(`waiting for ${id}`, output.json, 's');
  try {
    for (;;) {
      const view = await fetchProgram(client, id);
      const entry = entryOf(view, step);
      const earliest = earliestOf(view.program, step);
      const isOver = Date.now() - start >= within || earliest > start + within;
      if (entry !== undefined || isOver) {
        progress.end();
        return entry === undefined
          ? tellWaiting(output, view, step, earliest)
          : await tellReached(output, view, step, entry, url);
      }
      progress.step(
        Math.floor((Date.now() - start) / 1000),
        Math.ceil((Math.max(earliest, Date.now()) - start) / 1000),
      );
      await pause(Math.min(POLL_MS, within));
    }
  } finally {
    progress.end();
  }
}

/** The entry that says that the program has got so far. What is paid at once has no draw: its seal ends it. */
function entryOf({ entries, phase, program }: ProgramView, step: Step): number | undefined {
  if (step === 'open') return phase === 'announced' ? undefined : entries.program;
  if (step === 'draw' && program.allocation.mode === 'instant') {
    throw new CodedError('program.no-draw', `${program.id} pays at once: there is no draw to wait for.`);
  }
  return entries[step];
}

function earliestOf({ window }: Program, step: Step): number {
  return step === 'open' ? window.opensAt : window.closesAt;
}

async function tellReached(output: Output, view: ProgramView, step: Step, index: number, url: string): Promise<number> {
  const { program } = view;
  const entry = await readEntry(url, index);
  const intake = step === 'seal' ? await readEntry(url, view.entries.intake ?? index) : undefined;
  output.data({
    program: program.id,
    step,
    reached: true,
    phase: view.phase,
    entry: index,
    statement: entry.body,
    ...(intake === undefined ? {} : { intake: { entry: intake.index, statement: intake.body } }),
  });
  for (const one of [...(intake === undefined ? [] : [intake]), entry]) {
    for (const line of wordsOfEntry(one, program)) output.say(asLine(line));
  }
  return EXIT.yes;
}

async function readEntry(url: string, index: number): Promise<ProgramEntry> {
  const source = createHttpNetwork({ url, clock: createPlatformClock() });
  const [text = ''] = await source.fetchEntries(index, index + 1, new AbortController().signal);
  const parse = parseStatement(text);
  if (parse.ok) return { index, body: parse.statement.body };
  throw new CodedError('network.answer', `Entry #${index} of the log cannot be read.`);
}

const NOT_YET: Readonly<Record<Step, string>> = { open: 'not open yet', seal: 'not sealed yet', draw: 'not drawn yet' };

function tellWaiting(output: Output, view: ProgramView, step: Step, earliest: number): number {
  const { program, phase } = view;
  output.data({ program: program.id, step, reached: false, phase, earliest });
  const left = earliest - Date.now();
  const when =
    left > 0 ? `That is possible from ${dateOf(earliest)} on, in ${formatDuration(left)}` : 'It may come soon';
  output.say(asLine(`${program.title} (${program.id}) is ${NOT_YET[step]}. ${when}; nobody can hasten it.`));
  output.say(`  npx holdfast program show ${program.id}   what it waits for`);
  return EXIT.unknown;
}
