import { expect, test } from 'vitest';
import { rehearseOrders } from './orders-world.ts';

test.each([1, 2])('what holders order happens once, whoever dies in between, with seed %i', async (seed) => {
  const report = await rehearseOrders({ seed });
  expect(report.violations).toEqual([]);
  for (const oracle of ['only-its-key-moves-an-account', 'done-only-where-and-while-it-says'] as const) {
    expect(report.checked[oracle]).toBeGreaterThan(3);
  }
  expect(report.checked['one-order-one-transfer']).toBeGreaterThan(50);
  expect(report.faults).toMatchObject({
    'crash after cashier transfer': expect.any(Number),
    'answer lost': expect.any(Number),
  });
});

test('the same seed gives the same rehearsal', async () => {
  const [first, second] = [await rehearseOrders({ seed: 3, orders: 3 }), await rehearseOrders({ seed: 3, orders: 3 })];
  expect(second.trace).toBe(first.trace);
});
