import { compareBytes, concatBytes, sha256 } from '../encoding/bytes.ts';
import { encodeBase64url, parseBase64url } from '../encoding/text.ts';
import { assert } from '../errors.ts';
import type { Allocation, Program } from './program.ts';

export type LotteryTerms = Extract<Allocation, { rule: 'lottery' }>;
type Entrant = { readonly key: string; readonly issuer: string };
export type LotteryInput = {
  readonly candidates: readonly Entrant[];
  readonly terms: LotteryTerms;
  readonly budget: bigint;
  readonly issuerCaps: Readonly<Program['issuerCaps']>;
  readonly seed: string;
};
export type LotteryResult = {
  rule: 'lottery';
  seed: string;
  groups: { issuer?: string | undefined; count: number; cutOff?: string | undefined }[];
};

/** Where one stands in the draw: SHA-256 over the 32 bytes of the seed and the 32 of the key. Lower comes first. */
function rankOf(seed: Uint8Array, key: string): Uint8Array {
  const bytes = parseBase64url(key);
  assert(bytes.length === 32 && seed.length === 32, 'a seed and a key are digests');
  return sha256(concatBytes(seed, bytes));
}

type Ranked = { readonly entrant: Entrant; readonly rank: Uint8Array; readonly prefix: number };

function inOrder(candidates: readonly Entrant[], seed: string): Ranked[] {
  const seedBytes = parseBase64url(seed);
  const ranked = candidates.map((entrant) => {
    const rank = rankOf(seedBytes, entrant.key);
    return { entrant, rank, prefix: prefixOf(rank) };
  });
  return ranked.sort((a, b) => a.prefix - b.prefix || compareBytes(a.rank, b.rank));
}

/** The first 48 bits as a number, which decides nearly every comparison at once. */
function prefixOf(rank: Uint8Array): number {
  let prefix = 0;
  for (let i = 0; i < 6; i += 1) prefix = prefix * 256 + (rank[i] ?? 0);
  return prefix;
}

/**
 * Walks down the draw: each gets the amount while there is budget, and while their issuer's cap has room; who has no room
 * is passed over. The winners are what a walk in this order gives, and nothing else about the candidates matters.
 */
function walk({ terms, budget, issuerCaps }: Omit<LotteryInput, 'seed'>, order: readonly Ranked[]): Ranked[] {
  const amount = BigInt(terms.amount);
  const room = new Map(issuerCaps.map(({ issuer, maxAmount }) => [issuer, roomOf(maxAmount, terms)]));
  let left = budget / amount;
  const winners: Ranked[] = [];
  for (const ranked of order) {
    if (left === 0n) break;
    const own = room.get(ranked.entrant.issuer);
    if (own === 0n) continue;
    if (own !== undefined) room.set(ranked.entrant.issuer, own - 1n);
    left -= 1n;
    winners.push(ranked);
  }
  return winners;
}

/** How many people a cap has room for. */
function roomOf(maxAmount: string, { amount }: LotteryTerms): bigint {
  return BigInt(maxAmount) / BigInt(amount);
}

/** Draws, and publishes the last rank that won: of each issuer whose cap was used up, and of everybody else. */
export function drawLots(input: LotteryInput): LotteryResult {
  const { terms, issuerCaps, seed } = input;
  const winners = walk(input, inOrder(input.candidates, seed));
  const wins = new Map<string, number>();
  for (const { entrant } of winners) wins.set(entrant.issuer, (wins.get(entrant.issuer) ?? 0) + 1);
  const used = issuerCaps.filter(({ issuer, maxAmount }) => roomOf(maxAmount, terms) === BigInt(wins.get(issuer) ?? 0));
  const groups = new Map<string | undefined, { count: number; last?: Uint8Array }>();
  for (const { issuer } of used) groups.set(issuer, { count: 0 });
  groups.set(undefined, { count: 0 });
  for (const { entrant, rank } of winners) {
    const group = groups.get(entrant.issuer) ?? groups.get(undefined);
    if (group !== undefined) Object.assign(group, { count: group.count + 1, last: rank });
  }
  return {
    rule: 'lottery',
    seed,
    groups: [...groups].map(([issuer, { count, last }]) => ({
      ...(issuer === undefined ? {} : { issuer }),
      count,
      ...(last === undefined ? {} : { cutOff: encodeBase64url(last) }),
    })),
  };
}

/** Reads what a result says of the group of an issuer: its own where it has one, else that of everybody else. */
export function byGroup<G extends { readonly issuer?: string | undefined }, Read>(
  groups: readonly G[],
  read: (group: G) => Read,
): (issuer: string) => Read | undefined {
  const known = new Map(groups.map((group) => [group.issuer, read(group)] as const));
  return (issuer) => known.get(known.has(issuer) ? issuer : undefined);
}

export function winnersOf({ seed, groups }: LotteryResult): (entrant: Entrant) => boolean {
  const seedBytes = parseBase64url(seed);
  const cutOffOf = byGroup(groups, ({ cutOff }) => (cutOff === undefined ? undefined : parseBase64url(cutOff)));
  return ({ key, issuer }) => {
    const cutOff = cutOffOf(issuer);
    return cutOff !== undefined && compareBytes(rankOf(seedBytes, key), cutOff) <= 0;
  };
}

/**
 * Who comes next when money of these comes back: the keys that a draw without them would have added, in order of rank.
 * Nobody who was drawn before loses by it, whoever else returns money later, and in whatever order.
 */
export function nextInDraw(input: LotteryInput, returned: ReadonlySet<string>): string[] {
  const order = inOrder(input.candidates, input.seed);
  const drawn = new Set(walk(input, order).map(({ entrant }) => entrant.key));
  const rest = order.filter(({ entrant }) => !returned.has(entrant.key));
  return walk(input, rest).flatMap(({ entrant }) => (drawn.has(entrant.key) ? [] : [entrant.key]));
}
