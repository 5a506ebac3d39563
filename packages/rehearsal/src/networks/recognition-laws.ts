import { ASSURANCE_LEVELS, type Basis, homePosition, type Recognition, TICK_MS, type Verdict } from '@holdfast/core';
import type { Oracles } from '../oracles.ts';

/** What is really so of one credential of the other network, for whoever has read as far as a verdict says. */
export type Lent = {
  /** By the other network's own word. */
  readonly isRevoked: boolean;
  /** What was said last of that network. */
  readonly recognised: Recognition | undefined;
};

/** The moment by which an end that was known in advance is kept. */
export function momentOf(basis: Basis): number {
  return Math.max(homePosition(basis)?.time ?? 0, basis.tick * TICK_MS);
}

/** Whether it takes anything any more. */
export function isOver({ types, until }: Recognition, basis: Basis): boolean {
  return types.length === 0 || until <= momentOf(basis);
}

/** What must be so of everything that one network lends another. */
export function expectRecognitionLaws(oracles: Oracles, at: number, verdict: Verdict, lent: Lent): void {
  if (verdict.outcome !== 'valid') return;
  const { basis, issuer } = verdict;
  const { isRevoked, recognised } = lent;
  const say = () => JSON.stringify({ issuer, positions: basis.positions, tick: basis.tick, recognised });
  oracles.expect('recognition-adds-nothing', !isRevoked, at, say);
  oracles.expect('recognition-ends', recognised !== undefined && !isOver(recognised, basis), at, say);
  const most = recognised?.types[0]?.maxAssurance ?? 'low';
  const isWithin = ASSURANCE_LEVELS.indexOf(issuer?.assurance ?? 'high') <= ASSURANCE_LEVELS.indexOf(most);
  oracles.expect('recognition-counts-no-more', isWithin, at, say);
}
