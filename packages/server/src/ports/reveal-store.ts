import type { Reveal } from '@holdfast/core';

/** Of one program: parties times rounds, at most. */
export const MAX_REVEALS = 128;

/**
 * The secrets that parties of a draw have revealed. They are public from then on.
 *
 * Durability: `add` resolves once a crash cannot lose it. Consistency: a read sees every `add` that was answered before it.
 * Idempotency: of each program, party and round the first stays, with its time; what comes later changes nothing. Concurrency:
 * any. Retries: the caller.
 */
export interface RevealStore {
  /** `program` is the program's digest. */
  add(program: string, reveal: Reveal): Promise<void>;
  /** At most `MAX_REVEALS`, in no order. */
  read(program: string): Promise<readonly Reveal[]>;
}
