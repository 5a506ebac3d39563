import { assert, CodedError } from '@holdfast/core';

type Waiting<Item, Answer> = {
  readonly item: Item;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
};

export type TogetherBounds<Item> = {
  /** Items of one write. */
  readonly maxBatch: number;
  /** Bytes of one write, by what `sizeOf` says of each; an item that has more is written alone. */
  readonly maxBytes: number;
  readonly sizeOf: (item: Item) => number;
  /** Items that wait for the next; one more is told `database.busy`. */
  readonly maxWaiting: number;
};

/**
 * Whoever comes in one turn of the event loop, or while a write is under way, is in one write: the more come, the less each costs, and
 * nobody waits for others to come. `write` has an answer for each item; what it throws all of them are told.
 */
export function createWriteTogether<Item, Answer>(
  write: (items: readonly Item[]) => Promise<readonly Answer[]>,
  { maxBatch, maxBytes, sizeOf, maxWaiting }: TogetherBounds<Item>,
): (item: Item) => Promise<Answer> {
  const waiting: Waiting<Item, Answer>[] = [];
  let isWriting = false;

  async function writeAll(): Promise<void> {
    isWriting = true;
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.length > 0) await writeSome(waiting.splice(0, countOfNext()));
    isWriting = false;
  }

  function countOfNext(): number {
    let bytes = 0;
    const over = waiting.slice(0, maxBatch).findIndex(({ item }) => {
      bytes += sizeOf(item);
      return bytes > maxBytes;
    });
    return over === -1 ? maxBatch : Math.max(1, over);
  }

  async function writeSome(batch: readonly Waiting<Item, Answer>[]): Promise<void> {
    try {
      const answers = await write(batch.map(({ item }) => item));
      assert(answers.length === batch.length, 'every item has its answer');
      for (const [i, { resolve }] of batch.entries()) resolve(answers[i] as Answer);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  return (item) => {
    if (waiting.length >= maxWaiting) {
      throw new CodedError('database.busy', 'More waits to be written than may wait; send it again.', { maxWaiting });
    }
    return new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!isWriting) void writeAll();
    });
  };
}
