import { assert } from '../errors.ts';
import type { AdmissionClass, ClassTerms } from './admission-class.ts';
import { applyCursor, COHORTS } from './cohort.ts';
import { applyGradient, applyProbe, createGradient } from './gradient.ts';

/**
 * Why a request is shed. `cohort`: it was not its hour; nothing of it was read. `full`: more wait than may. `late`: it has
 * waited too long. `too-late`: its asker's deadline cannot be met.
 */
export type ShedReason = 'cohort' | 'full' | 'late' | 'too-late';

export type Admittable = {
  readonly class: AdmissionClass;
  /** Unix milliseconds, of the clock that `now` is of: who asks does not wait longer. */
  readonly deadlineAt?: number;
};

export type Shed<Entry> = { readonly entry: Entry; readonly why: ShedReason };
/** What an event moves: these begin to run now, and these are told no. */
export type Moved<Entry> = { readonly started: readonly Entry[]; readonly shed: readonly Shed<Entry>[] };

export type LaneView = {
  readonly inFlight: number;
  readonly limit: number;
  readonly reserved: number;
  readonly queued: number;
  readonly maxQueued: number;
  /** How long the oldest in the queue has waited. */
  readonly ageMs: number;
  readonly isLate: boolean;
  /** Cohorts that are let in, of `COHORTS`. */
  readonly cursor: number;
  /** What one takes where nobody is in its way, and what one took lately. */
  readonly usualMs: number;
  readonly recentMs: number;
  readonly admitted: number;
  readonly shed: Readonly<Record<ShedReason, number>>;
};
export type AdmissionView = Readonly<Record<AdmissionClass, LaneView>>;

type Waiting<Entry> = { readonly entry: Entry; readonly since: number };

/** One class at the door: what runs, what waits, and what was learned of it. */
export type Lane<Entry> = {
  readonly terms: ClassTerms;
  readonly inFlight: () => number;
  readonly limit: () => number;
  readonly queued: () => number;
  /** Share of the cohorts that are let in. */
  readonly share: () => number;
  readonly cursor: () => number;
  readonly cannotMeet: (deadlineAt: number | undefined, now: number) => boolean;
  readonly refuse: (why: ShedReason) => ShedReason;
  readonly run: (now: number, waitedMs: number) => void;
  readonly queue: (entry: Entry, now: number) => Shed<Entry>[];
  /** Takes one out of the queue to run: the newest when late, else the oldest; or sheds it, as its asker waits no longer. */
  readonly start: (now: number, shed: Shed<Entry>[]) => Entry | undefined;
  readonly end: (startedAt: number, now: number) => void;
  readonly withdraw: (entry: Entry) => void;
  /** Tells those no who have waited too long. */
  readonly sweep: (now: number) => Shed<Entry>[];
  /** And those whose askers wait no longer. */
  readonly sweepDeadlines: (now: number) => Shed<Entry>[];
  readonly second: (now: number) => void;
  /** Whether the limit was used in the last second, so that how long things take may be its doing. */
  readonly isPressed: () => boolean;
  /** Runs at its least for a while, to see how long one takes where nobody is in its way. */
  readonly beginProbe: (now: number) => void;
  readonly endProbe: () => void;
  readonly read: (now: number) => LaneView;
};

const WINDOW_MS = 100;
const WINDOW_SAMPLES = 10;
const SECOND_MS = 1000;
const SETTLES_MS = 200;
const PROBE_SAMPLES = 3;
/** What is left after a second without a sample of how long things usually take. */
const FORGETS = 0.5;

