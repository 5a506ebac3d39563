import { expect, it } from 'vitest';
import { createBoundedMap } from './bounded-map.ts';

it('forgets what was used longest ago, and reading counts as use', () => {
  const map = createBoundedMap<string, number>({ maxEntries: 2 });
  map.set('a', 1);
  map.set('b', 2);
  expect(map.get('a')).toBe(1);
  map.set('c', 3);
  expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([1, undefined, 3]);
  expect(map.size).toBe(2);
});

it('keeps within its weight, counts a replaced value once, and refuses what could never fit', () => {
  const map = createBoundedMap<string, Uint8Array>({ maxEntries: 100, maxWeight: 10, weight: (v) => v.length });
  for (let i = 0; i < 20; i += 1) map.set('same', new Uint8Array(6));
  map.set('small', new Uint8Array(4));
  expect(map.size).toBe(2);
  map.set('other', new Uint8Array(5));
  expect([...map.entries()].map(([key]) => key)).toEqual(['small', 'other']);
  map.set('whole', new Uint8Array(11));
  expect(map.get('whole')).toBeUndefined();
  expect(map.size).toBe(2);
});

it('gives the weight of a deleted entry back', () => {
  const map = createBoundedMap<string, Uint8Array>({ maxEntries: 9, maxWeight: 4, weight: (v) => v.length });
  map.set('a', new Uint8Array(4));
  map.delete('a');
  map.delete('a');
  map.set('b', new Uint8Array(4));
  expect(map.get('b')).toHaveLength(4);
});
