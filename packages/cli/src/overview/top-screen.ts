import { type Finding, type Handoff, sentenceOf, wordsOfFinding } from '@holdfast/core';
import type { OverviewView } from '@holdfast/server/answers';
import { sayMissing } from '../handoff-words.ts';
import { formatDuration, formatTime } from '../output.ts';
import { sayLocal } from './overview-answer.ts';

/** What one look has found; what did not answer is missing. */
export type Look = {
  readonly url: string;
  readonly now: number;
  readonly overview?: OverviewView;
  /** Why there is no overview. */
  readonly failure?: string;
  readonly handoffs?: readonly Handoff[];
  /** Roles that do not say what waits at them. */
  readonly silent?: readonly string[];
  readonly load?: Load;
};

export type Load = {
  readonly classes: Readonly<Record<string, Lane>>;
  readonly loop: { readonly lagMs: number };
  readonly backlogs: readonly Waiting[];
};
type Lane = { readonly inFlight: number; readonly limit: number; readonly queued: number; readonly recentMs: number };
type Waiting = {
  readonly program: string;
  readonly waiting: number;
  readonly taken: number;
  readonly perSecond?: number;
  readonly clearsInMs?: number;
};

export type Size = { readonly columns: number; readonly rows: number };
/** How a line looks; a terminal without colours shows them all alike, and nothing is said by colour alone. */
export type Line = { readonly text: string; readonly look?: 'title' | 'ill' | 'well' | 'soft' };

const NARROWEST = 40;

/** The screen, line by line, never wider or longer than it may be; what has no room is counted in its last line. */
export function renderTop(look: Look, { columns, rows }: Size): readonly Line[] {
  const width = Math.max(NARROWEST, columns);
  const lines = [
    headline(look, width),
    { text: '' },
    ...state(look, width),
    ...findings(look, width),
    ...verifiers(look, width),
    ...crossings(look, width),
    ...load(look, width),
  ].map(({ text, ...rest }): Line => ({ text: text.slice(0, columns), ...rest }));
  if (lines.length <= rows) return lines;
  const left = lines.length - rows + 1;
  return [
    ...lines.slice(0, rows - 1),
    { text: `${left} more lines: make the window higher`.slice(0, columns), look: 'soft' },
  ];
}

function headline({ url, now }: Look, width: number): Line {
  const right = `${formatTime(now)}  q quits`;
  return { text: `Holdfast at ${url}`.padEnd(width - right.length) + right, look: 'title' };
}

function state({ overview, failure, now }: Look, width: number): Line[] {
  if (overview === undefined)
    return wrap(failure ?? 'Nothing is known yet.', width).map((text) => ({ text, look: 'ill' }));
  const { findings: found, read } = overview;
  const isWell = found.length === 0;
  const words = `${isWell ? 'OK ' : '!! '}${sentenceOf(found, read, sayLocal(now))}`;
  return wrap(words, width).map((text) => ({ text, look: isWell ? 'well' : 'ill' }));
}

function findings({ overview, now }: Look, width: number): Line[] {
  const found = overview?.findings ?? [];
  if (found.length === 0) return [];
  return [
    ...section('What is wrong, the worst first', width),
    ...found.flatMap((one) => findingLines(one, now, width)),
  ];
}

function findingLines(finding: Finding, now: number, width: number): Line[] {
  const { code, part, since, command } = finding;
  const head = `${code.padEnd(22)} ${part.padEnd(20)} for ${formatDuration(now - since)}`;
  return [
    { text: head, look: 'ill' },
    ...wrap(wordsOfFinding(finding, sayLocal(now)), width - 2).map((text) => ({ text: `  ${text}` })),
    { text: `  $ ${command}`, look: 'soft' },
  ];
}

const BAR_CELLS = 20;
const BAR_MS = 60_000;

function verifiers({ overview, now }: Look, width: number): Line[] {
  const read = overview?.read.verifiers ?? [];
  if (read.length === 0) return [];
  const rows = read.map(({ name, isAnswering, readAt }): Line => {
    if (!isAnswering || readAt === undefined)
      return { text: `${name.padEnd(16)} ${isAnswering ? 'has read nothing' : 'does not answer'}` };
    const ageMs = Math.max(0, now - readAt);
    const filled = Math.min(BAR_CELLS, Math.ceil((BAR_CELLS * ageMs) / BAR_MS));
    return { text: `${name.padEnd(16)} [${'#'.repeat(filled).padEnd(BAR_CELLS, '.')}] ${formatDuration(ageMs)} old` };
  });
  return [...section('Verifiers: how old what they know is, up to a minute', width), ...rows];
}

function crossings({ handoffs, silent = [], now }: Look, width: number): Line[] {
  if (handoffs === undefined) return [];
  const groups = new Map<string, { count: number; since: number }>();
  for (const { what, owner, next, count, since } of handoffs) {
    const key = `${what.padEnd(14)} ${owner.padEnd(28)} until ${next}`;
    const known = groups.get(key);
    groups.set(key, { count: count + (known?.count ?? 0), since: Math.min(since, known?.since ?? since) });
  }
  const rows = [...groups].map(([key, { count, since }]) => ({
    text: `${String(count).padStart(7)} ${key}, the oldest for ${formatDuration(now - since)}`,
  }));
  const missing = sayMissing(silent);
  const said = missing === undefined ? rows : [{ text: missing, look: 'ill' as const }, ...rows];
  return [...section('On its way, and whose it is', width), ...(said.length === 0 ? [{ text: 'nothing' }] : said)];
}

function load({ load: seen }: Look, width: number): Line[] {
  if (seen === undefined) return [];
  const lanes = Object.entries(seen.classes).map(([name, { inFlight, limit, queued, recentMs }]) => {
    const place = `${String(inFlight).padStart(4)} of ${String(limit).padEnd(5)}`;
    return {
      text: `${name.padEnd(9)} ${place} inside ${String(queued).padStart(5)} waiting ${recentMs.toFixed(1).padStart(8)} ms`,
    };
  });
  const backlogs = seen.backlogs.map(({ program, waiting, taken, perSecond, clearsInMs }) => {
    const pace = perSecond === undefined ? 'no pace measured yet' : `${perSecond} a second`;
    const clears = clearsInMs === undefined || waiting === 0 ? '' : `, clears in ${formatDuration(clearsInMs)}`;
    return { text: `${program.padEnd(20)} ${waiting} of ${taken} wait to be judged, ${pace}${clears}` };
  });
  return [
    ...section(`Load: the loop is ${Math.round(seen.loop.lagMs)} ms late`, width),
    ...lanes,
    ...(backlogs.length === 0 ? [] : [...section('Programs: backlog and pace', width), ...backlogs]),
  ];
}

function section(title: string, width: number): Line[] {
  return [{ text: '' }, { text: `${title} `.padEnd(width, '-'), look: 'title' }];
}

/** At spaces; a word that is longer than a line is cut. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((one) => one.slice(0, width));
}
