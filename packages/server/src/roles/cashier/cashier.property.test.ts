import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createCashierWorld, holder, signOrder } from '../../../test/cashier-world.ts';

const NAMES = ['ada', 'bo', 'cy'] as const;
const step = fc.record({
  from: fc.constantFrom(...NAMES),
  signedBy: fc.constantFrom(...NAMES),
  to: fc.constantFrom(...NAMES),
  amount: fc.nat({ max: 60 }).map(String),
  times: fc.integer({ min: 1, max: 3 }),
});

it('moves what was ordered by the key of the account, once, and never more than was there: in any order, all at once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      await using world = await createCashierWorld();
      const sent = steps.map(({ from, signedBy, to, amount, times }) => {
        const text = signOrder(holder(signedBy).key, world.order({ to: holder(to).name, amount }), holder(from).key);
        return { isOwn: from === signedBy, from, to, amount, texts: Array(times).fill(text) as string[] };
      });
      const outcomes = await Promise.all(
        sent.map(async ({ texts, ...rest }) => ({
          ...rest,
          answers: await Promise.all(
            texts.map((text) =>
              world.cashier.carryOut(text).then(
                ({ answer }) => answer as string,
                (error: { code: string }) => error.code,
              ),
            ),
          ),
        })),
      );
      const expected = new Map<string, bigint>([
        ['ada', 50n],
        ['bo', 0n],
        ['cy', 0n],
      ]);
      for (const { isOwn, from, to, amount, answers } of outcomes) {
        const isCreated = answers.includes('created');
        expect(answers.filter((answer) => answer === 'created').length).toBeLessThanOrEqual(1);
        if (!isOwn) expect(new Set(answers)).toEqual(new Set(['order.signature']));
        if (!isCreated) continue;
        expected.set(from, (expected.get(from) ?? 0n) - BigInt(amount));
        expected.set(to, (expected.get(to) ?? 0n) + BigInt(amount));
      }
      for (const name of NAMES) expect((await world.balance(name)) ?? 0n).toBe(expected.get(name));
      for (const amount of expected.values()) expect(amount >= 0n).toBe(true);
      expect((await world.role.audit()).holds).toBe(true);
    }),
    { numRuns: 25 },
  );
});
