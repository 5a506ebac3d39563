import {
  CodedError,
  parseCheckpoint,
  parseNote,
  parseStatement,
  type Statement,
  type StatementOf,
} from '@holdfast/core';
import { type CosignedEvent, type FeedEvent, isCosigned } from '@holdfast/verifier';
import type { Clock } from '../../ports/clock.ts';
import { decisionThread } from '../../seeing/decision-thread.ts';
import { SILENT, type Signals } from '../../seeing/signals.ts';

/** The six stamps of one decision; all unix milliseconds, and one is absent where nobody saw it happen. */
export type DecisionTrace = {
  /** Its entry in the log. */
  readonly entry: number;
  readonly power: string;
  readonly class: string;
  readonly count: number;
  readonly received: number;
  readonly authorised: number;
  /** Time of the epoch that covers it: from here on it counts. */
  readonly logged: number;
  /** A quorum of witnesses, or the first of them where the rulebook names none, has signed a log with it. */
  readonly cosigned?: number;
  /** The issuer's list tokens say it; only of what they say anything about. */
  readonly published?: number;
  /** When each verifier had read it, and how long after the epoch that was. */
  readonly effects: readonly { readonly verifier: string; readonly at: number; readonly lagMs: number }[];
};

export type DecisionBookPorts = {
  readonly clock: Clock;
  readonly stream: (from: number, signal: AbortSignal) => AsyncIterable<FeedEvent | CosignedEvent>;
  readonly readEntries: (from: number, to: number) => Promise<readonly string[]>;
  readonly size: () => number;
  /** Who is asked how far they have read. */
  readonly verifiers: readonly string[];
  /** How far each verifier has read, by its id; one that does not answer is left out. */
  readonly readFollowers: () => Promise<ReadonlyMap<string, number>>;
  /** Of the epoch, in whole seconds, that all of the issuer's list tokens say; undefined while one of them is behind. */
  readonly publishedAsOf: () => number | undefined | Promise<number | undefined>;
  readonly report: (error: unknown) => void;
  /** Told of what was seen of each decision once it is in the log; without it nobody is. */
  readonly signals?: Pick<Signals, 'decisionCosigned' | 'decisionPublished' | 'decisionEffective'>;
};

export interface DecisionBook {
  /** Throws `trace.no-decision`, or what reading the log throws. */
  trace(entry: number): Promise<DecisionTrace>;
  /** Those that this process has seen, the latest first. */
  latest(): readonly DecisionTrace[];
  /** Sees decisions come until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** What was seen of one epoch with decisions in it. */
type Seen = {
  readonly size: number;
  readonly time: number;
  readonly decisions: readonly (readonly [entry: number, Decision])[];
  readonly until: number;
  cosigned?: number;
  published?: number;
  readonly effects: Map<string, number>;
};
type Decision = StatementOf<'decision'>;

/** Epochs with decisions that are remembered, in memory: a restart forgets when followers had read them, and the log does not say. */
const MAX_SEEN = 1_000;
/** How often it is looked who has read the newest ones, at first, and for how long: who needs more has its lag told by the overview. */
const LOOK_EVERY_MS = 100;
const LOOK_FOR_MS = 120_000;
const OFTEN_FOR_MS = 5_000;
const RETRY_MS = 1_000;
const MAX_ENTRIES_TO_EPOCH = 256;
const NOBODY: ReadonlyMap<string, number> = new Map();

/** When each decision took effect, and where: by following the feed like anybody, and asking each verifier how far it has read. */
export function createDecisionBook(ports: DecisionBookPorts): DecisionBook {
  const { clock, readEntries, size, signals = SILENT } = ports;
  const seen = new Map<number, Seen>();
  let wake = () => {};

  async function note(event: FeedEvent | CosignedEvent): Promise<void> {
    if (isCosigned(event)) {
      const cosignedSize = sizeOf(event.cosigned);
      const now = clock.now();
      for (const one of seen.values()) {
        if (one.size > cosignedSize || one.cosigned !== undefined) continue;
        one.cosigned = now;
        for (const told of toldOf(one, now)) signals.decisionCosigned(told);
      }
      return;
    }
    const end = sizeOf(event.checkpoint);
    const entries = event.entries ?? (await readAll(event.from, end));
    const decisions = entries.flatMap((entry, i) => {
      const body = bodyOf(entry);
      return body?.type === 'decision' ? [[event.from + i, body] as const] : [];
    });
    const epoch = bodyOf(entries.at(-1));
    if (decisions.length === 0 || epoch?.type !== 'epoch') return;
    seen.set(end, {
      size: end,
      time: epoch.time,
      decisions,
      until: clock.monotonic() + LOOK_FOR_MS,
      effects: new Map(),
    });
    const [oldest] = seen.keys();
    if (seen.size > MAX_SEEN && oldest !== undefined) seen.delete(oldest);
    wake();
  }

  async function readAll(from: number, to: number): Promise<string[]> {
    const entries: string[] = [];
    while (from + entries.length < to) {
      const at = from + entries.length;
      entries.push(...(await readEntries(at, Math.min(to, at + MAX_ENTRIES_TO_EPOCH))));
    }
    return entries;
  }

  async function lookOnce(waiting: readonly Seen[]): Promise<void> {
    // Once all have read it nobody is asked any more.
    const isMissing = waiting.some(({ effects }) => ports.verifiers.some((id) => !effects.has(id)));
    const followers = isMissing ? await ports.readFollowers() : NOBODY;
    const isUnpublished = waiting.some(({ published }) => published === undefined);
    const asOf = (isUnpublished ? await ports.publishedAsOf() : undefined) ?? 0;
    const now = clock.now();
    for (const one of waiting) {
      // Tokens say whole seconds.
      if (asOf >= one.time - (one.time % 1000) && one.published === undefined) {
        one.published = now;
        for (const told of toldOf(one, now)) if (IN_LISTS.has(told.power)) signals.decisionPublished(told);
      }
      for (const [verifier, read] of followers) {
        if (read < one.size || one.effects.has(verifier)) continue;
        one.effects.set(verifier, now);
        for (const told of toldOf(one, now)) signals.decisionEffective({ ...told, verifier });
      }
    }
  }

  async function watchEffects(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const waiting = [...seen.values()].filter(({ until }) => until > clock.monotonic());
      if (waiting.length > 0) await lookOnce(waiting).catch(ports.report);
      const rest = new AbortController();
      wake = () => rest.abort();
      const ended = AbortSignal.any([signal, rest.signal]);
      await clock.sleep(pauseOf(waiting, clock.monotonic()), ended).catch(() => undefined);
    }
  }

