import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sha256Base64url } from '../encoding/bytes.ts';
import { type AllocationInput, allocate, allocateInstantly, type Candidate, entitlementOf } from './allocation.ts';
import { nextInDraw } from './lottery.ts';

const ISSUERS = ['civic', 'north', 'south', 'rural'];
const SEED = sha256Base64url('seed');

const amount = fc.bigInt({ min: 0n, max: 500n });
const huge = fc.bigInt({ min: 0n, max: 10n ** 37n });
const facts = fc.record({
  issuer: fc.constantFrom(...ISSUERS),
  want: amount,
  weight: fc.bigInt({ min: 0n, max: 40n }),
});
const people = fc
  .array(facts, { maxLength: 40 })
  .map((all) => all.map((one, i): Candidate => ({ ...one, key: sha256Base64url(`${i}`) })));
const cap = fc.bigInt({ min: 1n, max: 600n }).map(String);
const issuerCaps = fc
  .shuffledSubarray(ISSUERS)
  .chain((some) => fc.tuple(...some.map((issuer) => cap.map((maxAmount) => ({ issuer, maxAmount })))));
const terms: fc.Arbitrary<AllocationInput['terms']> = fc.oneof(
  fc.record({ mode: fc.constant('sealed' as const), rule: fc.constant('equal-capped' as const), cap }),
  fc.record({ mode: fc.constant('sealed' as const), rule: fc.constant('pro-rata' as const), weight: fc.constant('w') }),
  fc.record({
    mode: fc.constant('sealed' as const),
    rule: fc.constant('pro-rata' as const),
    weight: fc.constant('w'),
    cap,
  }),
  fc.record({ mode: fc.constant('sealed' as const), rule: fc.constant('lottery' as const), amount: cap }),
);
const input: fc.Arbitrary<AllocationInput> = fc.record({
  candidates: people,
  terms,
  budget: fc.oneof(fc.bigInt({ min: 0n, max: 6000n }), huge),
  issuerCaps,
  seed: fc.constant(SEED),
});

const byKey = ({ candidates }: AllocationInput, entitlements: readonly bigint[]) =>
  new Map(candidates.map(({ key }, i) => [key, entitlements[i]] as const));
const totalOf = (entitlements: readonly bigint[]) => entitlements.reduce((sum, one) => sum + one, 0n);

