import { writeFile } from 'node:fs/promises';
import { CodedError } from '@holdfast/core';
import { rehearseScenario, type ScenarioReport } from '@holdfast/rehearsal';
import { createProgress, EXIT, type Output } from '../output.ts';
import { readScenario } from './read-scenario.ts';
import { encodeScenarioPlot } from './scenario-plot.ts';
import { rangesOf, wordsOfRanges } from './scenario-ranges.ts';
import { wordsOfScenario } from './scenario-words.ts';

/** More seeds are asked for by several commands. */
const MAX_SEEDS = 100;

export type ScenarioOptions = { readonly seed: number; readonly seeds?: string; readonly plot?: string };

/** What would have happened to a program, for one seed or over several. Exit 1 where a law was broken. */
export async function tellScenario(output: Output, file: string, options: ScenarioOptions): Promise<number> {
  const asked = await readScenario(file);
  const seeds = options.seeds === undefined ? [options.seed] : parseSeeds(options.seeds);
  const progress = createProgress('rehearsing', output.json);
  const reports: ScenarioReport[] = [];
  for (const [i, seed] of seeds.entries()) {
    const step = (done: number) => progress.step(i * 100 + done, seeds.length * 100);
    reports.push(await rehearseScenario({ ...asked, seed, progress: step }).finally(progress.end));
  }
  const [first] = reports;
  if (first !== undefined && options.plot !== undefined) await writeFile(options.plot, encodeScenarioPlot(first));
  const isOne = options.seeds === undefined;
  output.data(isOne ? first : { ranges: rangesOf(reports), reports });
  for (const line of isOne && first !== undefined ? wordsOfScenario(first) : wordsOfRanges(reports)) output.say(line);
  if (options.plot !== undefined) output.say(`\nWho has their money, over time: ${options.plot}`);
  return reports.every(({ calm, scenario }) => calm.broken.length + scenario.broken.length === 0) ? EXIT.yes : EXIT.no;
}

/** `1-20`, or one. Throws `usage.seeds`. */
function parseSeeds(text: string): number[] {
  const [, from = '', to = from] = /^([0-9]{1,9})(?:-([0-9]{1,9}))?$/.exec(text) ?? [];
  const count = Number(to) - Number(from) + 1;
  if (from === '' || count < 1 || count > MAX_SEEDS) {
    throw new CodedError('usage.seeds', `Seeds are like 1-20, at most ${MAX_SEEDS} of them.`, { seeds: text });
  }
  return Array.from({ length: count }, (_, i) => Number(from) + i);
}
