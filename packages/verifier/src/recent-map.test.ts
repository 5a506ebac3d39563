import { describe, expect, it } from 'vitest';
import { createRecentMap } from './recent-map.ts';

describe('a map of what was set lately', () => {
  it('knows the latest so many, and never keeps more than twice as many', () => {
    const map = createRecentMap<number, string>(5);
    for (let i = 0; i < 100; i += 1) {
      map.set(i, `v${i}`);
      for (let back = 0; back < Math.min(5, i + 1); back += 1) expect(map.get(i - back)).toBe(`v${i - back}`);
      expect(map.size).toBeLessThanOrEqual(10);
    }
    expect(map.get(80)).toBeUndefined();
  });

  it('gives the latest value of a key, however long ago it was first set', () => {
    const map = createRecentMap<string, number>(2);
    for (let i = 0; i < 20; i += 1) {
      map.set('always', i);
      map.set(`once-${i}`, i);
      expect(map.get('always')).toBe(i);
    }
  });
});
