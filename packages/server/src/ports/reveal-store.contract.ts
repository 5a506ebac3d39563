import type { Reveal } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import type { RevealStore } from './reveal-store.ts';

/** Every reveal store runs this suite. `create` gives an empty store; `reopen` the same one after a restart. */
export function describeRevealStore(
  name: string,
  create: () => Promise<{ readonly store: RevealStore; readonly reopen: () => Promise<RevealStore> }>,
): void {
  const reveal = (changes: Partial<Reveal> = {}): Reveal => ({
    party: 'city',
    round: 0,
    secret: 's'.repeat(43),
    at: 1_796_000_000_123,
    ...changes,
  });

  describe(name, () => {
    it('reads after a restart what it has acknowledged, of one program only', async () => {
      const { store, reopen } = await create();
      await store.add('p1', reveal());
      await store.add('p1', reveal({ party: 'union', round: 1 }));
      await store.add('p2', reveal({ party: 'church' }));
      const again = await reopen();
      expect(new Set(await again.read('p1'))).toEqual(new Set([reveal(), reveal({ party: 'union', round: 1 })]));
      expect(await again.read('p2')).toEqual([reveal({ party: 'church' })]);
      expect(await again.read('p3')).toEqual([]);
    });

    it('keeps the first of each party and round, with the time at which it came', async () => {
      const { store } = await create();
      await store.add('p1', reveal());
      await store.add('p1', reveal({ at: 1_796_000_000_999, secret: 't'.repeat(43) }));
      expect(await store.read('p1')).toEqual([reveal()]);
    });

    it('keeps one of many that come at once', async () => {
      const { store } = await create();
      const many = Array.from({ length: 8 }, (_, i) => store.add('p1', reveal({ at: 1_796_000_000_000 + i })));
      await Promise.all(many);
      expect(await store.read('p1')).toHaveLength(1);
    });
  });
}