  async function follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        for await (const event of ports.stream(size(), signal)) await note(event);
      } catch (error) {
        if (!signal.aborted) ports.report(error);
      }
      await clock.sleep(RETRY_MS, signal).catch(() => undefined);
    }
  }

  return {
    async trace(entry) {
      const known = [...seen.values()].find(({ decisions }) => decisions.some(([index]) => index === entry));
      const decision = known?.decisions.find(([index]) => index === entry)?.[1];
      if (known !== undefined && decision !== undefined) return traceOf(entry, decision, known);
      const body = entry < size() ? bodyOf((await readEntries(entry, entry + 1))[0]) : undefined;
      if (body?.type !== 'decision')
        throw new CodedError('trace.no-decision', 'This entry of the log is no decision.', { entry });
      const after = await readEntries(entry, Math.min(size(), entry + MAX_ENTRIES_TO_EPOCH));
      const epoch = after.map(bodyOf).find((one) => one?.type === 'epoch');
      return traceOf(entry, body, { time: epoch?.type === 'epoch' ? epoch.time : body.authorised, effects: new Map() });
    },
    latest: () =>
      [...seen.values()]
        .reverse()
        .flatMap((one) => one.decisions.map(([entry, decision]) => traceOf(entry, decision, one))),
    run: async (signal) => {
      await Promise.all([follow(signal), watchEffects(signal)]);
    },
  };
}

/** Each decision of an epoch, in its own trace, and how long after the epoch it is. */
function toldOf({ decisions, time }: Seen, now: number) {
  return decisions.map(([entry, { id, power }]) => ({
    ...{ power, entry, afterMs: Math.max(0, now - time), decision: decisionThread(id) },
  }));
}

/** What list tokens say something of. */
const IN_LISTS: ReadonlySet<string> = new Set(['revoke', 'suspend', 'lift', 'compromise']);

/** Often at first; whoever has not read it by then is late, and seconds are enough to say by how much. */
function pauseOf(waiting: readonly Seen[], nowMs: number): number {
  if (waiting.length === 0) return LOOK_FOR_MS;
  return waiting.some(({ until }) => until - nowMs > LOOK_FOR_MS - OFTEN_FOR_MS) ? LOOK_EVERY_MS : RETRY_MS;
}

function traceOf(
  entry: number,
  { power, class: reason, targets, received, authorised }: Decision,
  { time, cosigned, published, effects }: Pick<Seen, 'time' | 'cosigned' | 'published' | 'effects'>,
): DecisionTrace {
  return {
    ...{ entry, power, class: reason, count: targets.count, received, authorised, logged: time },
    ...(cosigned === undefined ? {} : { cosigned }),
    ...(published === undefined || !IN_LISTS.has(power) ? {} : { published }),
    effects: [...effects].map(([verifier, at]) => ({ verifier, at, lagMs: Math.max(0, at - time) })),
  };
}

function sizeOf(note: string): number {
  return parseCheckpoint(parseNote(note).text).size;
}

function bodyOf(entry: string | undefined): Statement['body'] | undefined {
  if (entry === undefined) return undefined;
  const parse = parseStatement(entry);
  return parse.ok ? parse.statement.body : undefined;
}
