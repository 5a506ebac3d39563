import { describe, expect, it } from 'vitest';
import type { FilingReceipt } from './filing.ts';
import type { FilingStore, NewFiling } from './filing-store.ts';

/** Every store of filings runs this suite. `create` gives an empty one; `reopen` the same one after a restart. */
export function describeFilingStore(
  name: string,
  create: () => Promise<{ readonly store: FilingStore; readonly reopen: () => Promise<FilingStore> }>,
): void {
  const filing = (matter: string, changes: Partial<NewFiling> = {}): NewFiling => ({
    ...{ matter, keptAt: 1_796_000_000_000, sealed: Uint8Array.of(0, 255, matter.length) },
    ...changes,
  });
  const receipt: FilingReceipt = { of: 'case', id: 'c', acknowledgement: 'a.b.c', filedAt: 1, promisedBy: 2 };

  describe(name, () => {
    it('reads after a restart what it was given, and keeps the first of a matter', async () => {
      const { store, reopen } = await create();
      expect(await store.keep(filing('a'), 9)).toEqual(filing('a'));
      const again = await reopen();
      expect(await again.keep(filing('a', { keptAt: 5 }), 9)).toEqual(filing('a'));
      expect(await again.read('a')).toEqual(filing('a'));
      expect(await again.read('b')).toBeUndefined();
    });

    it('keeps no more than may wait; what has an outcome waits no more, and a repeat is no other one', async () => {
      const { store } = await create();
      await store.keep(filing('a'), 2);
      await store.keep(filing('b'), 2);
      expect(await store.keep(filing('c'), 2)).toBeUndefined();
      expect(await store.keep(filing('a'), 2)).toEqual(filing('a'));
      await store.settle('a', { receipt });
      expect(await store.keep(filing('c'), 2)).toEqual(filing('c'));
      expect((await store.readWaiting(9)).map(({ matter }) => matter)).toEqual(['b', 'c']);
      expect((await store.readWaiting(1)).map(({ matter }) => matter)).toEqual(['b']);
    });

    it('keeps the first outcome, and erases what was sealed with it', async () => {
      const { store, reopen } = await create();
      await store.keep(filing('a'), 9);
      await store.keep(filing('b'), 9);
      await store.settle('a', { receipt });
      await store.settle('a', { refused: 'case.rules' });
      await store.settle('b', { refused: 'case.rules' });
      const again = await reopen();
      const { sealed: _, ...rest } = filing('a');
      expect(await again.read('a')).toEqual({ ...rest, outcome: { receipt } });
      expect((await again.readRefused(9)).map(({ matter, outcome }) => [matter, outcome])).toEqual([
        ['b', { refused: 'case.rules' }],
      ]);
      expect(await again.readWaiting(9)).toEqual([]);
    });

    it('forgets what is over and older than asked, no more at a time than asked', async () => {
      const { store } = await create();
      for (const [i, matter] of ['a', 'b', 'c', 'd'].entries()) await store.keep(filing(matter, { keptAt: i }), 9);
      for (const matter of ['a', 'b', 'd']) await store.settle(matter, { receipt });
      expect(await store.remove(3, 1)).toBe(1);
      expect(await store.remove(3, 9)).toBe(1);
      expect(await store.read('c')).toBeDefined();
      expect(await store.read('d')).toBeDefined();
    });
  });
}
