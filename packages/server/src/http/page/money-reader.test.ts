import { expect, test } from 'vitest';
import { createManualClock, settle } from '../../../../verifier/test/manual-clock.ts';
import { createMoneyReader } from './money-reader.ts';
import type { Money } from './money-state.ts';

const READ: Money = { state: 'read', logTime: 1, verifier: 'South', programs: [], more: 0, waiting: [] };

test('many pages at once are one question, and a second later another', async () => {
  const clock = createManualClock();
  let asked = 0;
  const read = createMoneyReader(
    async () => {
      asked += 1;
      return READ;
    },
    clock,
    () => undefined,
  );
  expect(await Promise.all([read(), read(), read()])).toEqual([READ, READ, READ]);
  await read();
  expect(asked).toBe(1);
  await clock.advance(1000);
  await read();
  expect(asked).toBe(2);
});

test('a page does not wait for a reading that takes too long, and none is begun beside it', async () => {
  const clock = createManualClock();
  let answer = (_money: Money): void => undefined;
  let asked = 0;
  const read = createMoneyReader(
    () => {
      asked += 1;
      return new Promise<Money>((resolve) => {
        answer = resolve;
      });
    },
    clock,
    () => undefined,
  );
  for (let i = 0; i < 2; i += 1) {
    const page = read();
    await settle();
    await clock.advance(1000);
    expect(await page).toEqual({ state: 'silent' });
  }
  expect(asked).toBe(1);
  answer(READ);
  await settle();
  expect(await read()).toEqual(READ);
});

test('a reading that fails is told, and the page says it does not know', async () => {
  const clock = createManualClock();
  const told: unknown[] = [];
  const failure = new Error('the database is gone');
  const read = createMoneyReader(
    async () => {
      throw failure;
    },
    clock,
    (error) => void told.push(error),
  );
  expect(await read()).toEqual({ state: 'silent' });
  expect(told).toEqual([failure]);
});
