import { z } from 'zod';
import { assert } from '../errors.ts';
import { digestSchema } from './application.ts';
import { byGroup, drawLots, winnersOf } from './lottery.ts';
import { type Allocation, amountSchema, MAX_WEIGHT, type Program } from './program.ts';
import { createSortedSums, largestWhere, type SortedSums, sumOfMin } from './sorted-sums.ts';

export type SealedTerms = Extract<Allocation, { mode: 'sealed' }>;
export type InstantTerms = Extract<Allocation, { mode: 'instant' }>;
type TermsOf<R extends SealedTerms['rule']> = Extract<SealedTerms, { rule: R }>;
type IssuerCaps = Readonly<Program['issuerCaps']>;

/** One admitted application: all that its entitlement depends on. Amounts in minor units. */
export type Candidate = {
  /** The commitment of its leaf in the seal (`leafCommitment`): nobody chose it knowing the seed. */
  readonly key: string;
  readonly issuer: string;
  /** Equal-capped; the program's cap when absent. */
  readonly want?: bigint;
  /** Pro-rata: 0 to 2^53 - 1. */
  readonly weight?: bigint;
};

export type AllocationInput = {
  readonly candidates: readonly Candidate[];
  readonly terms: SealedTerms;
  readonly budget: bigint;
  readonly issuerCaps: IssuerCaps;
  /** The beacon's seed, base64url; a lottery has one. */
  readonly seed?: string;
};

/** A group is the people of one issuer whose cap was reached, or, without `issuer`, everybody else; that one is last. */
const group = { issuer: z.string().min(1).max(200).optional(), count: z.int().min(0) };

/** What the draw publishes: with it and the facts of their own leaf, applicants compute what they get. */
export const allocationResultSchema = z.discriminatedUnion('rule', [
  z.strictObject({
    rule: z.literal('equal-capped'),
    /** Each gets what they want, at most `level`. */
    groups: z
      .array(z.strictObject({ ...group, level: amountSchema }))
      .min(1)
      .max(65),
  }),
  z.strictObject({
    rule: z.literal('pro-rata'),
    /** Each gets floor(distributable x weight / totalWeight), at most the program's cap; the cap where it is 0. */
    groups: z
      .array(z.strictObject({ ...group, distributable: amountSchema, totalWeight: amountSchema }))
      .min(1)
      .max(65),
  }),
  z.strictObject({
    rule: z.literal('lottery'),
    seed: digestSchema,
    /** Those whose SHA-256(seed, key) is at most `cutOff` get the amount; nobody of a group without one. */
    groups: z
      .array(z.strictObject({ ...group, cutOff: digestSchema.optional() }))
      .min(1)
      .max(65),
  }),
]);
export type AllocationResult = z.infer<typeof allocationResultSchema>;
type ResultOf<R extends AllocationResult['rule']> = Extract<AllocationResult, { rule: R }>;

export type AllocationOutcome = {
  /** Minor units, in the order of the candidates. */
  readonly entitlements: readonly bigint[];
  readonly total: bigint;
  readonly result: AllocationResult;
};

/**
 * Who gets how much: whole numbers only, and whatever the order in which candidates are given. People whose issuer's cap
 * would be passed share that cap; what the others get grows by what that frees. What rounding leaves stays in the budget.
 */
export function allocate(input: AllocationInput): AllocationOutcome {
  const { candidates, terms, budget, issuerCaps } = input;
  assert(new Set(candidates.map(({ key }) => key)).size === candidates.length, 'a candidate has one key');
  const result = resultOf(input);
  const entitlements = candidates.map(sharesOf(terms, result));
  const total = entitlements.reduce((sum, amount) => sum + amount, 0n);
  assert(total <= budget, 'entitlements never exceed the budget');
  assertCaps(candidates, entitlements, issuerCaps);
  return { entitlements, total, result };
}

function assertCaps(candidates: readonly Candidate[], entitlements: readonly bigint[], caps: IssuerCaps): void {
  const totals = new Map(caps.map(({ issuer }) => [issuer, 0n]));
  candidates.forEach(({ issuer }, i) => {
    const total = totals.get(issuer);
    if (total !== undefined) totals.set(issuer, total + (entitlements[i] ?? 0n));
  });
  const areKept = caps.every(({ issuer, maxAmount }) => (totals.get(issuer) ?? 0n) <= BigInt(maxAmount));
  assert(areKept, 'the people of one issuer never get more than its cap');
}

function resultOf({ candidates, terms, budget, issuerCaps, seed }: AllocationInput): AllocationResult {
  switch (terms.rule) {
    case 'equal-capped':
      return allocateEqually(candidates, terms, budget, issuerCaps);
    case 'pro-rata':
      return allocateByWeight(candidates, terms, budget, issuerCaps);
    case 'lottery':
      assert(seed !== undefined, 'a lottery has a seed');
      return drawLots({ candidates, terms, budget, issuerCaps, seed });
    default:
      return terms satisfies never;
  }
}