export function createLane<Entry extends Admittable>(terms: ClassTerms, startsAt: number): Lane<Entry> {
  /** The oldest first, so that who has waited too long is at the beginning. */
  const waiting: Waiting<Entry>[] = [];
  const counts: Record<ShedReason, number> = { cohort: 0, full: 0, late: 0, 'too-late': 0 };
  let gradient = createGradient(terms);
  let probe: { readonly from: number; sumMs: number; samples: number } | undefined;
  let inFlight = 0;
  let admitted = 0;
  let share = 1;
  /** When the queue was last known to be empty. */
  let emptyAt = startsAt;
  let window = { from: startsAt, sumMs: 0, samples: 0, most: 0 };
  let second = { from: startsAt, waitMs: 0, started: 0, most: 0, hasWaited: false, refused: 0 };

  const isLate = (now: number) => waiting.length > 0 && now - emptyAt > terms.patienceMs;

  function refuse(why: ShedReason): ShedReason {
    counts[why] += 1;
    if (why === 'full' || why === 'late') second.refused += 1;
    return why;
  }

  function run(now: number, waitedMs: number): void {
    inFlight += 1;
    admitted += 1;
    window.most = Math.max(window.most, inFlight);
    second.most = Math.max(second.most, inFlight);
    second.started += 1;
    second.waitMs += waitedMs;
    if (waiting.length === 0) emptyAt = now;
  }

  function shedAt(index: number, why: ShedReason): Shed<Entry>[] {
    const [taken] = waiting.splice(index, 1);
    return taken === undefined ? [] : [{ entry: taken.entry, why: refuse(why) }];
  }

  const cursor = () => Math.ceil(share * COHORTS);
  const isOver = ({ deadlineAt }: Entry, now: number) => deadlineAt !== undefined && deadlineAt <= now;

  function learn(now: number): void {
    if (now - window.from < WINDOW_MS || window.samples < WINDOW_SAMPLES) return;
    const sample = { meanMs: window.sumMs / window.samples, mostInFlight: window.most };
    gradient = applyGradient(gradient, sample, terms);
    window = { from: now, sumMs: 0, samples: 0, most: inFlight };
  }

  return {
    terms,
    inFlight: () => inFlight,
    limit: () => (probe === undefined ? gradient.limit : Math.min(terms.least, gradient.limit)),
    queued: () => waiting.length,
    share: () => share,
    cursor,
    cannotMeet: (deadlineAt, now) => deadlineAt !== undefined && deadlineAt - now <= gradient.recentMs,
    refuse,
    run,
    queue(entry, now) {
      if (waiting.length === 0) emptyAt = now;
      second.hasWaited = true;
      const isFull = waiting.length >= terms.maxQueued;
      if (isFull && !isLate(now)) return [{ entry, why: refuse('full') }];
      const shed = isFull ? shedAt(0, 'full') : [];
      waiting.push({ entry, since: now });
      assert(waiting.length <= terms.maxQueued, 'no queue is longer than its bound');
      return shed;
    },
    start(now, shed) {
      const next = isLate(now) ? waiting.pop() : waiting.shift();
      if (next === undefined) return undefined;
      if (isOver(next.entry, now)) {
        shed.push({ entry: next.entry, why: refuse('too-late') });
        return undefined;
      }
      run(now, now - next.since);
      return next.entry;
    },
    end(startedAt, now) {
      assert(inFlight > 0, 'only what runs can end');
      inFlight -= 1;
      if (probe !== undefined && startedAt >= probe.from) {
        probe.sumMs += Math.max(0, now - startedAt);
        probe.samples += 1;
        return;
      }
      window.sumMs += Math.max(0, now - startedAt);
      window.samples += 1;
      learn(now);
    },
    withdraw(entry) {
      const index = waiting.findLastIndex((one) => one.entry === entry);
      if (index !== -1) waiting.splice(index, 1);
    },
    sweep(now) {
      const mayWaitMs = isLate(now) ? terms.lateMs : terms.patienceMs;
      const tooLong = waiting.findIndex(({ since }) => now - since <= mayWaitMs);
      const old = waiting.splice(0, tooLong === -1 ? waiting.length : tooLong);
      return old.map(({ entry }) => ({ entry, why: refuse('late') }));
    },
    sweepDeadlines(now) {
      const over = waiting.filter(({ entry }) => isOver(entry, now));
      return over.flatMap((one) => shedAt(waiting.indexOf(one), 'too-late'));
    },
    second(now) {
      if (now - second.from < SECOND_MS) return;
      const meanMs = second.started === 0 ? 0 : second.waitMs / second.started;
      // A queue that has come and gone within a second has kept nobody from anything.
      const hasGone = waiting.length === 0 && second.refused === 0;
      const waitMs = hasGone ? 0 : Math.max(meanMs, waiting[0] === undefined ? 0 : now - waiting[0].since);
      const isIdle = !second.hasWaited && waiting.length === 0 && second.most <= gradient.limit / 2;
      // Else deadlines that could not be met in a bad time would be refused for ever, as nobody is let in who shows that it is over.
      if (second.started === 0) gradient = { ...gradient, recentMs: gradient.recentMs * FORGETS };
      const refusedShare = second.refused / Math.max(1, second.refused + second.started);
      share = applyCursor(share, { waitMs, quickMs: terms.quickMs, refusedShare, isIdle });
      second = { from: now, waitMs: 0, started: 0, most: inFlight, hasWaited: waiting.length > 0, refused: 0 };
    },
    isPressed: () => second.most >= gradient.limit / 2,
    beginProbe(now) {
      // What began before still is in the way of who begins now.
      probe = { from: now + SETTLES_MS, sumMs: 0, samples: 0 };
    },
    endProbe() {
      if (probe !== undefined && probe.samples >= PROBE_SAMPLES) {
        gradient = applyProbe(gradient, probe.sumMs / probe.samples);
      }
      probe = undefined;
    },
    read: (now) => ({
      ...{ inFlight, limit: Math.floor(gradient.limit), reserved: terms.reserved },
      ...{ queued: waiting.length, maxQueued: terms.maxQueued },
      ageMs: waiting[0] === undefined ? 0 : Math.max(0, now - waiting[0].since),
      isLate: isLate(now),
      cursor: cursor(),
      usualMs: Math.round(gradient.usualMs * 10) / 10,
      recentMs: Math.round(gradient.recentMs * 10) / 10,
      admitted,
      shed: { ...counts },
    }),
  };
}
