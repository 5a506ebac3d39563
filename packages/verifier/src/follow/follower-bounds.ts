import { MAX_ENTRIES_PER_EPOCH, MAX_ENTRIES_PER_READ } from './feed-source.ts';

export type FollowerBounds = {
  /** The most entries proved, kept and folded in one piece; at least `MAX_ENTRIES_PER_EPOCH`, and 256 more from mere files. */
  readonly maxEntriesPerStep: number;
  /** How long one call of the source may take. */
  readonly sourceTimeoutMs: number;
  /** No epoch for so many ticks of the network: the feed counts as silent, and the log is pulled. */
  readonly silentTicks: number;
  /** The longest wait, in ticks, between two tries to reach a network that fails. */
  readonly maxBackoffTicks: number;
  /** How many callers may wait for a position ahead; the others are told at once that it was not reached. */
  readonly maxWaiting: number;
  /** From one own snapshot to the next: about as many signatures as a restart verifies at most. */
  readonly entriesPerSnapshot: number;
  /** How long one copy of a log that has ended is read from before the next is asked; what it has brought by then stays. */
  readonly formerLogTurnMs: number;
};

export const DEFAULT_FOLLOWER_BOUNDS: FollowerBounds = {
  maxEntriesPerStep: MAX_ENTRIES_PER_EPOCH + MAX_ENTRIES_PER_READ,
  sourceTimeoutMs: 10_000,
  silentTicks: 3,
  maxBackoffTicks: 3,
  maxWaiting: 1024,
  entriesPerSnapshot: 1024,
  formerLogTurnMs: 600_000,
};
