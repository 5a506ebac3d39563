import type { CosignedTree, FraudProof } from '@holdfast/core';

/** The last checkpoint of one log that was cosigned, as the log signed it. */
export type CosignedCheckpoint = CosignedTree & { readonly note: string };

/** Of all logs together. The first ones say all there is to say. */
export const MAX_KEPT_FRAUDS = 64;

/**
 * What a witness must not forget: for each log, by its origin, the last checkpoint it cosigned, and proofs of fraud.
 *
 * Durability: `advance` and `keepFraud` resolve once a crash cannot lose it. Consistency: `advance` is a compare and set:
 * it succeeds only where the last size is `expectedSize` (undefined: nothing was cosigned yet), also with other processes
 * at the same store; what it wrote is read from then on, and a smaller size never follows a larger one. Idempotency: an
 * `advance` that has succeeded fails when it is repeated, and the caller reads again; a fraud kept twice is kept once.
 * Concurrency: any. Retries: the caller. Throws `witness.store-damaged` rather than give what it cannot vouch for.
 */
export interface WitnessStore {
  read(origin: string): Promise<CosignedCheckpoint | undefined>;
  advance(origin: string, expectedSize: number | undefined, next: CosignedCheckpoint): Promise<boolean>;
  /** Beyond `MAX_KEPT_FRAUDS` nothing is kept any more. */
  keepFraud(proof: FraudProof): Promise<void>;
  readFrauds(): Promise<readonly FraudProof[]>;
}
