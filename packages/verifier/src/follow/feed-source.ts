/** One epoch of the feed. Everything in it is checked by the follower; the source is trusted with nothing. */
export type FeedEvent = {
  /** The signed checkpoint (a C2SP note) of the log right after this epoch's entry. */
  readonly checkpoint: string;
  /** Number of entries before the first of `entries`. */
  readonly from: number;
  /** The entries `from` to the checkpoint's size; absent when they are too many to push and are to be read. */
  readonly entries?: readonly string[];
  /** Epochs were left out before this one, because we were slow: what is missing is to be read. */
  readonly isResync?: true;
};

/** A checkpoint, now or of a while ago, that witnesses have cosigned, with their signatures under the log's. */
export type CosignedEvent = { readonly cosigned: string };

export function isCosigned(event: FeedEvent | CosignedEvent): event is CosignedEvent {
  return 'cosigned' in event;
}

/**
 * Where a follower reads a network's log.
 * Consistency: none is assumed; whatever is returned is checked against signed checkpoints. Idempotency: all reads.
 * Concurrency: any. Retries: the follower retries, with full jitter; a source never does. Every call is bounded by its
 * signal and fails with a coded error `feed.*` when the network cannot be reached.
 */
export interface FeedSource {
  /**
   * The latest signed checkpoint; with `atMost`, the latest of at most so many entries, so that whoever is far behind can
   * prove and keep the log in pieces.
   */
  fetchCheckpoint(signal: AbortSignal, atMost?: number): Promise<string>;
  /**
   * The latest checkpoint that a quorum of the rulebook's witnesses has cosigned, with their signatures; undefined when
   * there is none. A source without witnesses need not have it.
   */
  fetchCosigned?(signal: AbortSignal): Promise<string | undefined>;
  /** Entries `from` (inclusive) to `to` (exclusive), at most `MAX_ENTRIES_PER_READ` of them; never fewer than one. */
  fetchEntries(from: number, to: number, signal: AbortSignal): Promise<readonly string[]>;
  /**
   * Epochs as they are minted, first the present one unless it is at `from`, until the signal aborts (then it ends) or the
   * connection is lost (then it throws). Epochs may be missing between two events, never repeated or out of order. What
   * witnesses say comes in between, when it comes.
   */
  stream(from: number, signal: AbortSignal): AsyncIterable<FeedEvent | CosignedEvent>;
  /**
   * The latest snapshot of the folded state that the network keeps (`parseSnapshot`), or the one of this size; undefined where it
   * keeps no such.
   */
  fetchSnapshot?(signal: AbortSignal, size?: number): Promise<Uint8Array | undefined>;
  /** How the network came to be in this log (`parseLineage`), where that is not its first; else undefined. */
  fetchLineage?(signal: AbortSignal): Promise<string | undefined>;
  /** Hashes (RFC 6962) that the tree of `to` entries only adds to that of `from`; undefined where nobody makes such proofs. */
  fetchConsistencyProof?(from: number, to: number, signal: AbortSignal): Promise<readonly Uint8Array[] | undefined>;
  /** A log that the one served has succeeded, by how many the network had before it; undefined where nobody has it here. */
  former?(place: number): FormerLog | undefined;
}

/** A copy of a log that has ended, as far as it reaches; nothing of it is believed. Bytes of a tile as C2SP tlog-tiles has them. */
export type FormerLog = Pick<FeedSource, 'fetchCheckpoint' | 'fetchEntries' | 'fetchConsistencyProof'> & {
  fetchTile?(level: number, index: number, width: number, signal: AbortSignal): Promise<Uint8Array>;
};

export const MAX_ENTRIES_PER_READ = 256;

/**
 * The most entries from one epoch to the next, itself included: a network mints one early rather than exceed it, so
 * whoever reads the log epoch by epoch needs memory for so many entries of 65,535 bytes and no more.
 */
export const MAX_ENTRIES_PER_EPOCH = 1024;
