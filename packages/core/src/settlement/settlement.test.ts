import { describe, expect, test } from 'vitest';
import { applySettlement, type SettlementEvent, type SettlementRefusal } from './apply-settlement.ts';
import {
  createSettlement,
  encodeAttemptId,
  MAX_SETTLEMENT_ATTEMPTS,
  ownerOfSettlement,
  parseAttemptId,
  type Settlement,
  type SettlementAnswer,
  settlementLineId,
  stateOfSettlement,
} from './settlement.ts';

const DECISION = 'd'.repeat(43);
const submit = (batch = 'b1'): SettlementEvent => ({ kind: 'submit', batch, at: 1 });
const handOver = (batch = 'b1'): SettlementEvent => ({ kind: 'hand-over', batch, at: 2 });
const answer = (answer: SettlementAnswer, attempt = 1): SettlementEvent => ({ kind: 'answer', attempt, answer });
const accepted = answer({ outcome: 'accepted', code: 'ACSC' });
const rejected = answer({ outcome: 'rejected', code: 'AC04' });
const silence: SettlementEvent = { kind: 'silence', attempt: 1, at: 3 };
const retry: SettlementEvent = { kind: 'retry' };
const rule = (as: 'accepted' | 'rejected', attempt = 1): SettlementEvent => ({
  kind: 'rule',
  attempt,
  as,
  decision: DECISION,
});

/** What is refused changes nothing; what was refused is told beside the state. */
function after(...events: readonly SettlementEvent[]): { settlement: Settlement; refused: SettlementRefusal[] } {
  const refused: SettlementRefusal[] = [];
  let settlement = createSettlement();
  for (const event of events) {
    const result = applySettlement(settlement, event);
    if (result.ok) settlement = result.settlement;
    else refused.push(result.refusal);
  }
  return { settlement, refused };
}

const stateAfter = (...events: readonly SettlementEvent[]) => stateOfSettlement(after(...events).settlement);
const ownerAfter = (...events: readonly SettlementEvent[]) => ownerOfSettlement(after(...events).settlement);
const refusedOf = (...events: readonly SettlementEvent[]) => after(...events).refused;

describe('a line', () => {
  test.each([
    ['planned', 'distributor', []],
    ['submitted', 'distributor', [submit()]],
    ['submitted', 'rail', [submit(), handOver()]],
    ['accepted', undefined, [submit(), handOver(), accepted]],
    ['rejected', 'distributor', [submit(), handOver(), rejected]],
    ['partly', 'officers', [submit(), handOver(), answer({ outcome: 'partly', paid: 5n })]],
    ['unknown', 'officers', [submit(), handOver(), silence]],
    ['conflict', 'officers', [submit(), handOver(), accepted, rejected]],
    ['conflict', 'officers', [submit(), handOver(), rejected, accepted]],
    ['planned', 'distributor', [submit(), rejected, retry]],
    ['submitted', 'distributor', [submit(), rejected, retry, submit('b2')]],
  ] as const)('is %s, owned by %s', (state, owner, events) => {
    expect(stateAfter(...events)).toBe(state);
    expect(ownerAfter(...events)).toBe(owner);
  });

  test('that got no answer is unknown, and a late answer says what became of it', () => {
    expect(stateAfter(submit(), silence, accepted)).toBe('accepted');
    expect(stateAfter(submit(), silence, rejected)).toBe('rejected');
  });

  test('that was answered does not become unknown by a late silence', () => {
    expect(stateAfter(submit(), accepted, silence)).toBe('accepted');
  });

  test('keeps the reason of its rejection', () => {
    expect(after(submit(), rejected).settlement.attempts[0]?.answers).toEqual([{ outcome: 'rejected', code: 'AC04' }]);
  });

  test('that was ready to be tried again is not, once its failed attempt turns out to be paid', () => {
    expect(stateAfter(submit(), rejected, retry, accepted)).toBe('conflict');
    expect(refusedOf(submit(), rejected, retry, accepted, submit('b2'))).toEqual(['not-planned']);
  });
});

