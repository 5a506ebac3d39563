import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createGovernorWorld, type GovernorWorld, settle, target } from '../../../test/governor-world.ts';
import type { Governor } from './governor.ts';
import type { Proposal } from './proposal.ts';

type Step =
  | { readonly do: 'propose'; readonly power: 'revoke' | 'suspend' | 'lift'; readonly indices: readonly number[] }
  | { readonly do: 'approve'; readonly which: number; readonly officer: string }
  | { readonly do: 'fail'; readonly fault: 'unreachable' | 'answer-lost' }
  | { readonly do: 'epoch'; readonly afterMs: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'crash' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('propose' as const),
      power: fc.constantFrom('revoke' as const, 'suspend' as const, 'lift' as const),
      indices: fc.uniqueArray(fc.nat(4), { minLength: 1, maxLength: 2 }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('approve' as const),
      which: fc.nat(9),
      officer: fc.constantFrom('officer-a', 'officer-b', 'officer-a', 'officer-b', 'officer-c'),
    }),
  },
  fc.record({
    do: fc.constant('fail' as const),
    fault: fc.constantFrom('unreachable' as const, 'answer-lost' as const),
  }),
  fc.record({ do: fc.constant('epoch' as const), afterMs: fc.constantFrom(1, 5_000, 86_400_000, 8 * 86_400_000) }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(50, 5_000) }),
  fc.record({ do: fc.constant('crash' as const) }),
);

const OPENING: readonly Step[] = [
  { do: 'propose', power: 'revoke', indices: [0] },
  { do: 'propose', power: 'suspend', indices: [1] },
  { do: 'propose', power: 'revoke', indices: [1, 2] },
];

/** One governor after another on one store and one log, through everything that goes wrong between them. */
async function live(
  world: GovernorWorld,
  steps: readonly Step[],
): Promise<{ governor: Governor; proposals: Proposal[] }> {
  let { governor } = world;
  const proposals: Proposal[] = [];
  for (const [i, next] of steps.entries()) {
    const proposal = next.do === 'approve' ? proposals[next.which % Math.max(1, proposals.length)] : undefined;
    if (next.do === 'propose') {
      const request = { power: next.power, class: 'residence-ended', targets: next.indices.map(target) };
      const made = await governor.propose(request, `key ${i}`).catch(() => undefined);
      if (made !== undefined) proposals.push(made);
    } else if (next.do === 'approve' && proposal !== undefined) {
      governor.approve(proposal.id, world.approval(proposal.digest, next.officer)).catch(() => undefined);
    } else if (next.do === 'fail') world.fail(next.fault);
    else if (next.do === 'epoch') world.epoch(world.log.state.time + next.afterMs);
    else if (next.do === 'wait') await world.clock.advance(next.ms);
    else if (next.do === 'crash') {
      await governor[Symbol.asyncDispose]();
      governor = await world.restart();
    }
    await settle();
  }
  return { governor, proposals };
}

test('whatever fails, what is said to be decided is in the log, once, and nothing else is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 50 }), async (steps) => {
      const world = await createGovernorWorld();
      const { governor, proposals } = await live(world, [...OPENING, ...steps]);
      // Everything heals, and time passes.
      await world.clock.advance(600_000);
      world.epoch();
      await world.clock.advance(20_000);
      const { decided, refused } = world.log.state;
      for (const { id } of proposals) {
        const { state, digest, needed, approvals, owner, dueAt } = await governor.find(id);
        expect(state, 'nothing stays between').not.toBe('authorised');
        expect(decided.has(digest)).toBe(state === 'carried-out');
        if (state === 'carried-out') expect(approvals.length).toBeGreaterThanOrEqual(needed);
        expect(owner !== undefined && dueAt !== undefined).toBe(state === 'collecting');
      }
      expect(decided.size - 1, 'the founding, and what is carried out').toBe(
        world.appended.flat().length - world.appended.length,
      );
      expect(refused.size, 'the log was never given what it refuses').toBe(0);
      expect(await world.store.readBatches()).toEqual([]);
    }),
    { numRuns: 40 },
  );
});
