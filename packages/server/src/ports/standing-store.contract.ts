import { encodeUtf8 } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import type { StandingStore } from './standing-store.ts';

/** Every standing store runs this suite. `create` gives an empty store; `reopen` the same one after a restart. */
export function describeStandingStore(
  name: string,
  create: () => Promise<{ readonly store: StandingStore; readonly reopen: () => Promise<StandingStore> }>,
): void {
  describe(name, () => {
    it('reads after a restart what it has acknowledged, byte for byte', async () => {
      const { store, reopen } = await create();
      const standing = { ...standingOf(1), sealed: new Uint8Array([0, 255, 7]) };
      expect(await store.keep(standing)).toBe(true);
      const reopened = await reopen();
      expect(await reopened.read('v1')).toEqual(standing);
      expect(await reopened.read('v2')).toBeUndefined();
      expect(await reopened.countOpen()).toBe(1);
    });

    it('keeps the first of two for one verdict', async () => {
      const { store } = await create();
      await store.keep(standingOf(1));
      expect(await store.keep({ ...standingOf(1), subject: 'other' })).toBe(false);
      expect(await store.read('v1')).toEqual(standingOf(1));
    });

    it('erases for good: neither a repeat nor a restart brings it back', async () => {
      const { store, reopen } = await create();
      await store.keep(standingOf(1));
      expect([await store.erase('v1', 9), await store.erase('v1', 10), await store.erase('v2', 9)]).toEqual([
        true,
        false,
        false,
      ]);
      expect(await store.keep(standingOf(1))).toBe(false);
      const { sealed: _, ...mark } = standingOf(1);
      expect(await (await reopen()).read('v1')).toEqual({ ...mark, erasedAt: 9 });
      expect(await store.countOpen()).toBe(0);
    });

    it('lists what is open, the oldest first, and no more than asked', async () => {
      const { store } = await create();
      for (const i of [3, 1, 4, 2]) await store.keep(standingOf(i));
      await store.erase('v2', 9);
      expect(await store.readOpen(10)).toEqual([1, 3, 4].map((i) => ({ verdictId: `v${i}`, keptAt: i })));
      expect(await store.readOpen(1)).toEqual([{ verdictId: 'v1', keptAt: 1 }]);
      expect(await store.countOpen()).toBe(3);
    });

    it('erases from the oldest on what is due, within the limit, and forgets the marks apart', async () => {
      const { store } = await create();
      for (const i of [1, 2, 3, 4]) await store.keep(standingOf(i));
      expect(await store.eraseKeptBefore(4, 2, 9)).toBe(2);
      expect((await store.readOpen(10)).map(({ verdictId }) => verdictId)).toEqual(['v3', 'v4']);
      expect(await store.eraseKeptBefore(4, 10, 9)).toBe(1);
      expect(await store.eraseKeptBefore(4, 10, 9)).toBe(0);
      expect(await store.remove(9, 2)).toBe(2);
      expect(await store.remove(9, 10)).toBe(1);
      expect([await store.read('v1'), (await store.read('v4'))?.sealed]).toEqual([undefined, standingOf(4).sealed]);
    });

    it('takes what callers at once keep, and one of those that erase', async () => {
      const { store } = await create();
      await Promise.all(Array.from({ length: 20 }, (_, i) => store.keep(standingOf(i))));
      expect(await store.countOpen()).toBe(20);
      const erased = await Promise.all(Array.from({ length: 5 }, () => store.erase('v7', 9)));
      expect(erased.filter(Boolean)).toHaveLength(1);
      const kept = await Promise.all(Array.from({ length: 5 }, () => store.keep(standingOf(50))));
      expect(kept.filter(Boolean)).toHaveLength(1);
    });
  });
}

function standingOf(i: number) {
  return { verdictId: `v${i}`, subject: 'subject', keptAt: i, sealed: encodeUtf8(`sealed-${i}`) };
}
