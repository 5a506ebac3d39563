import { expect, test } from 'vitest';
import { rehearseRefreshing } from './refreshing-world.ts';

test.each([1, 2])(
  'what is replaced ends once, within its bounds, and takes nothing from whoever applied with it, with seed %i',
  (seed) => {
    const report = rehearseRefreshing({ seed, events: 1500 });
    expect(report.violations).toEqual([]);
    for (const oracle of [
      'replaced-within-bounds',
      'held-is-not-replaced',
      'replaced-stays-replaced',
      'revocation-wins-over-replacing',
      'replaced-waits-for-the-newer',
    ] as const) {
      expect(report.checked[oracle]).toBeGreaterThan(10);
    }
  },
);
