import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildLog, civicParty, START_MS, testRulebook } from '../../test/log-builder.ts';
import { createIdealSignatures } from '../../test/test-keys.ts';
import { testRecognition } from '../../test/two-networks.ts';
import type { Grant, Rulebook } from '../rulebook/rulebook.ts';
import { differencesOf, type TrustPoint } from './differences.ts';

const signatures = createIdealSignatures();
const RULES = testRulebook(signatures);
const lines = (a: TrustPoint, b: TrustPoint) =>
  differencesOf(a, b).map(({ what, direction }) => `${direction}: ${what}`);
const rules = (changes: Partial<Rulebook>) => ({ rulebook: { ...RULES, ...changes } });

describe('what changed between two points', () => {
  test('is nothing between a point and itself', () => {
    const { state } = buildLog();
    const { parties, recognitions, time } = state;
    const point = { rulebook: RULES, parties, recognitions, time };
    expect(differencesOf(point, point)).toEqual([]);
  });

  test('says of each rule whether more is allowed afterwards, or less', () => {
    const profile = { id: 'default', appliesTo: ['*'], minAssurance: 'high' as const, forbiddenClaims: ['religion'] };
    const pay = { ...RULES.freshness.network.pay, liveMs: 20_000 };
    const freshness = { ...RULES.freshness, network: { ...RULES.freshness.network, pay } };
    const powers = RULES.powers
      .filter(({ power }) => power !== 'release')
      .map((grant) => (grant.power === 'lift' ? { ...grant, quorum: 3 } : grant));
    const after = rules({ powers, freshness, profiles: [profile], notice: { amendMs: 1 } });
    expect(lines(rules({}), after)).toEqual([
      'tighter: powers.lift.quorum',
      'tighter: powers.release',
      'looser: freshness.network.pay.liveMs',
      'tighter: profiles.default.minAssurance',
      'tighter: profiles.default.forbiddenClaims',
      'looser: notice.amendMs',
    ]);
  });

  test('says who may issue more or less, and what of another network counts', () => {
    const log = buildLog();
    const { parties: before } = log.state;
    const a = { parties: new Map(before), recognitions: new Map(log.state.recognitions), time: log.state.time };
    const lower = { action: 'issue', type: 'residence', assurance: 'low', from: 0 } as const;
    log.accredit(civicParty(log.signatures, { accreditations: [lower] }));
    log.recognise(testRecognition());
    log.epoch();
    const { parties, recognitions, time } = log.state;
    expect(lines(a, { parties, recognitions, time })).toEqual([
      'tighter: https://civic.example may issue residence',
      'looser: bbbbbbbb: https://other.example/vct/inhabitant/1 counts for',
    ]);
    // By time alone: nobody has to say that a recognition is over.
    expect(lines({ recognitions, time }, { recognitions, time: START_MS + 1e11 })).toEqual([
      'tighter: bbbbbbbb: https://other.example/vct/inhabitant/1 counts for',
    ]);
  });

  test('turns around when the points do', () => {
    // Powers that stop somebody are looser both ways: rulebook/looseness.ts.
    const isPlain = ({ power }: Grant) => power === 'lift' || power === 'amend' || power === 'release';
    const quorums = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(quorums, quorums, fc.nat(100), fc.nat(100), (q, r, m, n) => {
        const point = (quorum: number, amendMs: number) =>
          rules({ notice: { amendMs }, powers: RULES.powers.filter(isPlain).map((grant) => ({ ...grant, quorum })) });
        const opposite = { looser: 'tighter', tighter: 'looser', other: 'other' } as const;
        const there = differencesOf(point(q, m), point(r, n)).map(({ what, direction }) => [what, direction]);
        const back = differencesOf(point(r, n), point(q, m)).map(({ what, direction }) => [what, opposite[direction]]);
        expect(back).toEqual(there);
      }),
      { numRuns: 50 },
    );
  });
});
