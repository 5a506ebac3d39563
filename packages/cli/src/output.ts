import { isCodedError } from '@holdfast/core/errors';

/** How a command ends: yes, no, cannot tell, or asked wrongly (DESIGN 12). */
export const EXIT = { yes: 0, no: 1, unknown: 2, usage: 64, unavailable: 69 } as const;

export type Output = {
  readonly json: boolean;
  /** People read this; machines get the data instead. */
  readonly say: (line?: string) => void;
  /** The command's result as data; printed only with --json. */
  readonly data: (value: unknown) => void;
};

/** Where a command's words go. With --json, stdout carries data only. */
export function createOutput(json: boolean): Output {
  return {
    json,
    say: (line = '') => {
      if (!json) process.stdout.write(`${line}\n`);
    },
    data: (value) => {
      if (json) process.stdout.write(`${JSON.stringify(value, (_name, member) => printable(member))}\n`);
    },
  };
}

function printable(value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

/** Tells a failure in a sentence and gives the exit code: bad input and refusals never end in a stack trace. */
export function tellFailure(error: unknown, json: boolean): number {
  const known = isCodedError(error);
  const code = known ? error.code : 'internal';
  const message = error instanceof Error ? error.message : String(error);
  if (json)
    process.stdout.write(
      `${JSON.stringify({ error: { code, message, ...(known ? { details: error.details } : {}) } })}\n`,
    );
  else process.stderr.write(`${message}\n`);
  if (!known && process.env.HOLDFAST_DEBUG !== undefined && error instanceof Error)
    process.stderr.write(`${error.stack}\n`);
  return exitCodeOf(code);
}

/** Whoever stops reading our output does not keep us from ending. */
const LAST_WORDS_MS = 1000;

/**
 * Ends the process once its last words are out: `process.exit` alone drops what a pipe has not taken yet. What a reader
 * has not taken within a second is dropped.
 */
export function endProcess(code: number): void {
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
  setTimeout(() => process.exit(code), LAST_WORDS_MS);
}

/** Nothing is wrong with what was asked: the machine, the data or the network cannot serve it now. */
const UNAVAILABLE = /^(data|database|engine|port|process)\.|(unreachable|unavailable)$/;

function exitCodeOf(code: string): number {
  if (code.startsWith('usage.')) return EXIT.usage;
  if (code === 'internal') return 70;
  return UNAVAILABLE.test(code) ? EXIT.unavailable : EXIT.no;
}

const UNITS: readonly (readonly [number, string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
];

/** "1 min 55 s": the two largest units of a duration in milliseconds. */
export function formatDuration(durationMs: number): string {
  const parts: string[] = [];
  let rest = Math.max(0, durationMs);
  for (const [size, unit] of UNITS) {
    const count = Math.floor(rest / size);
    if (count > 0) parts.push(`${count} ${unit}`);
    rest -= count * size;
  }
  return parts.length === 0 ? 'under 1 s' : parts.slice(0, 2).join(' ');
}

const TEN_YEARS_MS = 315_576_000_000;

/** How old evidence is. What no quorum of witnesses has ever confirmed counts from 1970, which says nothing to anybody. */
export function formatAge(ageMs: number): string {
  return ageMs < TEN_YEARS_MS ? `${formatDuration(ageMs)} old` : 'confirmed by no witnesses yet';
}

/** Local wall-clock time of unix milliseconds, to the second. */
export function formatTime(timeMs: number): string {
  return new Date(timeMs).toTimeString().slice(0, 8);
}

/** Local date and time of unix milliseconds, to the second: "2026-11-28 09:41:05". */
export function formatDateTime(timeMs: number): string {
  const date = new Date(timeMs);
  const two = (part: number) => String(part).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${formatTime(timeMs)}`;
}

const BAR_WIDTH = 24;

/** A progress line on stderr, at most four times a second, for anything over a second; with a bar when its end is known. */
export function createProgress(
  what: string,
  isQuiet: boolean,
  unit = '',
): { step: (done: number, total?: number) => void; end: () => void } {
  let shownAt = 0;
  const isTerminal = process.stderr.isTTY === true && !isQuiet;
  return {
    step: (done, total) => {
      if (!isTerminal || Date.now() - shownAt < 250) return;
      shownAt = Date.now();
      const share = total === undefined ? `${done}` : `${barOf(done, total)} ${done} of ${total}`;
      process.stderr.write(`\r\x1b[2K${what}: ${share} ${unit}`.trimEnd());
    },
    end: () => {
      if (isTerminal) process.stderr.write('\r\x1b[2K');
    },
  };
}

function barOf(done: number, total: number): string {
  const filled = Math.min(BAR_WIDTH, Math.floor((BAR_WIDTH * done) / Math.max(1, total)));
  return `[${'#'.repeat(filled).padEnd(BAR_WIDTH, '.')}]`;
}
