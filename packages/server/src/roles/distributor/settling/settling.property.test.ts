import { encodeAttemptId, settlementLineId } from '@holdfast/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSettlingWorld, intent } from '../../../../test/settling-world.ts';
import type { RailFault } from '../../../adapters/memory/settlement-rail.ts';

const LINES = 2;

/** What may happen between a distributor and a rail that does not lie: each step is one thing that goes right or wrong. */
const step = fc.oneof(
  fc.record({ do: fc.constant('plan' as const), line: fc.nat({ max: LINES - 1 }) }),
  fc.record({
    do: fc.constant('submit' as const),
    fault: fc.constantFrom<RailFault | undefined>('unreachable', 'answer-lost', undefined, undefined),
  }),
  fc.record({
    do: fc.constant('say' as const),
    line: fc.nat({ max: LINES - 1 }),
    attempt: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({ do: fc.constant('reconcile' as const) }),
  fc.record({ do: fc.constant('retry' as const), line: fc.nat({ max: LINES - 1 }) }),
  fc.record({ do: fc.constant('wait' as const) }),
  fc.record({ do: fc.constant('restart' as const) }),
  fc.record({ do: fc.constant('both' as const) }),
);

test('nobody is paid twice, and what is not paid has an owner, whatever is slow, lost, repeated or killed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 20, maxLength: 40 }),
      fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
      async (steps, pays) => {
        const world = createSettlingWorld({ bounds: { patienceMs: 1000, batchLines: 2 } });
        const { rail, clock } = world;
        let { settling } = world;
        const attemptOf = (line: number, attempt: number) => encodeAttemptId(settlementLineId(`t-${line}`), attempt);
        // The truth: which attempts the rail pays, once it has them. It never changes its mind.
        const isPaid = (line: number, attempt: number) => pays[line * 3 + attempt - 1] === true;
        const isTaken = (lineId: string) => rail.taken.some((taken) => taken.lineId === lineId);
        const say = (line: number, attempt: number) => {
          const lineId = attemptOf(line, attempt);
          if (isTaken(lineId)) rail.say({ lineId, outcome: isPaid(line, attempt) ? 'accepted' : 'rejected' });
        };
        for (const next of steps) {
          if (next.do === 'plan') await settling.plan([intent(next.line)]);
          if (next.do === 'submit') {
            if (next.fault !== undefined) rail.fail(next.fault);
            await settling.submitDue();
          }
          if (next.do === 'say') say(next.line, next.attempt);
          if (next.do === 'reconcile') await settling.reconcile();
          if (next.do === 'retry') await settling.retry(`t-${next.line}`).catch(() => undefined);
          if (next.do === 'wait') {
            await clock.advance(1000);
            await settling.reconcile();
          }
          if (next.do === 'restart') settling = world.restart();
          if (next.do === 'both')
            await Promise.all([settling.submitDue(), world.restart().reconcile(), world.restart().submitDue()]);
        }
        for (let line = 0; line < LINES; line += 1) {
          const taken = [1, 2, 3].filter((attempt) => isTaken(attemptOf(line, attempt)));
          expect(taken.filter((attempt) => isPaid(line, attempt)).length).toBeLessThanOrEqual(1);
        }
        expect(rail.taken.length).toBe(new Set(rail.taken.map(({ lineId }) => lineId)).size);
        // Then the rail tells everything, and again: each line is paid, or somebody's.
        for (let i = 0; i <= steps.length; i += 1) await settling.submitDue();
        for (const { transferId, lineId } of rail.taken) say(Number(transferId.slice(2)), Number(lineId.slice(-1)));
        await settling.reconcile();
        const { handoffs, counts } = await settling.openHandoffs();
        expect([counts.unknown, counts.submitted, counts.planned, counts.conflict]).toEqual([0, 0, 0, 0]);
        expect(handoffs.every(({ state, owner }) => state === 'rejected' && owner === 'distributor')).toBe(true);
      },
    ),
    { numRuns: 250 },
  );
});
