import fc from 'fast-check';
import { expect, test } from 'vitest';
import { credential, judgement, NOW, networkEvidence, networkView, statusList } from '../../test/judgement.ts';
import { EFFECTS } from '../rulebook/rulebook.ts';
import { judge } from './judge.ts';
import { consequenceOf } from './reasons.ts';
import { OUTCOMES } from './verdict.ts';

const actions = fc.constantFrom('pay' as const, 'view' as const);
// As many young ages as old ones, or the tests would mostly see evidence that is cut off.
const ages = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 0, max: 400_000 }),
  fc.integer({ min: 0, max: 90 * 86_400_000 }),
);

function judgeAt(action: 'pay' | 'view', ageMs: number, value = 0) {
  const list = statusList({ 7: value });
  const view = networkView(ageMs, { lists: new Map([[list.id, list]]) });
  return judge(
    judgement({
      request: { class: action, freshness: { mode: 'any' } },
      evidence: networkEvidence(credential(), view),
    }),
  );
}

test('older evidence never allows more', () => {
  fc.assert(
    fc.property(actions, ages, ages, (action, a, b) => {
      const [younger, older] = [Math.min(a, b), Math.max(a, b)];
      const rank = (ageMs: number) => EFFECTS.indexOf(judgeAt(action, ageMs).allows.effect);
      expect(rank(older)).toBeLessThanOrEqual(rank(younger));
    }),
  );
});

test('no age and no action makes a revoked credential anything else', () => {
  fc.assert(
    fc.property(actions, ages, (action, ageMs) => {
      expect(judgeAt(action, ageMs, 1)).toMatchObject({
        outcome: 'revoked',
        allows: { effect: 'none' },
        usableUntil: 0,
      });
    }),
  );
});

test('what is valid has passed or skipped every check, and what is not has a reason', () => {
  const flags = fc.record({
    issuer: fc.constantFrom(true, false, undefined),
    value: fc.integer({ min: 0, max: 3 }),
    exp: fc.integer({ min: -10, max: 10 }),
    contradiction: fc.boolean(),
    knowsIssuer: fc.boolean(),
  });
  fc.assert(
    fc.property(actions, ages, flags, (action, ageMs, { issuer, value, exp, contradiction, knowsIssuer }) => {
      const list = statusList({ 7: value });
      const changes = knowsIssuer ? {} : { parties: new Map() };
      const parse = credential({ exp: NOW / 1000 + exp });
      const evidence = networkEvidence(parse, networkView(ageMs, { lists: new Map([[list.id, list]]), ...changes }));
      const verdict = judge(
        judgement({
          parse,
          signatures: { issuer: knowsIssuer ? issuer : undefined, holder: undefined },
          request: { class: action, freshness: { mode: 'any' } },
          evidence: contradiction ? { ...evidence, contradiction: 'feed.rollback' } : evidence,
        }),
      );
      const failed = verdict.checks.filter(({ result }) => result === 'failed');
      expect(verdict.outcome === 'valid').toBe(verdict.reasons.length === 0);
      if (verdict.outcome === 'valid') {
        expect(failed).toEqual([]);
        expect([issuer, knowsIssuer, contradiction, value]).toEqual([true, true, false, 0]);
      } else {
        const worst = Math.min(...verdict.reasons.map(({ code }) => OUTCOMES.indexOf(consequenceOf(code).outcome)));
        expect(OUTCOMES[worst]).toBe(verdict.outcome);
        expect(['none', 'queue']).toContain(verdict.allows.effect);
      }
    }),
    { numRuns: 1000 },
  );
});