/**
 * What one candidate gets, from the published result and their own facts alone. The same function that `allocate` uses, so
 * nobody can be told another amount than the one that was allocated.
 */
export function entitlementOf(own: Candidate, terms: SealedTerms, result: AllocationResult): bigint {
  return sharesOf(terms, result)(own);
}

type ShareOf = (own: Candidate) => bigint;

/** The result read once, for all who ask. A result of another rule than the program's gives nobody anything. */
function sharesOf(terms: SealedTerms, result: AllocationResult): ShareOf {
  if (terms.rule === 'equal-capped' && result.rule === terms.rule) return equalShares(terms, result);
  if (terms.rule === 'pro-rata' && result.rule === terms.rule) return weightedShares(terms, result);
  if (terms.rule === 'lottery' && result.rule === terms.rule) {
    const [amount, isWinner] = [BigInt(terms.amount), winnersOf(result)];
    return (own) => (isWinner(own) ? amount : 0n);
  }
  return () => 0n;
}

function wantOf({ want }: Candidate, cap: bigint): bigint {
  return want === undefined || want > cap ? cap : want;
}

function equalShares(terms: TermsOf<'equal-capped'>, { groups }: ResultOf<'equal-capped'>): ShareOf {
  const cap = BigInt(terms.cap);
  const levelOf = byGroup(groups, ({ level }) => BigInt(level));
  return (own) => {
    const [want, level] = [wantOf(own, cap), levelOf(own.issuer) ?? 0n];
    return want < level ? want : level;
  };
}

function weightedShares(terms: TermsOf<'pro-rata'>, { groups }: ResultOf<'pro-rata'>): ShareOf {
  const cap = terms.cap === undefined ? undefined : BigInt(terms.cap);
  const rateOf = byGroup(groups, (one) => [BigInt(one.distributable), BigInt(one.totalWeight)] as const);
  return ({ issuer, weight = 0n }) => {
    const [distributable, totalWeight] = rateOf(issuer) ?? [0n, 1n];
    if (weight === 0n) return 0n;
    if (totalWeight === 0n) return cap ?? 0n;
    const share = (distributable * weight) / totalWeight;
    return cap !== undefined && share > cap ? cap : share;
  };
}

type Group = { readonly issuer?: string; readonly cap?: bigint; readonly sums: SortedSums };

/** One group for each capped issuer that has candidates, and one for everybody else. */
function groupsOf(candidates: readonly Candidate[], caps: IssuerCaps, measure: (one: Candidate) => bigint): Group[] {
  const values = new Map<string | undefined, bigint[]>(
    [...caps.map(({ issuer }) => issuer), undefined].map((id) => [id, []]),
  );
  for (const candidate of candidates) {
    (values.get(candidate.issuer) ?? values.get(undefined))?.push(measure(candidate));
  }
  const sumsOf = (issuer?: string) => createSortedSums(values.get(issuer) ?? []);
  const capped = caps.map(({ issuer, maxAmount }) => ({ issuer, cap: BigInt(maxAmount), sums: sumsOf(issuer) }));
  return [...capped.filter(({ sums }) => sums.count > 0), { sums: sumsOf() }];
}

type Rule<Share> = {
  /** What is shared out among these groups together. */
  readonly share: (groups: readonly Group[], budget: bigint) => Share;
  /** The most that a group gets of it. */
  readonly total: (group: Group, share: Share) => bigint;
};

/**
 * Takes out all groups that would pass their caps at once, each with its own share of its cap, and shares the rest again.
 * What is left per person only grows, so who was taken out would pass the cap again: one outcome, whatever the order. Each
 * round takes one of at most 64 groups.
 */
function shareWithin<Share>(groups: readonly Group[], budget: bigint, rule: Rule<Share>): [Group | undefined, Share][] {
  const closed: [Group, Share][] = [];
  let open = groups;
  let rest = budget;
  for (;;) {
    const share = rule.share(open, rest);
    const isOver = (one: Group) => one.cap !== undefined && rule.total(one, share) > one.cap;
    const over = open.filter(isOver);
    if (over.length === 0) return [...closed, [undefined, share]];
    for (const one of over) {
      const own = rule.share([one], one.cap ?? 0n);
      rest -= rule.total(one, own);
      closed.push([one, own]);
    }
    open = open.filter((one) => !over.includes(one));
  }
}

/** Groups as they are published: who they are, and how many people are in them. */
function published<Share, Words extends object>(
  groups: readonly Group[],
  shares: readonly [Group | undefined, Share][],
  words: (share: Share) => Words,
): ({ issuer?: string; count: number } & Words)[] {
  const closed = new Set(shares.map(([one]) => one));
  const others = groups.filter((one) => !closed.has(one)).reduce((sum, one) => sum + one.sums.count, 0);
  return shares.map(([one, share]) => ({
    ...(one?.issuer === undefined ? {} : { issuer: one.issuer }),
    count: one === undefined ? others : one.sums.count,
    ...words(share),
  }));
}

