import { CodedError, canonicalJson, encodeUtf8, isCodedError, parseUtf8 } from '@holdfast/core';
import type { Clock } from '../../ports/clock.ts';
import { type Erasable, type Erased, MAX_TRACES, type PersonTraces } from '../../ports/erasable.ts';
import type { ErasureRecord, ErasureStore } from '../../ports/erasure-store.ts';
import type { Sealer } from '../../ports/sealer.ts';

export type EraserPorts = {
  readonly clock: Clock;
  readonly sealer: Sealer;
  readonly store: ErasureStore;
  /** Every part that keeps something about people. */
  readonly parts: readonly Erasable[];
  readonly report?: (event: { readonly code: string; readonly detail: string }) => void;
  /** Told when every part has answered, and of how many. */
  readonly done?: (parts: number) => void;
};

/** Times in milliseconds. */
export type EraserBounds = {
  /** Requests that are not over; more are refused. */
  readonly maxOpen: number;
  /** Callers that wait for their turn; the next one is refused at once. */
  readonly maxWaiting: number;
  /** After a part did not answer, it is asked again this much later. */
  readonly retryMs: number;
  /** What stays is looked at again no sooner than this, and no later than that. */
  readonly lookAgainMs: { readonly least: number; readonly most: number };
};

const DEFAULT_BOUNDS: EraserBounds = {
  maxOpen: 1000,
  maxWaiting: 64,
  retryMs: 60_000,
  lookAgainMs: { least: 60_000, most: 86_400_000 },
};

/** What was erased where, what stays until when, and who has not answered. Names nobody. */
export type ErasureReceipt = {
  readonly id: string;
  readonly by: string;
  readonly requestedAt: number;
  readonly state: 'done' | 'stays' | 'waits';
  readonly parts: readonly Erased[];
  readonly waitsFor: readonly string[];
  /** Unix milliseconds at which it goes on by itself. */
  readonly nextAt?: number;
};

/** Forgets a person in every part of a network, and keeps the receipt. Whoever asks has been found entitled before. */
export interface Eraser {
  /** Begins, or goes on with, and answers as far as it has come. Throws `erasure.too-many`, `erasure.too-large`. */
  erase(traces: PersonTraces, by: string): Promise<ErasureReceipt>;
  /** Throws `erasure.not-found`. */
  read(id: string): Promise<ErasureReceipt>;
  /** Goes on with whatever is due; says how many. */
  work(): Promise<number>;
}

const CONTEXT = 'erasure';
/** A part may learn of more by what another one knows: labels lead to places, places to verdicts. */
const ROUNDS = 3;
const KINDS = ['labels', 'places', 'credentials', 'holders', 'verdicts'] as const;

