import { createHash, randomBytes } from 'node:crypto';
import { type AllocationInput, allocate, type Candidate } from '@holdfast/core';
import { atMost, createFigure, type Figure, median } from './figure.ts';

const CANDIDATES = 1_000_000;
const ROUNDS = 3;
const ISSUERS = ['north', 'south', 'rural'];
const CAP = 30_000n;
const BUDGET = 10_000_000_000n;

type Bench = {
  readonly what: string;
  readonly input: AllocationInput;
  readonly beside: string;
  /** What has to be done at least, without laws, caps of issuers or a result to check: the entitlements' sum. */
  readonly plain: () => bigint;
};

/** `holdfast bench allocate`: a million applications shared by each rule, beside a plain loop over the same numbers. */
export async function benchAllocate(): Promise<Figure[]> {
  const candidates = createCandidates();
  return [equalCapped(candidates), proRata(candidates), lottery(candidates)].map(figureOf);
}

function createCandidates(): Candidate[] {
  return Array.from({ length: CANDIDATES }, (_, i) => ({
    key: randomBytes(32).toString('base64url'),
    issuer: ISSUERS[i % ISSUERS.length] ?? '',
    want: BigInt((i * 7919) % 40_000),
    weight: BigInt((i * 104_729) % 1000),
  }));
}

function common(candidates: readonly Candidate[]) {
  return { candidates, budget: BUDGET, issuerCaps: [{ issuer: 'south', maxAmount: `${BUDGET / 5n}` }] };
}

function equalCapped(candidates: readonly Candidate[]): Bench {
  return {
    what: 'equal-capped',
    input: { ...common(candidates), terms: { mode: 'sealed', rule: 'equal-capped', cap: `${CAP}` } },
    beside: 'sorting the same bigints and filling them up',
    plain: () => {
      const wants = candidates
        .map(({ want = 0n }) => (want < CAP ? want : CAP))
        .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
      let left = BUDGET;
      let level = 0n;
      for (const [i, want] of wants.entries()) {
        const room = left / BigInt(wants.length - i);
        if (want > room) {
          level = room;
          break;
        }
        level = want;
        left -= want;
      }
      return wants.reduce((sum, want) => sum + (want < level ? want : level), 0n);
    },
  };
}

function proRata(candidates: readonly Candidate[]): Bench {
  return {
    what: 'pro-rata',
    input: { ...common(candidates), terms: { mode: 'sealed', rule: 'pro-rata', weight: 'claims.n', cap: `${CAP}` } },
    beside: 'sorting the same bigints, taking out who passes the cap, and a division for each',
    plain: () => {
      const weights = candidates.map(({ weight = 0n }) => weight).sort((a, b) => (a < b ? 1 : a > b ? -1 : 0));
      let total = weights.reduce((sum, weight) => sum + weight, 0n);
      let left = BUDGET;
      for (const weight of weights) {
        if (weight * left < CAP * total) break;
        left -= CAP;
        total -= weight;
      }
      return weights.reduce((sum, weight) => {
        const share = (left * weight) / total;
        return sum + (share > CAP ? CAP : share);
      }, 0n);
    },
  };
}

function lottery(candidates: readonly Candidate[]): Bench {
  const seed = randomBytes(32);
  return {
    what: 'lottery',
    input: {
      ...common(candidates),
      terms: { mode: 'sealed', rule: 'lottery', amount: `${CAP}` },
      seed: seed.toString('base64url'),
    },
    beside: 'hashing and sorting the same keys',
    plain: () => {
      const ranks = candidates.map(({ key }) =>
        createHash('sha256').update(seed).update(key, 'base64url').digest('hex'),
      );
      const winners = ranks.sort().slice(0, Number(BUDGET / CAP));
      return BigInt(winners.length) * CAP;
    },
  };
}

/** In turn, so that a noisy neighbour slows both. */
function figureOf({ what, input, beside, plain }: Bench): Figure {
  const rounds = Array.from({ length: ROUNDS }, () => [seconds(() => allocate(input)), seconds(plain)] as const);
  return createFigure(`a million applications, ${what}`, 's', atMost(5), {
    ours: median(rounds.map(([ours]) => ours)),
    name: beside,
    other: median(rounds.map(([, other]) => other)),
    ratio: median(rounds.map(([ours, other]) => ours / other)),
  });
}

function seconds(work: () => unknown): number {
  const start = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - start) / 1e9;
}