/** The highest level to which everybody can be filled, so that wanting more than it gains nothing. */
function allocateEqually(
  candidates: readonly Candidate[],
  terms: TermsOf<'equal-capped'>,
  budget: bigint,
  caps: IssuerCaps,
): ResultOf<'equal-capped'> {
  const cap = BigInt(terms.cap);
  const groups = groupsOf(candidates, caps, (one) => wantOf(one, cap));
  const shares = shareWithin<bigint>(groups, budget, {
    share: (open, rest) => {
      const sums = open.map((one) => one.sums);
      return largestWhere(0n, cap, (level) => sumOfMin(sums, level) <= rest) ?? 0n;
    },
    total: (one, level) => sumOfMin([one.sums], level),
  });
  return { rule: 'equal-capped', groups: published(groups, shares, (level) => ({ level: level.toString() })) };
}

type Rate = { readonly distributable: bigint; readonly totalWeight: bigint };

/** By weight. Where a person's cap is passed, they get the cap, and the others share what that leaves. */
function allocateByWeight(
  candidates: readonly Candidate[],
  terms: TermsOf<'pro-rata'>,
  budget: bigint,
  caps: IssuerCaps,
): ResultOf<'pro-rata'> {
  const cap = terms.cap === undefined ? undefined : BigInt(terms.cap);
  const groups = groupsOf(candidates, caps, ({ weight = 0n }) => {
    assert(weight >= 0n && weight <= MAX_WEIGHT, 'a weight is a whole number from 0 to 2^53 - 1');
    return weight;
  });
  const shares = shareWithin<Rate>(groups, budget, {
    share: (open, rest) => rateOf(open, rest, cap),
    total: (one, rate) => totalAt(one, rate, cap),
  });
  const words = ({ distributable, totalWeight }: Rate) => ({
    distributable: distributable.toString(),
    totalWeight: totalWeight.toString(),
  });
  return { rule: 'pro-rata', groups: published(groups, shares, words) };
}

/**
 * The rate at which those share who do not reach the cap. Taking out whoever passes it, heaviest first, lets the rate rise
 * until the next would not pass it; from there on it would only fall. So the heaviest weight that stays in can be searched.
 */
function rateOf(groups: readonly Group[], budget: bigint, cap: bigint | undefined): Rate {
  const rateUpTo = (bound: bigint, capped: bigint): Rate => ({
    distributable: budget - capped * groups.reduce((sum, { sums }) => sum + BigInt(sums.countAbove(bound)), 0n),
    totalWeight: groups.reduce((sum, { sums }) => sum + sums.sumUpTo(bound), 0n),
  });
  if (cap === undefined) return rateUpTo(MAX_WEIGHT, 0n);
  const heaviest = largestWhere(1n, MAX_WEIGHT, (bound) => {
    const { distributable, totalWeight } = rateUpTo(bound, cap);
    return bound * distributable < cap * totalWeight;
  });
  return heaviest === undefined ? { distributable: 0n, totalWeight: 0n } : rateUpTo(heaviest, cap);
}

/** Rounded up: a group that passes its cap before rounding is taken out, so that no rounding can pass it. */
function totalAt({ sums }: Group, { distributable, totalWeight }: Rate, cap: bigint | undefined): bigint {
  if (totalWeight === 0n) return (cap ?? 0n) * BigInt(sums.countAbove(0n));
  // The lightest weight that reaches the cap; everything above gets the cap and nothing more.
  const lightest = cap === undefined || distributable === 0n ? MAX_WEIGHT : (cap * totalWeight) / distributable;
  const shared = distributable * sums.sumUpTo(lightest);
  return (cap ?? 0n) * BigInt(sums.countAbove(lightest)) + (shared + totalWeight - 1n) / totalWeight;
}

/** What has been handed out so far, in minor units. */
export type InstantSpent = {
  readonly recipients: number;
  readonly total: bigint;
  readonly byIssuer: ReadonlyMap<string, bigint>;
};

export type InstantAllocation =
  | { readonly ok: true; readonly amount: bigint }
  | { readonly ok: false; readonly code: 'application.budget_spent' | 'application.issuer_cap' };

/** What the next one gets in a program that pays at once: the amount, until people, budget or the issuer's cap run out. */
export function allocateInstantly(
  terms: InstantTerms,
  { budget, issuerCaps }: Pick<AllocationInput, 'budget' | 'issuerCaps'>,
  spent: InstantSpent,
  issuer: string,
): InstantAllocation {
  const amount = BigInt(terms.amount);
  if (spent.recipients >= terms.maxRecipients || spent.total + amount > budget) {
    return { ok: false, code: 'application.budget_spent' };
  }
  const cap = issuerCaps.find((one) => one.issuer === issuer);
  if (cap !== undefined && (spent.byIssuer.get(issuer) ?? 0n) + amount > BigInt(cap.maxAmount)) {
    return { ok: false, code: 'application.issuer_cap' };
  }
  return { ok: true, amount };
}
