import { EFFECTS, type Verdict } from '@holdfast/core';

type Rung = { readonly youngestMs: number; readonly oldestMs: number };

/**
 * What followed from evidence of which age, for each class of action: an effect that follows from some age may not be weaker
 * than one that follows from an older one. Holds while the rulebook stands.
 */
export class EvidenceLadder {
  /** By class: at each effect's rank, the youngest and the oldest evidence it was seen to follow from. */
  readonly #rungs = new Map<string, Map<number, Rung>>();

  /**
   * What the verdict contradicts; empty when it fits in, undefined where there is nothing to compare it with. Only of what is
   * valid, on the network's word alone.
   */
  place({ outcome, conflict, ageMs, allows, basis }: Verdict): string | undefined {
    if (outcome !== 'valid' || conflict || ageMs === undefined || basis.foreign.length > 0) return undefined;
    const action = basis.request.class;
    const rank = EFFECTS.indexOf(allows.effect);
    const rungs = this.#rungs.get(action) ?? new Map<number, Rung>();
    this.#rungs.set(action, rungs);
    for (const [other, { youngestMs, oldestMs }] of rungs) {
      const isWeaker = other < rank && youngestMs < ageMs;
      const isStronger = other > rank && oldestMs > ageMs;
      if (isWeaker || isStronger) return `${allows.effect} at ${ageMs} ms beside ${EFFECTS[other]}`;
    }
    const isCompared = rungs.size > (rungs.has(rank) ? 1 : 0);
    const { youngestMs = ageMs, oldestMs = ageMs } = rungs.get(rank) ?? {};
    rungs.set(rank, { youngestMs: Math.min(youngestMs, ageMs), oldestMs: Math.max(oldestMs, ageMs) });
    return isCompared ? '' : undefined;
  }
}
