import type { FollowerStore } from '@holdfast/verifier';

/**
 * The sequencer's store: what every follower keeps, and the hashes that make tiles.
 * Contract as `FollowerStore`, with one difference: entries may run ahead of the checkpoint (they are durable before an
 * epoch covers them), so `append` takes the checkpoint only with an epoch. Two sequencers on one store cannot fork the
 * log: the compare and set lets one of them win.
 */
export interface LogStore extends Omit<FollowerStore, 'append'> {
  append(expectedSize: number, entries: readonly string[], checkpoint?: string): Promise<void>;
  /** Hashes of complete subtrees at tile levels (level 0: leaves; level n: 256 of level n - 1), from `from` on. */
  readHashes(level: number, from: number, to: number): Promise<readonly Uint8Array[]>;
  /** Where the receipt of an earlier append of exactly these statements is, if there was one. */
  findEntry(entry: string): Promise<number | undefined>;
}
