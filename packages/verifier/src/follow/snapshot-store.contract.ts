import { describe, expect, it } from 'vitest';
import { MAX_LATEST_SNAPSHOTS, type SnapshotStore } from './snapshot-store.ts';

/** An opened store under test; `reopen` is what a restart of the process finds. */
export type OpenedSnapshotStore = {
  readonly store: SnapshotStore;
  readonly reopen: () => Promise<SnapshotStore>;
};

/** Every snapshot store runs this suite. `create` gives a new, empty one. */
export function describeSnapshotStore(name: string, create: () => Promise<OpenedSnapshotStore>): void {
  const snapshot = (size: number) => ({ size, bytes: Uint8Array.from([0, 255, size % 256]) });

  describe(`${name} keeps snapshots`, () => {
    it('and starts with none', async () => {
      const { store } = await create();
      expect(await store.readSnapshot(Number.MAX_SAFE_INTEGER)).toBeUndefined();
    });

    it('and gives the largest that is not too large, byte for byte, also over a restart', async () => {
      const { store, reopen } = await create();
      await store.keepSnapshot(snapshot(9));
      await store.keepSnapshot(snapshot(20));
      for (const opened of [store, await reopen()]) {
        expect(await opened.readSnapshot(8)).toBeUndefined();
        expect(await opened.readSnapshot(9)).toEqual(snapshot(9));
        expect(await opened.readSnapshot(19)).toEqual(snapshot(9));
        expect(await opened.readSnapshot(Number.MAX_SAFE_INTEGER)).toEqual(snapshot(20));
      }
    });

    it('and the first of one size stays', async () => {
      const { store } = await create();
      await store.keepSnapshot(snapshot(9));
      await store.keepSnapshot({ size: 9, bytes: new Uint8Array(5) });
      expect(await store.readSnapshot(9)).toEqual(snapshot(9));
    });

    it('and of many only the smallest and the largest', async () => {
      const { store } = await create();
      const sizes = [5, 10, 15, 20, 25, 30, 35];
      for (const size of sizes) await store.keepSnapshot(snapshot(size));
      const found = new Set<number | undefined>();
      for (const size of sizes) found.add((await store.readSnapshot(size))?.size);
      expect([...found]).toEqual([5, ...sizes.slice(-MAX_LATEST_SNAPSHOTS)]);
    });
  });
}
