/** Who holds a lease now. */
export type LeaseHolder = {
  readonly holder: string;
  /** Counts the holders of this name: each that takes it anew gets a larger one. */
  readonly fence: number;
  /** Where the others reach it, when it said so. */
  readonly address?: string;
};

/**
 * Whose turn it is, among several processes of one role. It only saves work and avoids waiting: a holder that was thought dead
 * may still act, so whatever must not be done twice is refused by the store that it is written to (the fence of the ledger, the
 * size of a log, the version of a row).
 * Durability: a lease that was taken is known to all once `take` resolves; a crash of the store may end it early, never prolong it.
 * Consistency: at most one holder at a time by the store's own clock, which counts for everybody; after each new taking the fence is larger.
 * Idempotency: taking what one holds extends it under the same fence. Concurrency: any. Retries: the caller, freely.
 */
export interface Lease {
  /** Takes or extends it for so long; undefined while somebody else has it. */
  take(name: string, by: Omit<LeaseHolder, 'fence'>, forMs: number): Promise<LeaseHolder | undefined>;
  /** Ends it at once, if it is still this holder's. */
  release(name: string, holder: string): Promise<void>;
  /** Undefined while nobody has it. */
  read(name: string): Promise<LeaseHolder | undefined>;
}
