import fc from 'fast-check';
import { expect, test } from 'vitest';
import { credential, judgement, NOW, networkEvidence, networkView } from '../../test/judgement.ts';
import { EFFECTS } from '../rulebook/rulebook.ts';
import { type CheckFinding, SILENCES, type Silence } from './check-evidence.ts';
import { judge } from './judge.ts';

const rules = fc.record({ maxAgeMs: fc.integer({ min: 0, max: 100_000 }), onSilence: fc.constantFrom(...SILENCES) });
const actions = fc.constantFrom('pay' as const, 'view' as const);
const ages = fc.integer({ min: 0, max: 200_000 });
const results = fc.constantFrom('passed' as const, 'failed' as const);

function rankOf(
  action: 'pay' | 'view',
  rule: { readonly maxAgeMs: number; readonly onSilence: Silence },
  found: CheckFinding,
): number {
  const checks = [{ id: 'licence', ...rule, found }];
  const evidence = { ...networkEvidence(credential(), networkView()), checks };
  const verdict = judge(judgement({ request: { class: action, freshness: { mode: 'any' } }, evidence }));
  if (verdict.outcome !== 'valid') expect(['none', 'queue']).toContain(verdict.allows.effect);
  return EFFECTS.indexOf(verdict.allows.effect);
}

test('an older result of a check never allows more, and silence never more than a result that passed', () => {
  fc.assert(
    fc.property(actions, rules, results, ages, ages, (action, rule, result, a, b) => {
      const found = (ageMs: number): CheckFinding => ({ ok: true, result, asOf: NOW - ageMs, source: 'x' });
      const [younger, older] = [Math.min(a, b), Math.max(a, b)];
      expect(rankOf(action, rule, found(older))).toBeLessThanOrEqual(rankOf(action, rule, found(younger)));
      const silence = rankOf(action, rule, { ok: false, why: 'check.silent' });
      expect(silence).toBeLessThanOrEqual(rankOf(action, rule, { ok: true, result: 'passed', asOf: NOW, source: 'x' }));
    }),
  );
});