export function createEraser(ports: EraserPorts, bounds: Partial<EraserBounds> = {}): Eraser {
  const { clock, sealer, store, parts, done, report = () => undefined } = ports;
  const { maxOpen, maxWaiting, retryMs, lookAgainMs } = { ...DEFAULT_BOUNDS, ...bounds };
  /** One request at a time: two runs of one would count what they erased twice. */
  let running: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    waiting += 1;
    const result = running.then(work).finally(() => {
      waiting -= 1;
    });
    running = result.catch(() => undefined);
    return result;
  }

  async function seal(id: string, traces: PersonTraces): Promise<Uint8Array> {
    return sealer.seal(encodeUtf8(canonicalJson(traces)), `${CONTEXT} ${id}`);
  }

  async function open({ id, sealed }: ErasureRecord): Promise<PersonTraces | undefined> {
    if (sealed === undefined) return undefined;
    return JSON.parse(parseUtf8(await sealer.open(sealed, `${CONTEXT} ${id}`))) as PersonTraces;
  }

  /**
   * Asks every part what it knows. What one that is away knows is added when it answers: the traces are kept until then, so
   * that nothing which is erased meanwhile is needed to find the rest.
   */
  async function traceAll(known: PersonTraces): Promise<{ traces: PersonTraces; silent: readonly string[] }> {
    let traces = known;
    const silent = new Set<string>();
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const part of parts) {
        if (silent.has(part.part)) continue;
        const asked = traces;
        const found = await attempt(part, () => part.trace(asked));
        if (found === undefined) silent.add(part.part);
        else traces = merge(traces, found);
      }
    }
    return { traces, silent: [...silent] };
  }

  async function attempt<Result>({ part }: Erasable, work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      const code = isCodedError(error) ? error.code : 'internal';
      report({
        code,
        detail: `${part} could not be asked to forget: ${error instanceof Error ? error.message : error}`,
      });
      return undefined;
    }
  }

  async function eraseAll(
    record: ErasureRecord,
    traces: PersonTraces,
    silent: readonly string[],
  ): Promise<ErasureRecord> {
    let next: ErasureRecord = { ...record, waitsFor: silent };
    for (const part of parts) {
      if (silent.includes(part.part)) continue;
      const erased = await attempt(part, () => part.erase(traces));
      if (erased === undefined) next = { ...next, waitsFor: [...next.waitsFor, part.part] };
      else next = { ...next, parts: added(next.parts, erased) };
      // Kept after each: killed in between, what was erased is still counted.
      await store.keep(next);
    }
    return next.waitsFor.length > 0 ? { ...next, nextAt: clock.now() + retryMs } : lookAgain(next);
  }

  /** The traces go with the last thing that will go by itself. */
  function lookAgain(record: ErasureRecord): ErasureRecord {
    const dates = record.parts.flatMap(({ stays }) => stays.flatMap(({ until }) => until ?? []));
    const { sealed: _, nextAt: __, ...over } = record;
    if (dates.length === 0) return over;
    const now = clock.now();
    const at = Math.min(Math.max(Math.min(...dates), now + lookAgainMs.least), now + lookAgainMs.most);
    return { ...record, nextAt: at };
  }

  async function goOn(record: ErasureRecord): Promise<ErasureRecord> {
    const known = await open(record);
    if (known === undefined) return record;
    const { traces, silent } = await traceAll(known);
    const traced = { ...record, sealed: await seal(record.id, traces) };
    await store.keep(traced);
    const next = await eraseAll(traced, traces, silent);
    await store.keep(next);
    if (next.waitsFor.length === 0) done?.(next.parts.length);
    return next;
  }

  return {
    async erase(traces, by) {
      if (waiting >= maxWaiting) throw tooMany();
      assertSize(traces);
      return inTurn(async () => {
        const id = await sealer.pseudonym(canonicalJson(sorted(traces)), CONTEXT);
        const now = clock.now();
        const fresh = { id, by, requestedAt: now, parts: [], waitsFor: [], nextAt: now };
        const sealed = await seal(id, traces);
        if (!(await store.add({ ...fresh, sealed }, maxOpen))) throw tooMany();
        const kept = (await store.read(id)) ?? { ...fresh, sealed };
        // Asked again when it was over: there may be something new since.
        const again = kept.sealed === undefined ? { ...kept, sealed, nextAt: now } : kept;
        return receiptOf(await goOn(again));
      });
    },
    async read(id) {
      const record = await store.read(id);
      if (record === undefined) throw new CodedError('erasure.not-found', 'There is no such request here.');
      return receiptOf(record);
    },
    work: () =>
      inTurn(async () => {
        const due = await store.readDue(clock.now());
        for (const record of due) await goOn(record);
        return due.length;
      }),
  };
}

function merge(known: PersonTraces, found: Partial<PersonTraces>): PersonTraces {
  const merged = Object.fromEntries(
    KINDS.map((kind) => [kind, distinct([...known[kind], ...(found[kind] ?? [])])]),
  ) as unknown as PersonTraces;
  assertSize(merged);
  return merged;
}

function tooMany(): CodedError {
  return new CodedError('erasure.too-many', 'As many requests to forget somebody as are kept here are under way.');
}

function distinct(values: readonly unknown[]): unknown[] {
  return [...new Map(values.map((value) => [canonicalJson(value), value])).values()];
}

function sorted(traces: PersonTraces): unknown {
  return KINDS.map((kind) => traces[kind].map((value) => canonicalJson(value)).sort());
}

function assertSize(traces: PersonTraces): void {
  if (KINDS.every((kind) => traces[kind].length <= MAX_TRACES)) return;
  throw new CodedError('erasure.too-large', `No one person has more than ${MAX_TRACES} credentials or verdicts.`);
}

/** The latest word of a part on what stays; what it erased is added up. */
function added(parts: readonly Erased[], done: Erased): readonly Erased[] {
  const before = parts.find(({ part }) => part === done.part);
  const erased = Object.fromEntries(
    Object.entries(done.erased).map(([kind, count]) => [kind, count + (before?.erased[kind] ?? 0)]),
  );
  return [...parts.filter(({ part }) => part !== done.part), { ...done, erased }];
}

function receiptOf({ id, by, requestedAt, parts, waitsFor, nextAt }: ErasureRecord): ErasureReceipt {
  const stays = parts.some((part) => part.stays.length > 0);
  const state = waitsFor.length > 0 ? 'waits' : stays ? 'stays' : 'done';
  return { id, by, requestedAt, state, parts, waitsFor, ...(nextAt === undefined ? {} : { nextAt }) };
}