describe('whatever the rule', () => {
  test('the order of applications changes nothing', () => {
    const shuffled = input.chain((one) =>
      fc.tuple(
        fc.constant(one),
        fc.shuffledSubarray([...one.candidates], { minLength: one.candidates.length }),
        fc.shuffledSubarray([...one.issuerCaps], { minLength: one.issuerCaps.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([one, candidates, caps]) => {
        const other = { ...one, candidates, issuerCaps: caps };
        const [before, after] = [allocate(one), allocate(other)];
        expect(byKey(other, after.entitlements)).toEqual(byKey(one, before.entitlements));
        expect(after.total).toBe(before.total);
        expect(new Set<unknown>(after.result.groups)).toEqual(new Set<unknown>(before.result.groups));
      }),
    );
  });

  test('the budget and the cap of every issuer hold', () => {
    fc.assert(
      fc.property(input, (one) => {
        const { entitlements, total } = allocate(one);
        expect(total).toBe(totalOf(entitlements));
        expect(total <= one.budget).toBe(true);
        expect(entitlements.every((entitlement) => entitlement >= 0n)).toBe(true);
        for (const { issuer, maxAmount } of one.issuerCaps) {
          const own = entitlements.filter((_, i) => one.candidates[i]?.issuer === issuer);
          expect(totalOf(own) <= BigInt(maxAmount)).toBe(true);
        }
      }),
    );
  });

  test('each computes their own amount from the published result and their own facts', () => {
    fc.assert(
      fc.property(input, (one) => {
        const { entitlements, result } = allocate(one);
        const read = JSON.parse(JSON.stringify(result)) as typeof result;
        one.candidates.forEach((own, i) => {
          expect(entitlementOf(own, one.terms, read)).toBe(entitlements[i]);
        });
      }),
    );
  });

  test('nobody is there twice', () => {
    const twice = { key: SEED, issuer: 'civic' };
    const candidates = [twice, { ...twice, issuer: 'north' }];
    const lottery = { mode: 'sealed', rule: 'lottery', amount: '1' } as const;
    expect(() => allocate({ candidates, terms: lottery, budget: 9n, issuerCaps: [], seed: SEED })).toThrow(/one key/);
  });
});

const of = (rule: AllocationInput['terms']['rule']) => input.filter((one) => one.terms.rule === rule);

describe('equal-capped', () => {
  test('gives everybody the same unless they want less, and leaves less than a unit for each', () => {
    fc.assert(
      fc.property(of('equal-capped'), (one) => {
        const { entitlements, total } = allocate({ ...one, issuerCaps: [] });
        const cap = one.terms.rule === 'equal-capped' ? BigInt(one.terms.cap) : 0n;
        const wanted = one.candidates.map(({ want = cap }) => (want < cap ? want : cap));
        const level = entitlements.reduce((most, entitlement) => (entitlement > most ? entitlement : most), 0n);
        expect(entitlements).toEqual(wanted.map((want) => (want < level ? want : level)));
        const unfilled = entitlements.filter((entitlement, i) => entitlement < (wanted[i] ?? 0n)).length;
        const most = one.budget < totalOf(wanted) ? one.budget : totalOf(wanted);
        expect(most - total < BigInt(unfilled + 1)).toBe(true);
      }),
    );
  });

  test('fills a capped issuer to its cap and the others to the budget, and no capped one above the others', () => {
    fc.assert(
      fc.property(of('equal-capped'), (one) => {
        const { result, total } = allocate(one);
        if (result.rule !== 'equal-capped' || one.terms.rule !== 'equal-capped') return;
        const cap = BigInt(one.terms.cap);
        const sumAt = (issuers: readonly string[], level: bigint) =>
          one.candidates
            .filter(({ issuer }) => issuers.includes(issuer))
            .reduce((sum, { want = cap }) => sum + [want, cap, level].reduce((a, b) => (a < b ? a : b)), 0n);
        const closed = result.groups.flatMap(({ issuer }) => issuer ?? []);
        const rest = BigInt(result.groups.at(-1)?.level ?? '0');
        for (const { issuer = '', level } of result.groups.slice(0, -1)) {
          const maxAmount = BigInt(one.issuerCaps.find((cap) => cap.issuer === issuer)?.maxAmount ?? '0');
          expect(sumAt([issuer], BigInt(level) + 1n) > maxAmount).toBe(true);
          expect(BigInt(level) <= rest).toBe(true);
        }
        const others = ISSUERS.filter((issuer) => !closed.includes(issuer));
        const left = one.budget - (total - sumAt(others, rest));
        expect(rest === cap || sumAt(others, rest + 1n) > left).toBe(true);
      }),
    );
  });

  test('is not moved by wanting more than one gets', () => {
    fc.assert(
      fc.property(of('equal-capped'), fc.nat(), huge, (one, who, more) => {
        const index = who % Math.max(1, one.candidates.length);
        const before = allocate(one);
        const got = before.entitlements[index] ?? 0n;
        const boast = one.candidates.map((candidate, i) => {
          const isShort = i === index && candidate.want !== undefined && candidate.want > got;
          return isShort ? { ...candidate, want: candidate.want + more } : candidate;
        });
        expect(allocate({ ...one, candidates: boast }).entitlements).toEqual(before.entitlements);
      }),
    );
  });
});

describe('pro-rata', () => {
  test('gives nothing for splitting a weight', () => {
    const splitting = fc.tuple(of('pro-rata'), fc.nat(), fc.bigInt({ min: 0n, max: 40n }));
    fc.assert(
      fc.property(splitting, ([{ candidates, budget }, who, part]) => {
        const whole = {
          candidates,
          budget,
          issuerCaps: [],
          terms: { mode: 'sealed', rule: 'pro-rata', weight: 'w' },
        } as const;
        const index = who % Math.max(1, candidates.length);
        const own = candidates[index];
        const weight = own?.weight ?? 0n;
        if (own === undefined || part > weight) return;
        const halves = [
          { ...own, weight: part },
          { ...own, key: sha256Base64url('split'), weight: weight - part },
        ];
        const split = allocate({ ...whole, candidates: [...candidates.filter((one) => one !== own), ...halves] });
        expect(totalOf(split.entitlements.slice(-2)) <= (allocate(whole).entitlements[index] ?? 0n)).toBe(true);
      }),
    );
  });

  test('gives the cap to whoever passes it and shares what that leaves, as taking them out one by one would', () => {
    fc.assert(
      fc.property(people, cap, fc.bigInt({ min: 0n, max: 6000n }), (candidates, personCap, budget) => {
        const terms = { mode: 'sealed', rule: 'pro-rata', weight: 'w', cap: personCap } as const;
        const { entitlements } = allocate({ candidates, terms, budget, issuerCaps: [] });
        expect(entitlements).toEqual(
          slowProRata(
            candidates.map(({ weight = 0n }) => weight),
            budget,
            BigInt(personCap),
          ),
        );
      }),
    );
  });

  /** As a clerk would do it. */
  function slowProRata(weights: readonly bigint[], budget: bigint, personCap: bigint): bigint[] {
    const capped = new Set<number>();
    for (;;) {
      const rest = budget - personCap * BigInt(capped.size);
      const sum = weights.reduce((total, weight, i) => (capped.has(i) ? total : total + weight), 0n);
      const over = weights.flatMap((weight, i) =>
        !capped.has(i) && weight > 0n && rest * weight >= personCap * sum ? [i] : [],
      );
      if (over.length === 0) {
        return weights.map((weight, i) => (capped.has(i) ? personCap : weight === 0n ? 0n : (rest * weight) / sum));
      }
      for (const i of over) capped.add(i);
    }
  }
});

describe('a lottery', () => {
  const lotteries = of('lottery').chain((one) =>
    fc.tuple(fc.constant(one), fc.shuffledSubarray(one.candidates.map(({ key }) => key)), fc.nat()),
  );
  const entitled = (one: AllocationInput) => {
    const { entitlements } = allocate(one);
    return one.candidates.filter((_, i) => (entitlements[i] ?? 0n) > 0n).map(({ key }) => key);
  };

  test('gives the amount to as many as the budget and the caps have room for', () => {
    fc.assert(
      fc.property(of('lottery'), (one) => {
        const each = one.terms.rule === 'lottery' ? BigInt(one.terms.amount) : 1n;
        const { entitlements, total } = allocate({ ...one, issuerCaps: [] });
        const room = one.budget / each;
        const winners = room < BigInt(one.candidates.length) ? room : BigInt(one.candidates.length);
        expect(total).toBe(winners * each);
        expect(entitlements.every((entitlement) => entitlement === 0n || entitlement === each)).toBe(true);
      }),
    );
  });

  test('passes what comes back to the next, takes nothing from those drawn, and does not care who returned first', () => {
    fc.assert(
      fc.property(lotteries, ([one, returned, cut]) => {
        if (one.terms.rule !== 'lottery') return;
        const draw = { ...one, terms: one.terms, seed: SEED };
        const drawn = entitled(one);
        const some = new Set(returned.slice(0, cut % (returned.length + 1)));
        const all = new Set(returned);
        const [afterSome, afterAll] = [nextInDraw(draw, some), nextInDraw(draw, all)];
        expect(afterAll.filter((key) => drawn.includes(key) || all.has(key))).toEqual([]);
        expect(afterSome.filter((key) => !all.has(key) && !afterAll.includes(key))).toEqual([]);
        const holders = one.candidates.filter(
          ({ key }) => !all.has(key) && (drawn.includes(key) || afterAll.includes(key)),
        );
        expect(holders.map(({ key }) => key)).toEqual(
          entitled({ ...one, candidates: one.candidates.filter(({ key }) => !all.has(key)) }),
        );
      }),
    );
  });

  test('is another one with another seed', () => {
    const candidates = Array.from({ length: 40 }, (_, i) => ({ key: sha256Base64url(`${i}`), issuer: 'civic' }));
    const lottery = { mode: 'sealed', rule: 'lottery', amount: '1' } as const;
    const one = { candidates, terms: lottery, budget: 10n, issuerCaps: [] };
    expect(entitled({ ...one, seed: SEED })).not.toEqual(entitled({ ...one, seed: sha256Base64url('other') }));
  });
});

describe('a program that pays at once', () => {
  const instant = { mode: 'instant', amount: '50', maxRecipients: 3 } as const;
  const rules = { budget: 120n, issuerCaps: [{ issuer: 'civic', maxAmount: '60' }] };
  const spent = (recipients: number, total: bigint, civic = 0n) => ({
    recipients,
    total,
    byIssuer: new Map([['civic', civic]]),
  });

  test.each([
    ['pays while there is room', spent(1, 50n), 'north', { ok: true, amount: 50n }],
    ['ends with its people', spent(3, 0n), 'north', { ok: false, code: 'application.budget_spent' }],
    ['ends with its budget', spent(2, 100n), 'north', { ok: false, code: 'application.budget_spent' }],
    ['ends for an issuer with its cap', spent(1, 50n, 50n), 'civic', { ok: false, code: 'application.issuer_cap' }],
  ])('%s', (_name, before, issuer, expected) => {
    expect(allocateInstantly(instant, rules, before, issuer)).toEqual(expected);
  });
});
