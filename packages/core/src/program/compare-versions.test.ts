import { describe, expect, test } from 'vitest';
import { buildLog } from '../../test/log-builder.ts';
import { testLottery, testProgram } from '../../test/test-program.ts';
import { compareProgramVersions, effectOfChanges, findNever } from './compare-versions.ts';
import { type Program, programSchema } from './program.ts';

const log = buildLog();
const plain = testProgram(log);
const OPEN = { effectiveAt: plain.window.opensAt + 1 };
const BEFORE = { effectiveAt: plain.window.opensAt - 1 };
const instant = (changes: object = {}, others: Partial<Program> = {}) =>
  testProgram(log, { allocation: { mode: 'instant', amount: '10', maxRecipients: 50, ...changes }, ...others });
const rule = (eligibility: string) => ({ ...plain, eligibility });
const is = (changes: Partial<Program>): Program => ({ ...plain, ...changes });

/** Favourable, adverse or neutral, or `never`, before anybody can have applied and after. */
const CASES: readonly (readonly [string, Program, Program, string, string])[] = [
  ['the budget grows', plain, is({ budget: '2000' }), 'favourable', 'favourable'],
  ['the budget shrinks', plain, is({ budget: '900' }), 'adverse', 'never'],
  ['another title', plain, is({ title: 'Relief' }), 'neutral', 'neutral'],
  ['another asset', plain, is({ asset: { code: 'USD', decimals: 2 } }), 'never', 'never'],
  ['another organiser', plain, is({ organiser: 'x' }), 'never', 'never'],
  ['another key of the set', plain, is({ uniqueness: { ...plain.uniqueness, key: 'l'.repeat(43) } }), 'never', 'never'],
  [
    'one more issuer',
    plain,
    is({ uniqueness: { ...plain.uniqueness, issuers: ['https://civic.example', 'b'] } }),
    'favourable',
    'never',
  ],
  ['a lottery instead of shares', plain, testLottery(log), 'never', 'never'],
  ['less surety asked', is({ assurance: 'high' }), plain, 'favourable', 'favourable'],
  ['more surety asked', plain, is({ assurance: 'high' }), 'adverse', 'adverse'],
  ['everybody qualifies', rule('claims.age > 18'), plain, 'favourable', 'favourable'],
  [
    'others qualify as well',
    rule('claims.age > 18'),
    rule('claims.age > 18 || (claims.rents)'),
    'favourable',
    'favourable',
  ],
  ['others qualify, in brackets', rule('a && b'), rule('(a && b) || (c)'), 'favourable', 'favourable'],
  ['a condition hides behind what looks wider', rule('a'), rule('a || b ? false : false'), 'adverse', 'adverse'],
  ['a comment hides the rest', rule('a'), rule('a || // b'), 'adverse', 'adverse'],
  ['fewer qualify', rule('a'), rule('a && b'), 'adverse', 'adverse'],
  ['people show something else', plain, is({ query: { credentials: [] } }), 'adverse', 'adverse'],
  [
    'it closes later',
    plain,
    is({ window: { ...plain.window, closesAt: plain.window.closesAt + 1 } }),
    'adverse',
    'adverse',
  ],
  ['it closes before anybody is told', plain, is({ window: { opensAt: 0, closesAt: 1 } }), 'never', 'never'],
  ['more may apply', plain, is({ maxApplications: 200 }), 'favourable', 'favourable'],
  ['fewer may apply', plain, is({ maxApplications: 50 }), 'adverse', 'never'],
  [
    'more destinations',
    plain,
    is({ destinations: ['internal', 'iban'] as Program['destinations'] }),
    'favourable',
    'favourable',
  ],
  ['other destinations', plain, is({ destinations: ['iban'] as Program['destinations'] }), 'adverse', 'adverse'],
  [
    'a higher cap',
    plain,
    is({ allocation: { mode: 'sealed', rule: 'equal-capped', cap: '200' } }),
    'favourable',
    'favourable',
  ],
  ['a lower cap', plain, is({ allocation: { mode: 'sealed', rule: 'equal-capped', cap: '50' } }), 'adverse', 'adverse'],
  [
    'an issuer is capped',
    plain,
    is({ issuerCaps: [{ issuer: 'https://civic.example', maxAmount: '9' }] }),
    'adverse',
    'never',
  ],
  ['a shorter appeal', is({ appealMs: 9 }), plain, 'adverse', 'never'],
  [
    'what nobody confirmed is paid',
    plain,
    is({ confirm: { ...plain.confirm, otherwise: 'post' } }),
    'favourable',
    'favourable',
  ],
  ['lists are opened', plain, is({ publication: 'public' }), 'never', 'never'],
  ['more in reserve', plain, is({ reserveMax: '2000' }), 'never', 'never'],
  ['another one bears losses', plain, is({ lossBorneBy: 'issuer' }), 'never', 'never'],
  ['more is renounced', plain, is({ renounced: ['raise'] }), 'favourable', 'favourable'],
  ['less is renounced', is({ renounced: ['raise'] }), plain, 'never', 'never'],
  [
    'anything of what never changes',
    is({ renounced: ['amend'] }),
    is({ renounced: ['amend'], title: 'x' }),
    'never',
    'never',
  ],
  [
    'raised although renounced',
    is({ renounced: ['raise'] }),
    is({ renounced: ['raise'], budget: '2000' }),
    'never',
    'never',
  ],
  ['each gets more', instant(), instant({ amount: '20' }), 'favourable', 'favourable'],
  ['each gets less', instant(), instant({ amount: '5' }), 'adverse', 'adverse'],
  [
    'each gets less, and more people do than both carry',
    instant(),
    instant({ amount: '5', maxRecipients: 200 }),
    'adverse',
    'never',
  ],
  [
    'each gets more, and whoever comes late nothing',
    instant({ firstCome: true }),
    instant({ firstCome: true, amount: '20' }),
    'favourable',
    'never',
  ],
  ['first come, first served from now on', instant(), instant({ firstCome: true }), 'adverse', 'never'],
  [
    'fewer win more',
    testLottery(log),
    { ...testLottery(log), allocation: { mode: 'sealed', rule: 'lottery', amount: '20' } },
    'adverse',
    'never',
  ],
];

describe('what a change does to those who apply', () => {
  test.each(CASES)('%s', (_name, before, after, early, late) => {
    for (const [state, expected] of [
      [BEFORE, early],
      [OPEN, late],
    ] as const) {
      const changes = compareProgramVersions(before, after, state);
      expect(changes.length).toBeGreaterThan(0);
      expect(findNever(changes) === undefined ? effectOfChanges(changes) : 'never').toBe(expected);
    }
  });

  test('is said in words, and as data', () => {
    const [change] = compareProgramVersions(plain, is({ budget: '2000' }), OPEN);
    expect(change).toEqual({
      path: 'budget',
      effect: 'favourable',
      text: 'its budget: 10 EUR, then 20 EUR',
      before: '1000',
      after: '2000',
    });
    expect(compareProgramVersions(plain, plain, OPEN)).toEqual([]);
  });

  test('says something of every member that a program has', () => {
    const before = testLottery(log);
    const silent = Object.keys(programSchema.shape).filter((member) => {
      const after = { ...before, [member]: member in before ? 'other' : [{ class: 'probation', maxAmount: '1' }] };
      try {
        return compareProgramVersions(before, after as unknown as Program, OPEN).length === 0;
      } catch {
        return false;
      }
    });
    expect(silent).toEqual(['v']);
  });
});
