import {
  applyClockReading,
  type ClockWatch,
  type Finding,
  type OverviewFacts,
  overviewOf,
  type SeenSince,
  seenSince,
} from '@holdfast/core';
import type { Clock } from '../../ports/clock.ts';
import { type AgePoint, createAgeBook } from './age-book.ts';
import { createAskedSource, type FactSource } from './fact-source.ts';

/** How a network does, as it was read at one moment. */
export type OverviewView = {
  /** Unix milliseconds. */
  readonly now: number;
  readonly sentence: string;
  readonly findings: readonly Finding[];
  /** What was read to say so. */
  readonly read: Pick<OverviewFacts, 'parts' | 'verifiers'>;
};

export interface OverviewDesk {
  /** What is wrong now, shared by all who ask at about the same time; at the latest after the deadline of a source. */
  read(): Promise<OverviewView>;
  /** What was read last, without looking: whoever asks here waits for nobody. */
  latest(): OverviewView | undefined;
  /** How old the evidence of each verifier was, the oldest moment first. */
  ages(): readonly AgePoint[];
  /** Looks again and again until the signal aborts, so that since when something is wrong is known when somebody asks. */
  run(signal: AbortSignal): Promise<void>;
}

export type OverviewPorts = {
  readonly clock: Clock;
  readonly sources: readonly FactSource[];
  readonly host: string;
  readonly origin: string;
  readonly tickMs: () => number;
};

const SHARED_FOR_MS = 1_000;
const LOOK_EVERY_MS = 2_000;

/** Looks at everything that can be wrong, by asking each part; decides nothing: what it means is core's `overviewOf`. */
export function createOverviewDesk({ clock, sources, host, origin, tickMs }: OverviewPorts): OverviewDesk {
  const asked = sources.map((source) => createAskedSource(source, clock));
  const ages = createAgeBook();
  let watch: ClockWatch | undefined;
  let seen: SeenSince = new Map();
  let known: { readonly view: OverviewView; readonly atMs: number } | undefined;
  let looking: Promise<OverviewView> | undefined;

  async function look(): Promise<OverviewView> {
    watch = applyClockReading(watch, { wallMs: clock.now(), monotonicMs: clock.monotonic() });
    const said = await Promise.all(asked.map((source) => source.ask()));
    const now = clock.now();
    const { jump } = watch;
    const clockFact = jump === undefined ? {} : { clock: jump };
    const facts = mergeFacts({ ...emptyFacts(), host, origin, tickMs: tickMs(), ...clockFact }, said);
    const overview = overviewOf(facts, now, seen);
    seen = seenSince(overview);
    ages.note(facts.verifiers, now);
    const { parts, verifiers } = facts;
    const view = { now, ...overview, read: { parts, verifiers } };
    known = { view, atMs: clock.monotonic() };
    return view;
  }

  function read(): Promise<OverviewView> {
    if (known !== undefined && clock.monotonic() - known.atMs < SHARED_FOR_MS) return Promise.resolve(known.view);
    looking ??= look().finally(() => {
      looking = undefined;
    });
    return looking;
  }

  return {
    read,
    latest: () => known?.view,
    ages: ages.read,
    async run(signal) {
      while (!signal.aborted) {
        await read();
        await clock.sleep(LOOK_EVERY_MS, signal).catch(() => undefined);
      }
    },
  };
}

type ListedFacts = {
  [Name in keyof OverviewFacts]-?: OverviewFacts[Name] extends readonly unknown[] ? Name : never;
}[keyof OverviewFacts];

const LISTED = [
  'silent',
  'parts',
  'witnesses',
  'frauds',
  'verifiers',
  'checks',
  'lists',
  'unaccredited',
  'backlogs',
  'handoffs',
  'outlets',
  'keys',
  'cases',
  'incidents',
] as const satisfies readonly ListedFacts[];

function emptyFacts() {
  return Object.fromEntries(LISTED.map((name) => [name, []])) as unknown as Pick<OverviewFacts, ListedFacts>;
}

/** What several have said of one thing is one list, and of disks the fullest; of what only one says the last one counts. */
function mergeFacts(base: OverviewFacts, said: readonly Partial<OverviewFacts>[]): OverviewFacts {
  const merged: OverviewFacts = Object.assign({}, base, ...said);
  const lists = LISTED.map((name) => [name, said.flatMap((one): readonly unknown[] => one[name] ?? [])]);
  const disks = said.flatMap(({ disk }) => disk ?? []).sort((a, b) => a.freeBytes - b.freeBytes);
  const [fullest] = disks;
  return { ...merged, ...Object.fromEntries(lists), ...(fullest === undefined ? {} : { disk: fullest }) };
}
