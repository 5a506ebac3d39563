import type { SettlementLine } from '@holdfast/core';
import { expect, test } from 'vitest';
import { describeSettlementRail } from '../../ports/settlement-rail.contract.ts';
import { createSettlementRailMemory } from './settlement-rail.ts';

const line = (number: number): SettlementLine => ({
  lineId: `line${number}-1`,
  transferId: `transfer-${number}`,
  destination: { kind: 'internal', account: `holder:${number}` },
  amount: 1000n + BigInt(number),
  asset: { code: 'EUR', decimals: 2 },
  reference: 'winter relief',
});

describeSettlementRail('settlement rail in memory', async () => {
  const rail = createSettlementRailMemory({ answers: () => [] });
  return {
    rail,
    line,
    foreign: (number) => ({ ...line(number), destination: { kind: 'msisdn', msisdn: '+254712345678' } }),
    say: async (_, outcomes) => outcomes.forEach(rail.say),
    reopen: async () => rail,
  };
});

const batch = { id: 'b1', createdAt: 1, lines: [line(1)] };

test('money that stays in the house has arrived at once', async () => {
  const rail = createSettlementRailMemory();
  await rail.submit(batch);
  expect((await rail.readOutcomes(undefined, 10)).outcomes).toEqual([{ lineId: 'line1-1', outcome: 'accepted' }]);
});

test('a submission whose answer is lost has arrived, and one that does not arrive has not', async () => {
  const rail = createSettlementRailMemory();
  rail.fail('unreachable', 'answer-lost');
  const code = 'settlement.rail-unreachable';
  await expect(rail.submit(batch)).rejects.toMatchObject({ code });
  expect(rail.taken).toEqual([]);
  await expect(rail.submit(batch)).rejects.toMatchObject({ code });
  expect(rail.taken).toHaveLength(1);
  await rail.submit(batch);
  expect(rail.taken).toHaveLength(1);
});

test('a submission that is not waited for any more does not arrive later', async () => {
  const rail = createSettlementRailMemory();
  let arrive = () => {};
  rail.fail(
    new Promise<void>((resolve) => {
      arrive = resolve;
    }),
  );
  const controller = new AbortController();
  const submitting = expect(rail.submit(batch, controller.signal)).rejects.toThrow('enough');
  controller.abort(new Error('enough'));
  arrive();
  await submitting;
  expect(rail.taken).toEqual([]);
});
