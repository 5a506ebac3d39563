import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LIST_URI } from '../../../../core/test/log-builder.ts';
import { createDistributorWorld, type DistributorWorld } from '../../../test/distributor-world.ts';

type Sent = ReturnType<DistributorWorld['sent']>;

/** What became of everybody, by the digest of their application: all that order must not change. */
async function outcomeOf(
  arrivals: readonly { readonly sent: Sent; readonly pauseMs: number }[],
  revoked: readonly number[],
) {
  await using world = await createDistributorWorld();
  const applied: string[] = [];
  for (const { sent, pauseMs } of arrivals) {
    await world.verifiers.clock.advance(pauseMs);
    applied.push((await world.distributor.apply('relief', sent)).application);
  }
  for (const index of revoked) world.verifiers.feed.log.revoke([{ list: LIST_URI, index }]);
  await world.close();
  await world.work();
  const views = await Promise.all(applied.map((application) => world.distributor.application('relief', application)));
  const { payments } = await world.distributor.find('relief');
  const total = Object.values(payments).reduce((sum, state) => sum + state.total, 0n);
  expect(total).toBeLessThanOrEqual(BigInt(world.program.budget));
  expect((await world.ledger.audit()).holds).toBe(true);
  const distinct = new Map(views.map((view) => [view.application, view]));
  return [...distinct.values()]
    .map(({ application, state, code, payment }) => ({ application, state, code, amount: payment?.amount }))
    .sort((a, b) => (a.application < b.application ? -1 : 1));
}

describe('in a sealed program', () => {
  test('who comes when, and how often, changes nothing for anybody', async () => {
    await using world = await createDistributorWorld();
    // Two of them are one person with two credentials; some want less than the cap.
    const people = ['R-1', 'R-1', 'R-2', 'R-3', 'R-4'].map((id) => world.person(id));
    const wants = ['100', '100', '40', '100', '7'];
    const everybody = people.map((person, i) => world.sent(person, { want: wants[i] ?? '100' }));
    const expected = await outcomeOf(
      everybody.map((sent) => ({ sent, pauseMs: 0 })),
      [4],
    );
    expect(expected.filter(({ state }) => state === 'admitted')).toHaveLength(3);
    const arrivals = fc.shuffledSubarray([0, 1, 2, 3, 4, 0, 2], { minLength: 7 });
    const pauses = fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 7, maxLength: 7 });
    await fc.assert(
      fc.asyncProperty(arrivals, pauses, async (order, pausesMs) => {
        const arriving = order.map((who, i) => ({ sent: everybody[who] as Sent, pauseMs: pausesMs[i] ?? 0 }));
        expect(await outcomeOf(arriving, [4])).toEqual(expected);
      }),
      { numRuns: 8 },
    );
  });
});
