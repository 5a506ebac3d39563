import { sha256Base64url } from '@holdfast/core';
import type { Kills } from './money/kills.ts';
import type { MoneyFigures, PersonOutcome } from './money/money-figures.ts';
import type { OracleName, Oracles, Violation } from './oracles.ts';

/** What a rehearsal did and found. The same seed and code give the same report, save for the wall-clock figures. */
export type RehearsalReport = {
  /**
   * `roles-of-two`: two networks of real roles; `split`: real roles, and a log that shows two histories; `succession`: and one that
   * ends; `pruned`: and one that refuses older entries.
   */
  readonly mode:
    | 'core'
    | 'networks'
    | 'powers'
    | 'governance'
    | 'orders'
    | 'doubts'
    | 'refreshing'
    | 'roles'
    | 'roles-of-two'
    | 'split'
    | 'pruned'
    | 'succession';
  readonly seed: number;
  readonly events: number;
  readonly virtualHours: number;
  readonly verdicts: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
  readonly checked: Readonly<Partial<Record<OracleName, number>>>;
  readonly violated: number;
  readonly violations: readonly Violation[];
  /** The laws that were broken, the first one first. */
  readonly broken: readonly OracleName[];
  /** Where programs were rehearsed. */
  readonly money?: MoneyFigures;
  /** Who has died at each crossing. */
  readonly kills?: Kills;
  readonly outcomes?: readonly PersonOutcome[];
  /** Digest over everything observed, in order: two runs of one seed must agree. */
  readonly trace: string;
  readonly wallSeconds: number;
  readonly eventsPerSecond: number;
};

/** What every rehearsal of bare transitions has at its end. */
type Rehearsed = {
  readonly oracles: Oracles;
  readonly verdicts: Tally;
  readonly faults: Tally;
  readonly trace: string;
  readonly now: number;
};

type Begun = Pick<RehearsalReport, 'mode' | 'seed' | 'events'> & {
  /** Virtual unix milliseconds. */
  readonly startMs: number;
  /** Of `performance.now()`. */
  readonly startedAt: number;
};

export function reportOf(
  { mode, seed, events, startMs, startedAt }: Begun,
  { oracles, verdicts, faults, trace, now }: Rehearsed,
): RehearsalReport {
  const wallSeconds = (performance.now() - startedAt) / 1000;
  return {
    ...{ mode, seed, events, virtualHours: (now - startMs) / 3_600_000 },
    ...{ verdicts: verdicts.toRecord(), faults: faults.toRecord() },
    checked: Object.fromEntries(oracles.checked),
    violated: oracles.violated,
    violations: oracles.violations,
    broken: [...oracles.broken],
    trace: sha256Base64url(trace),
    ...{ wallSeconds, eventsPerSecond: Math.round(events / wallSeconds) },
  };
}

/** What every rehearsal of real roles has at its end. */
export function reportOfRoles(
  { mode = 'roles', seed, startMs, startedAt }: Omit<Begun, 'mode' | 'events'> & Partial<Pick<Begun, 'mode'>>,
  world: {
    readonly scheduler: { readonly ran: number; readonly now: number };
    readonly oracles: Oracles;
    readonly verdicts: Tally;
    readonly faults: Tally;
    readonly trace: Trace;
  },
): RehearsalReport {
  const { scheduler, oracles, verdicts, faults, trace } = world;
  const begun = { mode, seed, events: scheduler.ran, startMs, startedAt };
  const report = reportOf(begun, { oracles, verdicts, faults, trace: '', now: scheduler.now });
  return { ...report, trace: trace.digest() };
}

/** Counts by name, for reports. */
export class Tally {
  readonly #counts = new Map<string, number>();

  add(name: string, count = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }

  toRecord(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/** A digest over everything observed, in order. */
export class Trace {
  #text = '';

  add(line: string): void {
    this.#text += `${line}\n`;
    if (this.#text.length > 100_000) this.#text = sha256Base64url(this.#text);
  }

  digest(): string {
    return sha256Base64url(this.#text);
  }
}

/** The same of numbers, where there are so many that writing them down would take most of the time. */
export class NumberTrace {
  #a = 0x9e3779b9;
  #b = 0x85ebca6b;

  mix(number: number): void {
    this.#a = Math.imul(this.#a ^ number, 0x01000193) ^ (this.#b >>> 15);
    this.#b = (Math.imul(this.#b + number, 0xcc9e2d51) ^ this.#a) | 0;
  }

  digest(): string {
    return sha256Base64url(`${this.#a} ${this.#b}`);
  }
}
