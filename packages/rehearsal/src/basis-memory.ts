import type { Verdict } from '@holdfast/core';

/**
 * Verdicts remembered beside those of the newest tick, which all are: equal bases have equal ticks, so that only those of a few
 * ticks matter. Of thousands most would outlive a collection of young objects, and that costs more than to judge.
 */
const MAX_VERDICTS = 200;

/** The verdicts of one tick by what was presented: few enough are left to be compared one by one. */
type OfTick = { readonly tick: number; readonly verdicts: Map<string, Verdict[]> };

/** Finds the verdict that was given on the same basis before. Of more than it is to hold it forgets whole ticks, the oldest first. */
export class BasisMemory {
  /** Oldest first. */
  readonly #ticks: OfTick[] = [];
  #count = 0;

  /** The earlier verdict on this very basis; undefined, and remembered from now on, when this is the first. */
  recall(verdict: Verdict): Verdict | undefined {
    const { tick, presented } = verdict.basis;
    const { verdicts } = this.#ticks.findLast((other) => other.tick === tick) ?? this.#begin(tick);
    const near = verdicts.get(presented);
    const known = near?.find((other) => isSameText(other.basis, verdict.basis));
    if (known !== undefined) return known;
    if (near === undefined) verdicts.set(presented, [verdict]);
    else near.push(verdict);
    this.#count += 1;
    if (this.#count > MAX_VERDICTS && this.#ticks.length > 1) this.#forgetOldest();
    return undefined;
  }

  #begin(tick: number): OfTick {
    const begun = { tick, verdicts: new Map() };
    this.#ticks.push(begun);
    return begun;
  }

  #forgetOldest(): void {
    const oldest = this.#ticks.shift();
    for (const near of oldest?.verdicts.values() ?? []) this.#count -= near.length;
  }
}

/** Whether `JSON.stringify` writes the same of both: the same members in the same order. Writes nothing, so it is quick. */
export function isSameText(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const names = Object.keys(a);
  const others = Object.keys(b);
  if (names.length !== others.length) return false;
  for (let i = 0; i < names.length; i += 1) {
    const name = names[i] as keyof typeof a;
    if (others[i] !== name || !isSameText(a[name], b[name])) return false;
  }
  return true;
}
