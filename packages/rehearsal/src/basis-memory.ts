import type { Verdict } from '@holdfast/core';

/**
 * Verdicts remembered in one half; when it is full, the other one is forgotten and filled anew. Equal bases have equal
 * ticks, so that only the verdicts of a few ticks matter.
 */
const MAX_HALF = 1000;

/** By what was presented, then by tick: few enough are left to be compared one by one. */
type Half = Map<string, Map<number, Verdict[]>>;

/** Finds the verdict that was given on the same basis before. Forgets the oldest half of what it has seen. */
export class BasisMemory {
  #fresh: Half = new Map();
  #old: Half = new Map();
  #count = 0;

  /** The earlier verdict on this very basis; undefined, and remembered from now on, when this is the first. */
  recall(verdict: Verdict): Verdict | undefined {
    const known = find(this.#fresh, verdict) ?? find(this.#old, verdict);
    if (known !== undefined) return known;
    if (this.#count >= MAX_HALF) {
      [this.#old, this.#fresh, this.#count] = [this.#fresh, new Map(), 0];
    }
    keep(this.#fresh, verdict);
    this.#count += 1;
    return undefined;
  }
}

function find(half: Half, { basis }: Verdict): Verdict | undefined {
  const near = half.get(basis.presented)?.get(basis.tick);
  return near?.find((other) => isSameText(other.basis, basis));
}

function keep(half: Half, verdict: Verdict): void {
  const { presented, tick } = verdict.basis;
  const byTick = half.get(presented) ?? new Map<number, Verdict[]>();
  half.set(presented, byTick);
  const near = byTick.get(tick);
  if (near === undefined) byTick.set(tick, [verdict]);
  else near.push(verdict);
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
