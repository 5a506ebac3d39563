import { applyPace, clearsInMs, type Pace, type ProgramRecord, promisedBy } from '@holdfast/core';
import type { Clock } from '../../ports/clock.ts';
import type { ApplicationCounts, DistributorStore } from '../../ports/distributor-store.ts';

/** What one program has to work off. */
export type Backlog = {
  readonly program: string;
  /** Taken in and not looked at yet. */
  readonly waiting: number;
  readonly taken: number;
  readonly maxApplications: number;
  /** Looked at in a second, as measured by this process; absent before anything was. */
  readonly perSecond?: number;
  readonly clearsInMs?: number;
};

/** What an acknowledgement says of when. */
export type Place = { readonly place?: number; readonly promisedBy?: number };

export interface IntakePace {
  /** The same store, of which what is judged is counted. */
  readonly store: DistributorStore;
  /** How many stand before one who comes now, and by when that one has been looked at. Costs a read every few seconds. */
  placeOf(record: ProgramRecord): Promise<Place>;
  backlogOf(record: ProgramRecord): Promise<Backlog>;
}

type Counted = { readonly counts: ApplicationCounts; readonly at: number; since: number };

const COUNTED_FOR_MS = 2_000;
/** What is older than this says nothing any more: whoever comes waits for it to be counted. */
const WAITED_FOR_MS = 4_000;
/** Programs whose pace and counts are remembered: those looked at last. */
const MAX_PROGRAMS = 1_000;

export function createIntakePace(store: DistributorStore, clock: Pick<Clock, 'now'>): IntakePace {
  const paces = new Map<string, Pace>();
  /** Programs in which somebody was found waiting when it was last looked. */
  /** At most one for each program of the distributor. */
  const busy = new Set<string>();
  const counted = new Map<string, Counted>();
  /** Counts under way: everybody who comes meanwhile waits for the same one. */
  /** At most one for each program of the distributor. */
  const counting = new Map<string, Promise<Counted>>();

  function keepPace(program: string, done: number, rested = false): void {
    const pace = applyPace(paces.get(program) ?? {}, done, clock.now(), rested);
    remember(paces, program, pace);
  }

  async function countedOf(program: string): Promise<Counted> {
    const known = counted.get(program);
    const ageMs = known === undefined ? Number.POSITIVE_INFINITY : clock.now() - known.at;
    if (known !== undefined && ageMs < COUNTED_FOR_MS) return known;
    const underWay = counting.get(program) ?? count(program).finally(() => counting.delete(program));
    counting.set(program, underWay);
    if (known === undefined || ageMs >= WAITED_FOR_MS) return underWay;
    // It is only counted again: nobody waits for that, and where it cannot be, the next one tries.
    underWay.catch(() => undefined);
    return known;
  }

  async function count(program: string): Promise<Counted> {
    const fresh = { counts: await store.countApplications(program), at: clock.now(), since: 0 };
    remember(counted, program, fresh);
    return fresh;
  }

  return {
    store: {
      ...store,
      async readUnjudged(program, limit) {
        const some = await store.readUnjudged(program, limit);
        // A pause in which nobody waited says nothing about how fast anybody is.
        if (some.length > 0 && !busy.has(program)) keepPace(program, 0, true);
        if (some.length > 0) busy.add(program);
        else busy.delete(program);
        return some;
      },
      async judge(program, judgements) {
        await store.judge(program, judgements);
        keepPace(program, judgements.length);
      },
    },
    async placeOf({ program }) {
      const one = await countedOf(program.id);
      one.since += 1;
      const { all, unjudged } = one.counts;
      const isSealed = program.allocation.mode === 'sealed';
      const { closesAt } = program.window;
      const from = isSealed ? closesAt + program.intakeWithinMs : clock.now();
      const by = promisedBy(unjudged + one.since, paces.get(program.id) ?? {}, from);
      return { place: all + one.since, ...(by === undefined ? {} : { promisedBy: by }) };
    },
    async backlogOf({ program }) {
      const { all: taken, unjudged: waiting } = await store.countApplications(program.id);
      const pace = paces.get(program.id) ?? {};
      const clearMs = clearsInMs(waiting, pace);
      return {
        ...{ program: program.id, waiting, taken, maxApplications: program.maxApplications },
        ...(pace.perSecond === undefined ? {} : { perSecond: Math.round(pace.perSecond * 10) / 10 }),
        ...(clearMs === undefined ? {} : { clearsInMs: clearMs }),
      };
    },
  };
}

function remember<Value>(map: Map<string, Value>, name: string, value: Value): void {
  map.delete(name);
  map.set(name, value);
  const [oldest] = map.keys();
  if (map.size > MAX_PROGRAMS && oldest !== undefined) map.delete(oldest);
}
