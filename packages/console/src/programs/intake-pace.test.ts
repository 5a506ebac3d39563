import { expect, test } from 'vitest';
import { expectedBy, slotBars } from './intake-pace.ts';

const slots = { count: 10, everyMs: 60_000, from: 1_000_000, until: 1_600_000, each: 11 };
const expecting = { slots, maxApplications: 100 };

test('nobody is expected before the window, all that may come after it, and never more', () => {
  expect(expectedBy(expecting, 0)).toBe(0);
  expect(expectedBy(expecting, slots.from + 5 * 60_000)).toBe(55);
  expect(expectedBy(expecting, slots.until)).toBe(100);
  expect(expectedBy(expecting, slots.until + 1e9)).toBe(100);
});

test('the window is shown in steps that grow from none to all and have names of their own', () => {
  const bars = slotBars(expecting, 1_660_000);
  const expected = bars.map((bar) => bar.expected);
  expect(expected).toEqual([...expected].sort((a, b) => a - b));
  expect([expected[0], expected.at(-1)]).toEqual([0, 100]);
  expect(new Set(bars.map(({ name }) => name)).size).toBe(bars.length);
});
