/** A snapshot of the folded state (`encodeSnapshot`), by the size of the log at its epoch. */
export type KeptSnapshot = { readonly size: number; readonly bytes: Uint8Array };

/** Of those kept, the smallest and this many of the largest stay: the others can be folded again. */
export const MAX_LATEST_SNAPSHOTS = 3;

/**
 * Where whoever folds keeps what has been folded, so that a restart need not verify every signature again. Nothing depends on
 * it: what is not there, or does not open, is folded from the entries.
 * Durability: `keepSnapshot` resolves once a crash cannot lose it; half of one is never read. Consistency: of one size the
 * first stays. Idempotency: keeping it again changes nothing. Concurrency: any. Retries: none; the next one comes.
 */
export interface SnapshotStore {
  /** The largest of at most `atMost` entries. */
  readSnapshot(atMost: number): Promise<KeptSnapshot | undefined>;
  keepSnapshot(snapshot: KeptSnapshot): Promise<void>;
}
