import type { Random } from '../random.ts';

/** How far one node's clock is off, milliseconds: set forward and back while there are faults, and right at the end. */
export class Skew {
  #ms = 0;

  ms(): number {
    return this.#ms;
  }

  /** Somebody sets it, now and then to before what it has shown already. */
  drift(random: Random): void {
    this.#ms = random.chance(0.3) ? -random.below(90_000) : random.below(10_001) - 5000;
  }

  /** Right, or so far off. */
  set(ms = 0): void {
    this.#ms = ms;
  }
}
