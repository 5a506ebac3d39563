/** One epoch of the feed. Everything in it is checked by the follower; the source is trusted with nothing. */
export type FeedEvent = {
  /** The signed checkpoint (a C2SP note) of the log right after this epoch's entry. */
  readonly checkpoint: string;
  /** Number of entries before the first of `entries`. */
  readonly from: number;
  /** The entries `from` to the checkpoint's size; absent when they are too many to push and are to be read. */
  readonly entries?: readonly string[];
};

/**
 * Where a follower reads a network's log.
 * Consistency: none is assumed; whatever is returned is checked against signed checkpoints. Idempotency: all reads.
 * Concurrency: any. Retries: the follower retries, with full jitter; a source never does. Every call is bounded by its
 * signal and fails with a coded error `feed.*` when the network cannot be reached.
 */
export interface FeedSource {
  /** The latest signed checkpoint. */
  fetchCheckpoint(signal: AbortSignal): Promise<string>;
  /** Entries `from` (inclusive) to `to` (exclusive), at most `MAX_ENTRIES_PER_READ` of them; never fewer than one. */
  fetchEntries(from: number, to: number, signal: AbortSignal): Promise<readonly string[]>;
  /** Epochs from `from` entries on, as they are minted, until the signal aborts or the connection is lost (it throws). */
  stream(from: number, signal: AbortSignal): AsyncIterable<FeedEvent>;
}

export const MAX_ENTRIES_PER_READ = 256;
