import { expect, test } from 'vitest';
import { tryAction } from './actions.ts';
import { createStage, type Part } from './stage.ts';

/** Everything but the network and the governor. */
const OTHERS: readonly Part[] = ['issuer', 'verifier', 'distributor', 'ledger', 'bank'];

test('a credential is revoked while everything else stands still, and as fast as on any day', async () => {
  const stage = await createStage(7);
  const { scheduler } = stage.world;
  for (const part of OTHERS) stage.take(part);
  await scheduler.run(scheduler.now + 120_000);
  const startedAt = scheduler.now;
  const trial = tryAction(stage, 'revoke');
  let answered: { readonly outcome: string; readonly at: number } | undefined;
  trial.answer.then(
    (outcome) => {
      answered = { outcome, at: scheduler.now };
    },
    () => undefined,
  );
  await scheduler.run(startedAt + 10_000);
  expect(answered?.outcome).toBe('decision carried-out');
  expect((answered?.at ?? Number.POSITIVE_INFINITY) - startedAt).toBeLessThan(5000);
  expect(await trial.isDone()).toBe(true);
});
