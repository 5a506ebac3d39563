import { encodeAttemptId, settlementLineId } from '@holdfast/core';
import { afterAll, expect, test } from 'vitest';
import { createBankWorld, IBANS, removeBankWorlds } from '../../../../test/bank-world.ts';
import { createSettlingWorld, intent } from '../../../../test/settling-world.ts';

afterAll(removeBankWorlds);

const attemptOf = (number: number, attempt = 1) => encodeAttemptId(settlementLineId(`t-${number}`), attempt);

test('two hundred people are paid by a bank that accepts, rejects, is silent and repeats itself', async () => {
  const bank = await createBankWorld();
  const { restart, clock } = createSettlingWorld({ rails: [bank.rail] });
  const settling = restart();
  const people = Array.from({ length: 200 }, (_, i) =>
    intent(i, {
      destination: { kind: 'iban', iban: IBANS[i % 3] ?? IBANS[0], name: `Person ${i % 7 === 0 ? 'Zo\u00eb' : 'Ada'}` },
    }),
  );
  expect((await settling.plan(people)).every(({ answer }) => answer === 'created')).toBe(true);
  expect(await settling.submitDue()).toEqual({ accepted: 1, failures: [] });

  const [file = ''] = await bank.take();
  const about = file.slice(0, -'.xml'.length);
  // The bank says of the first hundred that they are paid, of ten that they are not, and of ninety nothing.
  const said = (from: number, to: number, status: object) =>
    Array.from({ length: to - from }, (_, i) => ({ line: attemptOf(from + i), ...status }));
  const first = [...said(0, 100, { status: 'ACSC' }), ...said(100, 110, { status: 'RJCT', reason: 'AC04' })];
  await bank.report({ about, status: 'PART', instructions: [{ transactions: first }] });
  await bank.report({ about, status: 'PART', instructions: [{ transactions: said(0, 50, { status: 'ACSC' }) }] });
  const { changed, failures } = await settling.reconcile();
  expect([changed.length, failures]).toEqual([110, []]);
  await clock.advance(3 * 86_400_000);
  await settling.reconcile();
  expect((await settling.openHandoffs()).counts).toMatchObject({ accepted: 100, rejected: 10, unknown: 90 });

  // Killed here. The ninety are answered late; the ten are tried again under their own ids.
  const again = restart({ rails: [await bank.reopen()] });
  await bank.report({ about, status: 'PART', instructions: [{ transactions: said(110, 200, { status: 'ACSC' }) }] });
  await again.reconcile();
  for (let i = 100; i < 110; i += 1) await again.retry(`t-${i}`);
  await again.submitDue();
  const [second = ''] = await bank.take();
  await bank.report({ about: second.slice(0, -'.xml'.length), status: 'ACSC' });
  await again.reconcile();
  expect(await again.openHandoffs()).toMatchObject({ handoffs: [], counts: { accepted: 200 } });
  expect((await again.find('t-105'))?.attempts.map(({ id, state }) => [id, state])).toEqual([
    [attemptOf(105), 'rejected'],
    [attemptOf(105, 2), 'accepted'],
  ]);
});
