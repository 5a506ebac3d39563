import { encodeUtf8 } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import type { FollowUpStore } from './follow-up-store.ts';

/** Every follow-up store runs this suite. `create` gives an empty store; `reopen` the same one after a restart. */
export function describeFollowUpStore(
  name: string,
  create: () => Promise<{ readonly store: FollowUpStore; readonly reopen: () => Promise<FollowUpStore> }>,
): void {
  describe(name, () => {
    it('still owes after a restart what it owed before', async () => {
      const { store, reopen } = await create();
      expect([await store.keep(record(1)), await store.keep({ ...record(1), credential: 'b' })]).toEqual([true, false]);
      const reopened = await reopen();
      expect(await reopened.read('v1')).toEqual(record(1));
      expect([await reopened.countOpen(), await reopened.read('v2')]).toEqual([1, undefined]);
    });

    it('is completed once, for good, and keeps nothing sealed', async () => {
      const { store, reopen } = await create();
      await store.keep(record(1));
      const taken = await Promise.all(['a', 'b', 'c'].map((by) => store.complete('v1', by)));
      expect(taken.filter(Boolean)).toHaveLength(1);
      const { sealed: _, ...mark } = record(1);
      expect(await (await reopen()).read('v1')).toEqual({ ...mark, followedBy: 'abc'[taken.indexOf(true)] });
      expect([await store.countOpen(), await store.keep(record(1)), await store.complete('v9', 'x')]).toEqual([
        0,
        false,
        false,
      ]);
    });

    it('finds what is open by its credential and by when it is promised, the first promised first', async () => {
      const { store } = await create();
      for (const i of [3, 1, 2]) await store.keep(record(i));
      await store.keep({ ...record(9), credential: 'other' });
      await store.complete('v2', 'done');
      expect((await store.readOpenOf('c', 10)).map(({ verdictId }) => verdictId)).toEqual(['v1', 'v3']);
      expect((await store.readDue(102, 10)).map(({ verdictId }) => verdictId)).toEqual(['v1']);
      expect((await store.readDue(1000, 2)).map(({ verdictId }) => verdictId)).toEqual(['v1', 'v3']);
    });

    it('forgets what is completed and old, within the limit, and nothing that is owed', async () => {
      const { store } = await create();
      for (const i of [1, 2, 3]) await store.keep(record(i));
      for (const i of [1, 2]) await store.complete(`v${i}`, 'done');
      expect([await store.remove(9, 1), await store.remove(9, 10), await store.remove(9, 10)]).toEqual([1, 1, 0]);
      expect((await store.read('v3'))?.verdictId).toBe('v3');
    });
  });
}

function record(i: number) {
  return { verdictId: `v${i}`, credential: 'c', keptAt: i, promisedBy: 100 + i, sealed: encodeUtf8(`sealed ${i}`) };
}
