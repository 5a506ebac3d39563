import { assert, CodedError } from '@holdfast/core';
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

/** Everybody who comes while a write is under way is in the next one: the more come, the less each costs. */
export function createAcceptQueue(
  store: Pick<DistributorStore, 'accept'>,
  { maxWaiting, maxBatch }: { readonly maxWaiting: number; readonly maxBatch: number },
): AcceptQueue {
  const waiting: Waiting[] = [];
  let isWriting = false;

  async function writeAll(): Promise<void> {
    isWriting = true;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, maxBatch);
      try {
        const answers = await store.accept(batch.map(({ application }) => application));
        assert(answers.length === batch.length, 'every application has its answer');
        for (const [i, { resolve }] of batch.entries()) resolve(answers[i] as AcceptAnswer);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    isWriting = false;
  }

  return {
    accept(application) {
      if (waiting.length >= maxWaiting) {
        throw new CodedError('application.overloaded', 'More applications come in than can be written; send it again.');
      }
      return new Promise((resolve, reject) => {
        waiting.push({ application, resolve, reject });
        if (!isWriting) void writeAll();
      });
    },
  };
}
