import { describe, expect, it } from 'vitest';
import type { ErasureRecord, ErasureStore } from './erasure-store.ts';

/** Every erasure store runs this suite. `create` gives an empty store; `reopen` the same one after a restart. */
export function describeErasureStore(
  name: string,
  create: () => Promise<{ readonly store: ErasureStore; readonly reopen: () => Promise<ErasureStore> }>,
): void {
  describe(name, () => {
    it('reads after a restart what it has acknowledged, and nothing of what was left out of it', async () => {
      const { store, reopen } = await create();
      const record = { ...recordOf(1), sealed: new Uint8Array([0, 255]), nextAt: 5 };
      expect(await store.add(record, 10)).toBe(true);
      expect(await (await reopen()).read('e1')).toEqual(record);
      const done = { ...recordOf(1), parts: [{ part: 'issuer', erased: { labels: 1 }, stays: [] }] };
      await store.keep(done);
      expect(await (await reopen()).read('e1')).toEqual(done);
      expect(await store.read('e2')).toBeUndefined();
    });

    it('keeps the first of one id, however far it has come', async () => {
      const { store } = await create();
      await store.add({ ...recordOf(1), nextAt: 5 }, 10);
      await store.keep({ ...recordOf(1), waitsFor: ['south'], nextAt: 7 });
      expect(await store.add({ ...recordOf(1), by: 'another', nextAt: 1 }, 10)).toBe(true);
      expect(await store.read('e1')).toMatchObject({ by: 'holder', waitsFor: ['south'], nextAt: 7 });
    });

    it('reads what is due, the longest due first, and nothing that is over', async () => {
      const { store } = await create();
      for (const [i, nextAt] of [
        [1, 30],
        [2, 10],
        [3, 20],
      ] as const)
        await store.add({ ...recordOf(i), nextAt }, 10);
      await store.add(recordOf(4), 10);
      expect((await store.readDue(20)).map(({ id }) => id)).toEqual(['e2', 'e3']);
    });

    it('takes no more that are not over than it may', async () => {
      const { store } = await create();
      expect(await store.add({ ...recordOf(1), nextAt: 1 }, 1)).toBe(true);
      expect(await store.add({ ...recordOf(2), nextAt: 1 }, 1)).toBe(false);
      expect(await store.add({ ...recordOf(1), nextAt: 1 }, 1)).toBe(true);
      await store.keep(recordOf(1));
      expect(await store.add({ ...recordOf(2), nextAt: 1 }, 1)).toBe(true);
    });
  });
}

function recordOf(i: number): ErasureRecord {
  return { id: `e${i}`, by: 'holder', requestedAt: i, parts: [], waitsFor: [] };
}
