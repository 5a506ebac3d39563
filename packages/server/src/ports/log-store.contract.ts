import { encodeUtf8, leafHash, readerOfLeaves } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import type { LogStore } from './log-store.ts';

/** An opened store under test; `reopen` is what another process finds in the same place. */
export type OpenedLogStore = { readonly store: LogStore; readonly reopen: () => Promise<LogStore> };

/** Every log store runs this suite. `create` gives a new, empty one. */
export function describeLogStore(name: string, create: () => Promise<OpenedLogStore>): void {
  describe(name, () => {
    it('starts with nothing', async () => {
      const { store } = await create();
      expect(await store.readHead()).toEqual({ size: 0 });
      expect(await store.readEntries(0, 10)).toEqual([]);
      expect(await store.readCheckpoint(10)).toBeUndefined();
      expect(await store.readHashes(0, 0, 10)).toEqual([]);
      expect(await store.findEntries(['a'])).toEqual([undefined]);
    });

    it('keeps entries that no checkpoint covers yet, also over a crash', async () => {
      const { store, reopen } = await create();
      await store.append(0, ['a', 'b'], 'note of 2');
      await store.append(2, ['c', 'd']);
      for (const opened of [store, await reopen()]) {
        expect(await opened.readHead()).toEqual({ size: 4, checkpoint: 'note of 2' });
        expect(await opened.readEntries(0, 9)).toEqual(['a', 'b', 'c', 'd']);
        expect(await opened.readEntries(2, 3)).toEqual(['c']);
      }
    });

    it('goes on where another process left it', async () => {
      const { store, reopen } = await create();
      await store.append(0, names(300));
      const other = await reopen();
      await other.append(300, names(300, 300), 'note of 600');
      await store.append(600, ['z']);
      const hashes = [...names(600), 'z'].map((entry) => leafHash(encodeUtf8(entry)));
      expect(await store.readHashes(0, 0, 700)).toEqual(hashes);
      expect(await other.readHashes(1, 0, 9)).toEqual([0, 1].map((i) => readerOfLeaves(hashes)(8, i)));
      expect((await other.readHead()).size).toBe(601);
    });

    it('gives every text back byte for byte', async () => {
      const { store } = await create();
      const texts = ['', '\u0000', 'é€😀', `'"\\%_`, 'x'.repeat(65_535), 'a\nb\r\n'];
      await store.append(0, texts, '— note\n');
      expect(await store.readEntries(0, texts.length)).toEqual(texts);
      expect((await store.readHead()).checkpoint).toBe('— note\n');
    });

    it('has the checkpoint of every epoch', async () => {
      const { store } = await create();
      await store.append(0, ['a', 'b'], 'note of 2');
      await store.append(2, ['c']);
      await store.append(3, ['d', 'e'], 'note of 5');
      const at = await Promise.all([0, 1, 2, 3, 4, 5, 6, Number.MAX_SAFE_INTEGER].map((n) => store.readCheckpoint(n)));
      const [two, five] = ['note of 2', 'note of 5'];
      expect(at).toEqual([undefined, undefined, two, two, two, five, five, five]);
    });

    it('refuses an append that expects another size, and nothing of it is kept', async () => {
      const { store } = await create();
      await store.append(0, names(255), 'note of 255');
      const conflict = { code: 'log.size-conflict' };
      for (const expected of [0, 254, 256]) {
        await expect(store.append(expected, ['x', 'y'], 'other')).rejects.toMatchObject(conflict);
      }
      expect(await store.readHead()).toEqual({ size: 255, checkpoint: 'note of 255' });
      expect(await store.findEntries(['x'])).toEqual([undefined]);
      expect(await store.readHashes(1, 0, 9)).toEqual([]);
      expect(await store.readCheckpoint(1000)).toBe('note of 255');
    });

    it('lets one of many win who append at once, and the log is that of the winners', async () => {
      const { store, reopen } = await create();
      const stores = [store, await reopen(), await reopen()];
      for (let round = 0; round < 5; round += 1) {
        const outcomes = await Promise.allSettled(
          stores.map((one, i) => one.append(2 * round, [`${round} ${i}`, `${round} ${i} too`], `note ${round} ${i}`)),
        );
        const won = outcomes.findIndex(({ status }) => status === 'fulfilled');
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        expect(await store.readEntries(2 * round, 2 * round + 2)).toEqual([`${round} ${won}`, `${round} ${won} too`]);
        expect(await store.readHead()).toEqual({ size: 2 * round + 2, checkpoint: `note ${round} ${won}` });
      }
    });

    it('has the hashes of every complete subtree at the levels of tiles, however they were appended', async () => {
      const { store } = await create();
      const entries = names(1100);
      for (const [from, to] of [
        [0, 1],
        [1, 255],
        [255, 257],
        [257, 800],
        [800, 1100],
      ] as const) {
        await store.append(from, entries.slice(from, to));
      }
      const hashes = entries.map((entry) => leafHash(encodeUtf8(entry)));
      const read = readerOfLeaves(hashes);
      expect(await store.readHashes(0, 250, 260)).toEqual(hashes.slice(250, 260));
      expect(await store.readHashes(1, 0, 256)).toEqual([0, 1, 2, 3].map((index) => read(8, index)));
      expect(await store.readHashes(1, 2, 3)).toEqual([read(8, 2)]);
      expect(await store.readHashes(2, 0, 256)).toEqual([]);
    });

    it('finds entries by their bytes, the first of equal ones, each as often as it is asked for', async () => {
      const { store } = await create();
      await store.append(0, ['a', 'b', 'a', 'B']);
      const asked = ['c', 'a', 'B', '', 'a', 'b'];
      expect(await store.findEntries(asked)).toEqual([undefined, 0, 3, undefined, 0, 1]);
      expect(await store.findEntries([])).toEqual([]);
      expect(await store.findEntries(names(1024))).toEqual(names(1024).map(() => undefined));
    });
  });
}

function names(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, i) => `entry ${from + i}`);
}
