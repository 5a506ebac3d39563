import type { FilingReceipt } from './filing.ts';

/** What became of it: the governor's receipt, or the code of what it refuses for good. */
export type FilingOutcome = { readonly receipt: FilingReceipt } | { readonly refused: string };

/** Something that a role files with the governor, by the role's own name for the matter. */
export type KeptFiling = {
  readonly matter: string;
  /** Unix milliseconds. */
  readonly keptAt: number;
  /** The signed text, sealed; erased once there is an outcome. */
  readonly sealed?: Uint8Array;
  readonly outcome?: FilingOutcome;
};

export type NewFiling = Required<Pick<KeptFiling, 'matter' | 'keptAt' | 'sealed'>>;

export const MAX_FILINGS_PER_READ = 500;

/**
 * What a role has filed, or is about to. One store belongs to one role.
 * Durability: `keep` and `settle` resolve once a crash cannot undo them. Consistency: a read sees every call answered before
 * it. Idempotency: both by matter, the first stays; settling erases what was sealed. Concurrency: any. Retries: the caller.
 */
export interface FilingStore {
  /** Keeps it, unless one of this matter is kept: then that one is the answer. Undefined when `maxWaiting` wait already. */
  keep(filing: NewFiling, maxWaiting: number): Promise<KeptFiling | undefined>;
  read(matter: string): Promise<KeptFiling | undefined>;
  /** Without an outcome, oldest first; at most `limit`, at most `MAX_FILINGS_PER_READ`. */
  readWaiting(limit: number): Promise<readonly KeptFiling[]>;
  /** What was refused, latest first; within the same bounds. */
  readRefused(limit: number): Promise<readonly KeptFiling[]>;
  settle(matter: string, outcome: FilingOutcome): Promise<void>;
  /** Forgets at most `limit` that have an outcome and were kept before `before`; says how many. */
  remove(before: number, limit: number): Promise<number>;
}
