import { describe, expect, it } from 'vitest';
import type { FollowerStore } from './follower-store.ts';

/** An opened store under test; `reopen` is what a restart of the process finds. */
export type OpenedFollowerStore = {
  readonly store: FollowerStore;
  readonly reopen: () => Promise<FollowerStore>;
};

/** Every follower store runs this suite. `create` gives a new, empty one. */
export function describeFollowerStore(name: string, create: () => Promise<OpenedFollowerStore>): void {
  describe(name, () => {
    it('starts with nothing', async () => {
      const { store } = await create();
      expect(await store.readHead()).toEqual({ size: 0 });
      expect(await store.readEntries(0, 10)).toEqual([]);
    });

    it('keeps entries and the checkpoint that proves them together, also over a restart', async () => {
      const { store, reopen } = await create();
      await store.append(0, ['a', 'b'], 'note of 2');
      await store.append(2, ['c'], 'note of 3');
      for (const opened of [store, await reopen()]) {
        expect(await opened.readHead()).toEqual({ size: 3, checkpoint: 'note of 3' });
        expect(await opened.readEntries(0, 3)).toEqual(['a', 'b', 'c']);
        expect(await opened.readEntries(1, 2)).toEqual(['b']);
        expect(await opened.readEntries(2, 9)).toEqual(['c']);
        expect(await opened.readEntries(3, 9)).toEqual([]);
        expect(await opened.readEntries(2, 2)).toEqual([]);
      }
    });

    it('gives every text back byte for byte', async () => {
      const { store } = await create();
      const texts = ['', '\u0000', 'é€😀', `'"\\%_`, 'x'.repeat(65_535), 'a\nb\r\n'];
      await store.append(0, texts, '— note\n');
      expect(await store.readEntries(0, texts.length)).toEqual(texts);
      expect((await store.readHead()).checkpoint).toBe('— note\n');
    });

    it('refuses an append that expects another size, and nothing of it is kept', async () => {
      const { store } = await create();
      await store.append(0, ['a', 'b'], 'note of 2');
      for (const expected of [0, 1, 3]) {
        await expect(store.append(expected, ['x'], 'other')).rejects.toMatchObject({ code: 'log.size-conflict' });
      }
      await expect(store.append(0, ['a', 'b'], 'note of 2')).rejects.toMatchObject({ code: 'log.size-conflict' });
      expect(await store.readHead()).toEqual({ size: 2, checkpoint: 'note of 2' });
      expect(await store.readEntries(0, 9)).toEqual(['a', 'b']);
    });

    it('lets one of two win who append at once', async () => {
      const { store, reopen } = await create();
      const other = await reopen();
      await store.append(0, ['a'], 'note of 1');
      const outcomes = await Promise.allSettled([
        store.append(1, ['b', 'c'], 'note of b'),
        other.append(1, ['d', 'e'], 'note of d'),
      ]);
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const [won, entries] = outcomes[0]?.status === 'fulfilled' ? ['b', ['b', 'c']] : ['d', ['d', 'e']];
      expect(await store.readHead()).toEqual({ size: 3, checkpoint: `note of ${won}` });
      expect(await store.readEntries(1, 3)).toEqual(entries);
    });

    it('keeps what witnesses said last, over a restart and whatever is appended', async () => {
      const { store, reopen } = await create();
      await store.append(0, ['a'], 'note of 1');
      await store.keepCosigned(['one — é\n', 'two\n']);
      await store.keepCosigned(['three — é\n']);
      await store.append(1, ['b'], 'note of 2');
      for (const opened of [store, await reopen()]) {
        expect(await opened.readHead()).toEqual({ size: 2, checkpoint: 'note of 2', cosigned: ['three — é\n'] });
      }
    });

    it('takes a thousand entries at once', async () => {
      const { store } = await create();
      const entries = Array.from({ length: 1024 }, (_, i) => `entry ${i} ${'x'.repeat(500)}`);
      await store.append(0, entries, 'note of 1024');
      expect(await store.readEntries(0, 1024)).toEqual(entries);
    });

    it('begins at a snapshot, and has then entry 0, its last entry and what comes after', async () => {
      const { store, reopen } = await create();
      const beginning = { genesis: 'genesis', lineage: 'from — é', epoch: 'epoch', checkpoint: 'note of 300' };
      await store.begin(300, beginning, 0);
      const from = { base: 300, lineage: 'from — é' };
      expect(await store.readHead()).toEqual({ size: 300, ...from, checkpoint: 'note of 300' });
      await store.append(300, ['a', 'b'], 'note of 302');
      for (const opened of [store, await reopen()]) {
        expect(await opened.readHead()).toEqual({ size: 302, ...from, checkpoint: 'note of 302' });
        expect(await opened.readEntries(0, 1)).toEqual(['genesis']);
        // Nothing is given for what is not there: the entry after a gap would be taken for another.
        expect(await opened.readEntries(0, 310)).toEqual(['genesis']);
        expect(await opened.readEntries(1, 310)).toEqual([]);
        expect(await opened.readEntries(298, 302)).toEqual([]);
        expect(await opened.readEntries(299, 302)).toEqual(['epoch', 'a', 'b']);
        expect(await opened.readEntries(300, 310)).toEqual(['a', 'b']);
      }
    });

    it('goes on from a snapshot that is further than what it has, which stays', async () => {
      const { store, reopen } = await create();
      await store.append(0, ['a', 'b'], 'note of 2');
      await store.begin(300, { genesis: 'a', epoch: 'epoch', checkpoint: 'note of 300' }, 2);
      await store.append(300, ['c'], 'note of 301');
      await store.begin(400, { genesis: 'a', epoch: 'later', checkpoint: 'note of 400' }, 301);
      for (const opened of [store, await reopen()]) {
        expect(await opened.readHead()).toEqual({ size: 400, base: 400, checkpoint: 'note of 400' });
        expect(await opened.readEntries(0, 400)).toEqual(['a', 'b']);
        expect(await opened.readEntries(1, 400)).toEqual(['b']);
        expect(await opened.readEntries(2, 400)).toEqual([]);
        expect(await opened.readEntries(299, 400)).toEqual(['epoch', 'c']);
        expect(await opened.readEntries(301, 400)).toEqual([]);
        expect(await opened.readEntries(399, 401)).toEqual(['later']);
      }
    });

    it('does so only from where it is', async () => {
      const { store } = await create();
      const other = { genesis: 'other', epoch: 'epoch', checkpoint: 'note' };
      await store.append(0, ['a'], 'note of 1');
      await expect(store.begin(300, other, 0)).rejects.toMatchObject({ code: 'log.size-conflict' });
      await expect(store.begin(300, other, 2)).rejects.toMatchObject({ code: 'log.size-conflict' });
      const begun = (await create()).store;
      await begun.begin(300, { genesis: 'genesis', epoch: 'epoch', checkpoint: 'note of 300' }, 0);
      await expect(begun.begin(400, other, 0)).rejects.toMatchObject({ code: 'log.size-conflict' });
      await expect(begun.append(0, ['a'], 'note of 1')).rejects.toMatchObject({ code: 'log.size-conflict' });
      expect(await begun.readHead()).toEqual({ size: 300, base: 300, checkpoint: 'note of 300' });
      expect(await begun.readEntries(0, 1)).toEqual(['genesis']);
    });
  });
}
