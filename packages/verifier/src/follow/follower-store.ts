export type FollowedHead = {
  /** Up to how many entries the log is kept. */
  readonly size: number;
  /**
   * The follower began at a snapshot of so many, or went on from one: of the entries before it only 0, the last, and those
   * kept before are here. Absent for none.
   */
  readonly base?: number;
  /** As it was begun with. */
  readonly lineage?: string;
  /** The latest checkpoint accepted, as signed; absent before the first. Its size equals `size`. */
  readonly checkpoint?: string;
  /** What was kept last by `keepCosigned`; absent before. */
  readonly cosigned?: readonly string[];
};

/**
 * Entry 0, and how the network came to be in this log where that is not its first and the one before was not read (a lineage);
 * the epoch that is the last entry of the snapshot, and the checkpoint of the log with it.
 */
export type Beginning = {
  readonly genesis: string;
  readonly lineage?: string;
  readonly epoch: string;
  readonly checkpoint: string;
};

/**
 * What a follower must not forget: every entry it has accepted and the checkpoint that proves them.
 * Durability: `append` resolves once a crash cannot lose it; entries and checkpoint are written together or not at all.
 * Consistency: `append` succeeds only if the kept size is `expectedSize` (compare and set), else throws
 * `log.size-conflict`; nothing is ever removed. `begin` likewise, and only forward. Idempotency: an append of what is already kept is a conflict; the caller
 * reads again. Concurrency: one follower per store; a second one loses by the compare and set. Retries: the follower.
 */
export interface FollowerStore {
  readHead(): Promise<FollowedHead>;
  /** Entries `from` (inclusive) to `to` (exclusive) in order, up to the first that is not here. */
  readEntries(from: number, to: number): Promise<readonly string[]>;
  append(expectedSize: number, entries: readonly string[], checkpoint: string): Promise<void>;
  /**
   * Keeps the checkpoints under which witnesses spoke last, instead of those kept before. Losing them makes evidence older
   * and nothing wrong, so of two at once either may stay.
   */
  keepCosigned(notes: readonly string[]): Promise<void>;
  /** Goes on from a snapshot of `base` entries instead of from the `expectedSize` that are kept, 0 for none. */
  begin(base: number, beginning: Beginning, expectedSize: number): Promise<void>;
}