describe('trying again', () => {
  test('is refused while an answer may come, and while nobody knows', () => {
    expect(refusedOf(submit(), retry)).toEqual(['reconcile-first']);
    expect(refusedOf(submit(), silence, retry)).toEqual(['reconcile-first']);
  });

  test('is refused once it was paid, wholly or partly', () => {
    expect(refusedOf(submit(), accepted, retry)).toEqual(['paid']);
    expect(refusedOf(submit(), answer({ outcome: 'partly' }), { ...retry, decision: DECISION })).toEqual(['paid']);
  });

  test('of a conflict waits for a ruling about each attempt, even with a decision to retry', () => {
    const both = [submit(), accepted, rejected] as const;
    expect(refusedOf(...both, { ...retry, decision: DECISION })).toEqual(['decision-missing']);
    expect(stateAfter(...both, rule('rejected'), retry)).toBe('planned');
  });

  test('of an unknown attempt by a decision takes it for not paid; its late acceptance is a conflict', () => {
    const again = [submit(), silence, { ...retry, decision: DECISION }, submit('b2')] as const;
    expect(stateAfter(...again)).toBe('submitted');
    expect(stateAfter(...again, rejected)).toBe('submitted');
    expect(stateAfter(...again, accepted)).toBe('conflict');
    const second = answer({ outcome: 'accepted' }, 2);
    expect(stateAfter(...again, second)).toBe('accepted');
    expect(stateAfter(...again, second, accepted)).toBe('conflict');
  });

  test('makes one more attempt by one decision, however often it is repeated', () => {
    const once = { ...retry, decision: DECISION, attempt: 1 };
    expect(refusedOf(submit(), silence, once, once)).toEqual([]);
    const again = [submit(), silence, once, submit('b2'), { ...silence, attempt: 2 }] as const;
    expect(refusedOf(...again, once)).toEqual(['decision-used']);
    expect(stateAfter(...again, once)).toBe('unknown');
  });

  test('has an end', () => {
    const rounds = Array.from({ length: MAX_SETTLEMENT_ATTEMPTS }, (_, i) => [
      submit(`b${i + 1}`),
      answer({ outcome: 'rejected' }, i + 1),
      retry,
    ]).flat();
    expect(refusedOf(...rounds)).toEqual(['attempts-exhausted']);
  });
});

describe('a ruling', () => {
  test('ends a contradiction, and the rail that says both again changes nothing', () => {
    expect(stateAfter(submit(), accepted, rejected, rule('accepted'), rejected, accepted)).toBe('accepted');
    expect(stateAfter(submit(), accepted, rejected, rule('rejected'), accepted)).toBe('rejected');
  });

  test('that an attempt was not paid is a conflict with an acceptance that nobody had heard of', () => {
    expect(stateAfter(submit(), silence, rule('rejected'), accepted)).toBe('conflict');
  });

  test('sent again decides nothing about what the rail has said since', () => {
    const news = [submit(), silence, rule('accepted'), rejected] as const;
    expect(stateAfter(...news)).toBe('conflict');
    expect(stateAfter(...news, rule('accepted'))).toBe('conflict');
    expect(stateAfter(...news, { ...rule('accepted'), decision: 'e'.repeat(43) } as SettlementEvent)).toBe('accepted');
  });

  test('that the first of two was paid is not the end while the second is open', () => {
    const two = [submit(), silence, { ...retry, decision: DECISION }, submit('b2'), rule('accepted')] as const;
    expect(stateAfter(...two)).toBe('conflict');
    expect(stateAfter(...two, answer({ outcome: 'rejected' }, 2))).toBe('accepted');
    expect(stateAfter(...two, answer({ outcome: 'accepted' }, 2))).toBe('conflict');
  });
});

describe('what is not about this line', () => {
  test('is refused', () => {
    expect(refusedOf(accepted, handOver(), submit(), submit(), answer({ outcome: 'accepted' }, 2))).toEqual([
      'attempt-unknown',
      'attempt-unknown',
      'not-planned',
      'attempt-unknown',
    ]);
  });
});

describe('the id of an attempt', () => {
  test('fits ISO 20022 and is read back', () => {
    const lineId = 'A1b2'.repeat(8);
    expect(encodeAttemptId(lineId, MAX_SETTLEMENT_ATTEMPTS)).toHaveLength(35);
    expect(parseAttemptId(encodeAttemptId(lineId, MAX_SETTLEMENT_ATTEMPTS))).toEqual({
      lineId,
      attempt: MAX_SETTLEMENT_ATTEMPTS,
    });
  });

  test.each(['', 'a', 'a-0', 'a-01', 'a-21', '-1', 'a-1-1', `${'a'.repeat(33)}-1`, 'a/../b-1', 'a-1 '])(
    'is not %j',
    (text) => {
      expect(parseAttemptId(text)).toBeUndefined();
    },
  );

  test('is made of the digest of its transfer, which nobody can choose', () => {
    expect(settlementLineId('t-1')).toMatch(/^[0-9a-f]{32}$/);
    expect(settlementLineId('t-1')).not.toBe(settlementLineId('t-2'));
  });
});
