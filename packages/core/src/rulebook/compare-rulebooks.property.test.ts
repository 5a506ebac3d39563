import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildLog, testRulebook } from '../../test/log-builder.ts';
import { TEST_CASES } from '../../test/test-case-rules.ts';
import { createIdealSignatures } from '../../test/test-keys.ts';
import { canonicalJson } from '../encoding/json.ts';
import { applyDecision } from '../fold/powers.ts';
import { createNetworkState } from '../fold/state.ts';
import { compareRulebooks } from './compare-rulebooks.ts';
import type { Grant, Rulebook } from './rulebook.ts';

const RULES: Rulebook = { ...testRulebook(createIdealSignatures()), cases: TEST_CASES };
const log = buildLog();

const NAMES = ['a', 'b', 'c'];
const names = fc.subarray(NAMES, { minLength: 1 });
const aGrant: fc.Arbitrary<Grant> = fc.record({
  power: fc.constantFrom('revoke' as const, 'lift' as const, 'amend' as const, 'accredit' as const),
  roles: names,
  quorum: fc.integer({ min: 1, max: 3 }),
  classes: names,
  maxTargets: fc.integer({ min: 1, max: 3 }),
  expiresInMs: fc.integer({ min: 1, max: 3 }),
});
const aRulebook: fc.Arbitrary<Rulebook> = fc
  .record({
    powers: fc.uniqueArray(aGrant, { selector: ({ power }) => power }),
    notice: fc.record({ amendMs: fc.nat(3) }),
    tickMs: fc.integer({ min: 50, max: 52 }),
    profiles: fc.uniqueArray(
      fc.record(
        {
          id: fc.constantFrom(...NAMES),
          appliesTo: names,
          minAssurance: fc.constantFrom('low' as const, 'high' as const),
          maxAgeMs: fc.nat(2),
          forbiddenClaims: fc.subarray(NAMES),
        },
        { requiredKeys: ['id', 'appliesTo', 'minAssurance'] },
      ),
      { selector: ({ id }) => id },
    ),
    cases: fc.constantFrom(TEST_CASES, { ...TEST_CASES, steward: 'other', maxOpen: 7 }),
  })
  .map((changes) => ({ ...RULES, ...changes }));

/** A decision of however many officers with some roles, asked for under one grant. */
type Use = { class: string; count: number; inMs: number; officers: string[][] };
const aUse: fc.Arbitrary<Use> = fc.record({
  class: fc.constantFrom(...NAMES),
  count: fc.integer({ min: 1, max: 4 }),
  inMs: fc.integer({ min: 0, max: 4 }),
  officers: fc.array(names, { minLength: 1, maxLength: 4 }),
});

function isAllowed(rulebook: Rulebook, use: Use): boolean {
  const state = createNetworkState();
  state.rulebook = { index: 0, body: rulebook };
  const terms = log.terms('lift', ['x'], { class: use.class, count: use.count, expiry: use.inMs, rulebook: 0 });
  const body = { ...terms, type: 'decision', v: 1, approvals: [], received: 0, authorised: 0 } as const;
  const approvals = use.officers.map((roles, i) => ({ officer: `officer ${i}`, roles, check: undefined as never }));
  return (
    applyDecision(state, { ...body, approvals: [] }, { digest: 'A'.repeat(43), index: 9, approvals }) === undefined
  );
}

/** What both allow: nowhere looser than either, where they have a role and a reason in common. */
function meet(a: Grant, b: Grant): Grant | undefined {
  const [roles, classes] = [
    a.roles.filter((role) => b.roles.includes(role)),
    a.classes.filter((one) => b.classes.includes(one)),
  ];
  if (roles.length === 0 || classes.length === 0) return undefined;
  return {
    ...a,
    roles,
    classes,
    quorum: Math.max(a.quorum, b.quorum),
    maxTargets: Math.min(a.maxTargets, b.maxTargets),
    expiresInMs: Math.min(a.expiresInMs, b.expiresInMs),
  };
}

/** One that the grant allows if it allows any. */
function bestUse({ roles, classes: [first = ''] }: Grant): Use {
  return { class: first, count: 1, inMs: 1, officers: [roles, roles, roles] };
}

describe('a comparison of rulebooks', () => {
  test('finds nothing between one and itself, and something between any two that differ', () => {
    fc.assert(
      fc.property(aRulebook, aRulebook, (a, b) => {
        expect(compareRulebooks(a, structuredClone(a))).toEqual([]);
        expect(compareRulebooks(a, b).length > 0).toBe(canonicalJson(a) !== canonicalJson(b));
      }),
    );
  });

  test('turned around swaps looser and tighter, but for what is looser both ways', () => {
    const turned = { looser: ['tighter', 'looser'], tighter: ['looser'], neutral: ['neutral'] };
    const keyOf = ({ path, before, after }: ReturnType<typeof compareRulebooks>[number]) =>
      `${path} ${before} ${after}`;
    fc.assert(
      fc.property(aRulebook, aRulebook, (a, b) => {
        const back = new Map(compareRulebooks(b, a).map((change) => [keyOf(change), change.effect]));
        const there = compareRulebooks(a, b);
        expect(back.size).toBe(there.length);
        for (const { path, before, after, effect } of there) {
          const other = back.get(`${path} ${after} ${before}`);
          expect(turned[effect]).toContain(other);
        }
      }),
    );
  });

  test('a grant that is nowhere looser allows no decision that was refused before', () => {
    let allowed = 0;
    const law = fc.property(aGrant, aGrant, aUse, fc.boolean(), (a, b, any, isBest) => {
      const met = meet(a, b);
      const use = isBest && met !== undefined ? bestUse(met) : any;
      const rules = [a, b, ...(met === undefined ? [] : [met])].map((grant) => ({
        ...RULES,
        powers: [{ ...grant, power: 'lift' as const }],
      }));
      for (const before of rules)
        for (const after of rules) {
          if (before === after || compareRulebooks(before, after).some(({ effect }) => effect === 'looser')) continue;
          if (!isAllowed(after, use)) continue;
          allowed += 1;
          expect(isAllowed(before, use)).toBe(true);
        }
    });
    fc.assert(law);
    // Of this seed it is known that there was something to judge.
    allowed = 0;
    fc.assert(law, { seed: 1 });
    expect(allowed).toBeGreaterThan(0);
  });

  test('what is not known is looser, wherever it stands', () => {
    const places = (value: unknown, path: readonly string[] = []): (readonly string[])[] =>
      typeof value !== 'object' || value === null
        ? []
        : [
            ...(Array.isArray(value) ? [] : [path]),
            ...Object.entries(value).flatMap(([key, inner]) => places(inner, [...path, key])),
          ];
    const found = places(RULES).filter(([first]) => first !== 'keys' && first !== 'officers');
    expect(found.length).toBeGreaterThan(40);
    for (const path of found) {
      const after = structuredClone(RULES) as unknown as Record<string, unknown>;
      const place = path.reduce((value, key) => value[key] as Record<string, unknown>, after);
      place.unheard = 1;
      const changes = compareRulebooks(RULES, after as unknown as Rulebook);
      expect(
        changes.map(({ effect }) => effect),
        path.join('.'),
      ).toEqual(['looser']);
      const back = compareRulebooks(after as unknown as Rulebook, RULES);
      expect(
        back.map(({ effect }) => effect),
        path.join('.'),
      ).toEqual(['looser']);
    }
  });
});
