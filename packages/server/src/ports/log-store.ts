import type { FollowerStore } from '@holdfast/verifier';

/**
 * The sequencer's store: what every follower keeps, and the hashes that make tiles.
 * Contract as `FollowerStore`, with one difference: entries may run ahead of the checkpoint (they are durable before an
 * epoch covers them), so `append` takes the checkpoint only with an epoch, and `readHead` gives the latest, whose size may
 * be below that of the log. Two sequencers on one store cannot fork the log: the compare and set lets one of them win, and
 * a checkpoint that lost was never kept, so nobody may have been shown it.
 */
export interface LogStore extends Omit<FollowerStore, 'append' | 'begin'> {
  /** `checkpoint`, if given, is that of the log with these entries. */
  append(expectedSize: number, entries: readonly string[], checkpoint?: string): Promise<void>;
  /** The checkpoint of the largest size that is at most this; undefined before the first. */
  readCheckpoint(atMost: number): Promise<string | undefined>;
  /** Hashes of complete subtrees at tile levels (level 0: leaves; level n: 256 of level n - 1), from `from` on. */
  readHashes(level: number, from: number, to: number): Promise<readonly Uint8Array[]>;
  /** For each, the index of the first entry with exactly these bytes, if there is one; at most 1024 at once. */
  findEntries(entries: readonly string[]): Promise<readonly (number | undefined)[]>;
}
