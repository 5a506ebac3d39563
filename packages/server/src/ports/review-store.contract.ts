import { describe, expect, it } from 'vitest';
import type { ReviewRecord, ReviewStore } from './review-store.ts';

/** Every review store runs this suite. `create` gives an empty store; `reopen` the same one after a restart. */
export function describeReviewStore(
  name: string,
  create: () => Promise<{ readonly store: ReviewStore; readonly reopen: () => Promise<ReviewStore> }>,
): void {
  describe(name, () => {
    it('reads after a restart what it has opened, and how it was decided, without what was shown', async () => {
      const { store, reopen } = await create();
      const opened = { ...review(1), shown: new Uint8Array([0, 255]) };
      expect(await store.open(opened, 0, 10)).toEqual(opened);
      expect(await (await reopen()).read('r1')).toEqual(opened);
      const decided = { result: 'passed', at: 50, by: 'officer', note: 'seen' } as const;
      expect(await store.decide('r1', decided)).toBe(true);
      const { shown: _, ...rest } = opened;
      expect(await (await reopen()).read('r1')).toEqual({ ...rest, decided });
      expect(await store.readOpen(10)).toEqual([]);
    });

    it('opens one for a check and a credential, also for those who come at once', async () => {
      const { store } = await create();
      const opened = await Promise.all([1, 2, 3, 4].map((i) => store.open(review(i, 'a'), 0, 10)));
      expect(new Set(opened.map((one) => one?.id)).size).toBe(1);
      expect((await store.open(review(5, 'b'), 0, 10))?.id).toBe('r5');
      expect((await store.open({ ...review(6, 'a'), check: 'other' }, 0, 10))?.id).toBe('r6');
    });

    it('opens another once the last one does not count any more: decided too long ago, or due too long ago', async () => {
      const { store } = await create();
      await store.open(review(1, 'a'), 0, 10);
      await store.decide('r1', { result: 'failed', at: 50, by: 'officer' });
      expect((await store.open({ ...review(2, 'a'), openedAt: 80 }, 50, 10))?.id).toBe('r1');
      expect((await store.open({ ...review(3, 'a'), openedAt: 80 }, 51, 10))?.id).toBe('r3');
      await store.open(review(4, 'b'), 0, 10);
      expect((await store.open({ ...review(5, 'b'), openedAt: 150, dueAt: 250 }, 100, 10))?.id).toBe('r4');
      expect((await store.open({ ...review(6, 'b'), openedAt: 150, dueAt: 250 }, 101, 10))?.id).toBe('r6');
    });

    it('is decided once, and not after it was due', async () => {
      const { store } = await create();
      await store.open(review(1), 0, 10);
      const decisions = [1, 2, 3].map((i) => ({ result: 'passed', at: 50 + i, by: `officer ${i}` }) as const);
      const taken = await Promise.all(decisions.map((decision) => store.decide('r1', decision)));
      expect(taken.filter(Boolean)).toHaveLength(1);
      expect((await store.read('r1'))?.decided?.by).toBe(`officer ${taken.indexOf(true) + 1}`);
      await store.open(review(2, 'b'), 0, 10);
      expect(await store.decide('r2', { result: 'passed', at: 100, by: 'officer' })).toBe(false);
      expect(await store.decide('r9', { result: 'passed', at: 1, by: 'officer' })).toBe(false);
    });

    it('opens no more than it may, and lists the first to fall due first', async () => {
      const { store } = await create();
      for (const [i, dueAt] of [300, 100, 200].entries()) await store.open({ ...review(i, `c${i}`), dueAt }, 0, 3);
      expect(await store.open(review(9, 'z'), 0, 3)).toBeUndefined();
      expect((await store.readOpen(2)).map(({ id }) => id)).toEqual(['r1', 'r2']);
    });

    it('erases what was shown once it was due, decided by anybody or not, and keeps the rest', async () => {
      const { store } = await create();
      for (const i of [1, 2]) await store.open({ ...review(i), dueAt: 100 * i, shown: new Uint8Array([i]) }, 0, 10);
      expect([await store.eraseShown(150, 10), await store.eraseShown(150, 10)]).toEqual([1, 0]);
      expect([(await store.read('r1'))?.shown, (await store.read('r2'))?.shown]).toEqual([
        undefined,
        new Uint8Array([2]),
      ]);
      expect((await store.read('r1'))?.dueAt).toBe(100);
    });

    it('erases what was shown and noted about one credential, and says when what is open is due', async () => {
      const { store, reopen } = await create();
      await store.open({ ...review(1, 'a'), shown: new Uint8Array([1]) }, 0, 10);
      await store.decide('r1', { result: 'passed', at: 50, by: 'officer', note: 'seen' });
      await store.open({ ...review(2, 'a'), check: 'other', dueAt: 200, shown: new Uint8Array([2]) }, 0, 10);
      await store.open({ ...review(3, 'b'), shown: new Uint8Array([3]) }, 0, 10);
      expect(await store.eraseCredential('a', 100)).toEqual({ erased: 1, openUntil: [200] });
      expect(await store.eraseCredential('a', 100)).toEqual({ erased: 0, openUntil: [200] });
      const again = await reopen();
      expect((await again.read('r1'))?.decided).toEqual({ result: 'passed', at: 50, by: 'officer' });
      expect((await again.read('r2'))?.shown).toEqual(new Uint8Array([2]));
      expect(await store.eraseCredential('a', 200)).toEqual({ erased: 1, openUntil: [] });
      expect((await store.read('r2'))?.shown).toBeUndefined();
      expect((await store.read('r3'))?.shown).toEqual(new Uint8Array([3]));
    });

    it('forgets what is long over, within the limit, and nothing that is open', async () => {
      const { store } = await create();
      for (const i of [1, 2, 3]) await store.open({ ...review(i, `c${i}`), dueAt: 100 * i }, 0, 10);
      await store.decide('r3', { result: 'passed', at: 120, by: 'officer' });
      expect([await store.remove(150, 1), await store.remove(150, 10)]).toEqual([1, 1]);
      expect((await store.readOpen(10)).map(({ id }) => id)).toEqual(['r2']);
    });
  });
}

function review(i: number, credential = `c${i}`): ReviewRecord {
  return {
    ...{ id: `r${i}`, check: 'look', credential, type: 'residence', issuer: 'civic', owner: 'desk' },
    ...{ openedAt: i, dueAt: 100, default: 'failed' },
  };
}
