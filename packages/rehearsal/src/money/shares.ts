import type { Program } from '@holdfast/core';

/** All that somebody's share follows from. */
export type Claimant = { readonly application: string; readonly want: bigint; readonly weight: bigint };

/** What each gets, by the words of the rule and in whole numbers; undefined where chance or a cap decides. */
export function sharesOf(
  { allocation, budget, issuerCaps, issuerClassCaps }: Program,
  people: readonly Claimant[],
): Map<string, bigint> | undefined {
  if (allocation.mode !== 'sealed' || allocation.rule === 'lottery') return undefined;
  const isCapped = issuerCaps.length > 0 || issuerClassCaps !== undefined;
  if (isCapped || (allocation.rule === 'pro-rata' && allocation.cap !== undefined)) return undefined;
  const all = BigInt(budget);
  if (allocation.rule === 'pro-rata') {
    const weights = people.reduce((sum, { weight }) => sum + weight, 0n);
    return shares(people, ({ weight }) => (all * weight) / weights);
  }
  const level = levelOf(
    people.map(({ want }) => want),
    all,
  );
  return shares(people, ({ want }) => (want < level ? want : level));
}

/** The highest level up to which everybody can be served. */
function levelOf(wants: readonly bigint[], budget: bigint): bigint {
  let left = budget;
  let waiting = wants.length;
  for (const want of [...wants].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))) {
    const equal = left / BigInt(waiting);
    if (want > equal) return equal;
    left -= want;
    waiting -= 1;
  }
  return budget;
}

function shares(people: readonly Claimant[], shareOf: (one: Claimant) => bigint): Map<string, bigint> {
  return new Map(people.map((one) => [one.application, shareOf(one)]));
}
