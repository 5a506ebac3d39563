import { describe, expect, it } from 'vitest';
import type { Erasable, PersonTraces } from './erasable.ts';

export const NOBODY: PersonTraces = { labels: [], places: [], credentials: [], holders: [], verdicts: [] };

/** What a part holds of one person before it is asked: `holds` tells whether anything of it can still be read. */
export type ErasableWorld = {
  readonly erasable: Erasable;
  readonly person: PersonTraces;
  readonly holds: () => Promise<boolean>;
};

/** Every part that keeps something about people runs this suite. */
export function describeErasable(name: string, create: () => Promise<ErasableWorld>): void {
  describe(name, () => {
    it('forgets what it has of one person, and says how much', async () => {
      const { erasable, person, holds } = await create();
      expect(await holds()).toBe(true);
      const { part, erased } = await erasable.erase(person);
      expect(part).toBe(erasable.part);
      expect(Object.values(erased).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
      expect(await holds()).toBe(false);
    });

    it('has nothing left to erase when it is asked again, and says nothing else stays', async () => {
      const { erasable, person } = await create();
      const { stays } = await erasable.erase(person);
      const again = await erasable.erase(person);
      expect(Object.values(again.erased).every((count) => count === 0)).toBe(true);
      expect(again.stays).toEqual(stays);
    });

    it('erases nothing of anybody else', async () => {
      const { erasable, holds } = await create();
      const { erased, stays } = await erasable.erase(NOBODY);
      expect(Object.values(erased).every((count) => count === 0)).toBe(true);
      expect(stays).toEqual([]);
      expect(await holds()).toBe(true);
    });

    it('finds the same traces again, as long as nothing was erased', async () => {
      const { erasable, person } = await create();
      expect(await erasable.trace(person)).toEqual(await erasable.trace(person));
    });
  });
}
