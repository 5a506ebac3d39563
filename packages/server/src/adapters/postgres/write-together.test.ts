import { CodedError } from '@holdfast/core';
import { expect, it } from 'vitest';
import { createWriteTogether } from './write-together.ts';

const BOUNDS = { maxBatch: 3, maxBytes: 10, sizeOf: (item: string) => item.length, maxWaiting: 4 };

/** Writes that end when they are told to, and what was in each. */
function world(bounds = BOUNDS) {
  const writes: { readonly items: readonly string[]; readonly end: (error?: Error) => void }[] = [];
  const write = createWriteTogether<string, string>(
    (items) =>
      new Promise((resolve, reject) => {
        const end = (error?: Error) => (error === undefined ? resolve(items.map((item) => `${item}!`)) : reject(error));
        writes.push({ items, end });
      }),
    bounds,
  );
  return { write, writes, turn: () => new Promise((resolve) => setImmediate(() => setImmediate(resolve))) };
}

it('writes together who come in one turn and while a write is under way, and tells each their own answer', async () => {
  const { write, writes, turn } = world();
  const first = ['a', 'b'].map(write);
  await turn();
  const second = ['c', 'd'].map(write);
  await turn();
  expect(writes.map(({ items }) => items)).toEqual([['a', 'b']]);
  writes[0]?.end();
  expect(await Promise.all(first)).toEqual(['a!', 'b!']);
  expect(writes.map(({ items }) => items)).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);
  writes[1]?.end();
  expect(await Promise.all(second)).toEqual(['c!', 'd!']);
  const third = write('e');
  await turn();
  writes[2]?.end();
  expect(await third).toBe('e!');
});

it('tells those of a write that failed why, and goes on with those who came meanwhile', async () => {
  const { write, writes, turn } = world();
  const failed = ['a', 'b'].map(write);
  await turn();
  const next = write('c');
  writes[0]?.end(new CodedError('database.full', 'There is no room.'));
  expect((await Promise.allSettled(failed)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await turn();
  writes[1]?.end();
  expect(await next).toBe('c!');
});

it('tells them all when the answers are not one for each', async () => {
  const write = createWriteTogether<string, string>(async () => ['only one'], BOUNDS);
  const told = await Promise.allSettled(['a', 'b'].map(write));
  expect(told.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});

it('puts no more into one write than it may, and refuses who comes when as many wait as may', async () => {
  const { write, writes, turn } = world();
  const all = ['a', 'b', 'c', 'd'].map(write);
  expect(() => write('e')).toThrow(expect.objectContaining({ code: 'database.busy' }));
  await turn();
  expect(writes.map(({ items }) => items)).toEqual([['a', 'b', 'c']]);
  writes[0]?.end();
  await turn();
  writes[1]?.end();
  expect(await Promise.all(all)).toEqual(['a!', 'b!', 'c!', 'd!']);
});

it('puts no more bytes into one write than it may, and what has more of itself goes alone', async () => {
  const { write, writes, turn } = world();
  const items = ['six-by', 'fives', '12345678901', 'x'];
  const all = items.map(write);
  for (const i of [0, 1, 2, 3]) {
    await turn();
    writes[i]?.end();
  }
  expect(await Promise.all(all)).toEqual(items.map((item) => `${item}!`));
  expect(writes.map((one) => one.items)).toEqual(items.map((item) => [item]));
});
