import { assert, CodedError } from '@holdfast/core';
import type { Clock } from '../../ports/clock.ts';
import type { AcceptAnswer, DistributorStore, NewApplication } from '../../ports/distributor-store.ts';

type Bounded = NewApplication & { readonly maxApplications: number };
type Waiting = {
  readonly application: Bounded;
  readonly resolve: (answer: AcceptAnswer) => void;
  readonly reject: (error: unknown) => void;
};

export interface AcceptQueue {
  /** Resolves once the application is durable, or with why it is not kept. Throws `application.overloaded`, or the store's. */
  accept(application: Bounded): Promise<AcceptAnswer>;
}

/** Writes that are under way at once: one is being made, and the next is there already when it is over. */
const MAX_WRITES = 2;
/** A write that is over sooner is not worth a second one behind it: all who wait are better in one. */
const LONG_MS = 10;

/**
 * Everybody who comes while writes are under way is in the next one, and whoever comes in one turn (`arrived`) in one: the more come, the less each costs. A second is sent behind a
 * first that takes long, once as many wait as are in it (fewer would make each write smaller than the one before), so that the database has its next work without waiting for this process, which is busy just
 * when many come; the store puts them in order.
 */
export function createAcceptQueue(
  store: Pick<DistributorStore, 'accept'>,
  { maxWaiting, maxBatch }: { readonly maxWaiting: number; readonly maxBatch: number },
  clock: Pick<Clock, 'monotonic'>,
  arrived?: () => Promise<void>,
): AcceptQueue {
  const waiting: Waiting[] = [];
  let isGathering = false;
  /** Those that are under way, the earliest first. */
  const writing: { readonly count: number; readonly sinceMs: number }[] = [];

  function mayWrite(): boolean {
    const last = writing.at(-1);
    if (last === undefined) return waiting.length > 0;
    const isLong = clock.monotonic() - last.sinceMs >= LONG_MS;
    return isLong && writing.length < MAX_WRITES && waiting.length >= last.count;
  }

  /** Many come in one turn of the event loop: the first of them would be written alone, and all the others wait for that. */
  function begin(): void {
    if (isGathering) return;
    if (arrived === undefined || writing.length > 0) {
      writeNext();
      return;
    }
    isGathering = true;
    void arrived().then(() => {
      isGathering = false;
      writeNext();
    });
  }

  function writeNext(): void {
    if (!mayWrite()) return;
    const batch = waiting.splice(0, maxBatch);
    const own = { count: batch.length, sinceMs: clock.monotonic() };
    writing.push(own);
    void write(batch).finally(() => {
      writing.splice(writing.indexOf(own), 1);
      writeNext();
    });
  }

  async function write(batch: readonly Waiting[]): Promise<void> {
    try {
      const answers = await store.accept(batch.map(({ application }) => application));
      assert(answers.length === batch.length, 'every application has its answer');
      for (const [i, { resolve }] of batch.entries()) resolve(answers[i] as AcceptAnswer);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  return {
    accept(application) {
      if (waiting.length >= maxWaiting) {
        throw new CodedError('application.overloaded', 'More applications come in than can be written; send it again.');
      }
      return new Promise((resolve, reject) => {
        waiting.push({ application, resolve, reject });
        begin();
      });
    },
  };
}
