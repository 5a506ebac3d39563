import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applySettlement, type SettlementEvent } from './apply-settlement.ts';
import { createSettlement, type Settlement, type SettlementAnswer, stateOfSettlement } from './settlement.ts';

const outcome = fc.constantFrom('accepted' as const, 'rejected' as const, 'partly' as const);
const answer: fc.Arbitrary<SettlementAnswer> = fc.oneof(
  fc.record({ outcome }),
  fc.record({ outcome, code: fc.constantFrom('ACSC', 'AC04') }),
);
const attempt = fc.integer({ min: 1, max: 4 });
const at = fc.nat(1000);
const batch = fc.constantFrom('b1', 'b2', 'b3');
const answered = fc.record({ kind: fc.constant('answer' as const), attempt, answer });
const decision = fc.constant('d'.repeat(43));
const withoutDecision: fc.Arbitrary<SettlementEvent> = fc.oneof(
  fc.record({ kind: fc.constant('submit' as const), batch, at }),
  fc.record({ kind: fc.constant('hand-over' as const), batch, at }),
  answered,
  fc.record({ kind: fc.constant('silence' as const), attempt, at }),
  fc.record({ kind: fc.constant('retry' as const) }),
);
const event: fc.Arbitrary<SettlementEvent> = fc.oneof(
  { weight: 4, arbitrary: withoutDecision },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('retry' as const), decision }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('rule' as const),
      attempt,
      as: fc.constantFrom('accepted' as const, 'rejected' as const),
      decision,
    }),
  },
);

function run(events: readonly SettlementEvent[], from: Settlement = createSettlement()): Settlement {
  let settlement = from;
  for (const next of events) {
    const result = applySettlement(settlement, next);
    if (result.ok) settlement = result.settlement;
  }
  return settlement;
}

/** Says of one attempt that it was paid. */
function heardPaid(settlement: Settlement): number {
  return settlement.attempts.filter(({ answers }) => answers.some(({ outcome }) => outcome !== 'rejected')).length;
}

describe('whatever happens to a line', () => {
  test('one that is accepted has one attempt that is, and none that is open', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        const settlement = run(events);
        if (stateOfSettlement(settlement) !== 'accepted') return;
        const paid = settlement.attempts.filter(({ answers, ruling }) =>
          ruling === undefined ? answers.some(({ outcome }) => outcome === 'accepted') : ruling.as === 'accepted',
        );
        expect(paid).toHaveLength(1);
        for (const other of settlement.attempts) {
          if (other !== paid[0]) expect(other.ruling?.as ?? other.answers[0]?.outcome).toBe('rejected');
        }
      }),
      { numRuns: 500 },
    );
  });

  test('a repeat of anything changes nothing', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 20 }), answered, (events, last) => {
        const once = run([...events, last]);
        expect(run([last, last], once)).toBe(once);
      }),
    );
  });

  test('answers may come in any order', () => {
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 15 }),
        fc.array(answered, { maxLength: 8 }),
        fc.nat(),
        (events, answers, seed) => {
          const before = run(events);
          const turned = [
            ...answers.slice(seed % (answers.length + 1)),
            ...answers.slice(0, seed % (answers.length + 1)),
          ];
          expect(stateOfSettlement(run(turned.reverse(), before))).toBe(stateOfSettlement(run(answers, before)));
        },
      ),
    );
  });

  test('nothing is tried again unless the last attempt definitely failed or a decision says so', () => {
    fc.assert(
      fc.property(fc.array(withoutDecision, { maxLength: 30 }), (events) => {
        const { attempts } = run(events);
        for (const earlier of attempts.slice(0, -1)) {
          expect(earlier.answers.some(({ outcome }) => outcome === 'rejected')).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});

/** A rail that tells the truth, late, never or again and again: what it paid is decided before it says so. */
describe('on a rail that does not lie', () => {
  test('nobody is paid twice without a decision, however answers are lost, late or repeated', () => {
    const step = fc.constantFrom('submit', 'answer', 'silence', 'retry', 'old-answer');
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 40 }),
        fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }),
        (steps, pays) => {
          let settlement = createSettlement();
          for (const [i, name] of steps.entries()) {
            settlement = run([stepOf(name, settlement.attempts.length, pays, i)], settlement);
          }
          const paid = settlement.attempts.filter((_, i) => pays[i] === true).length;
          expect(paid).toBeLessThanOrEqual(1);
          expect(heardPaid(settlement)).toBeLessThanOrEqual(paid);
          expect(stateOfSettlement(settlement)).not.toBe('conflict');
        },
      ),
      { numRuns: 500 },
    );
  });
});

function stepOf(name: string, attempts: number, pays: readonly boolean[], i: number): SettlementEvent {
  const about = name === 'old-answer' ? 1 + (i % Math.max(1, attempts)) : attempts;
  switch (name) {
    case 'submit':
      return { kind: 'submit', batch: `b${i}`, at: i };
    case 'silence':
      return { kind: 'silence', attempt: attempts, at: i };
    case 'retry':
      return { kind: 'retry' };
    default:
      return {
        kind: 'answer',
        attempt: about,
        answer: { outcome: pays[about - 1] === true ? 'accepted' : 'rejected' },
      };
  }
}
