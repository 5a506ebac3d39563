import { CodedError, encodeSnapshot, type NetworkState, parseSnapshot } from '@holdfast/core';
import type { FollowerStore } from './follower-store.ts';
import type { SnapshotStore } from './snapshot-store.ts';

export type SnapshotKeeperOptions = {
  /** Without it nothing is kept, and a restart folds everything again. */
  readonly snapshots: SnapshotStore | undefined;
  /** Entries from one snapshot to the next. */
  readonly every: number;
  /** Also of the very first epoch: where nobody new can fold the log from its first entry. */
  readonly isFirstKept?: boolean;
  /** Told when a snapshot could not be kept, or was not what it should be. */
  readonly onDoubt: (error: unknown) => void;
};

/** Keeps snapshots of one's own fold, and finds them again. Never throws: a snapshot saves time, and nothing depends on it. */
export type SnapshotKeeper = {
  /**
   * The latest state kept of at most `atMost` entries. It is the one that the epoch in the log's own entries commits to;
   * whether those are the log's entries is for the caller to prove, against a signed checkpoint.
   */
  read(atMost: number, log: Pick<FollowerStore, 'readEntries'>): Promise<NetworkState | undefined>;
  /** Whether `keep` would keep one of so many entries. */
  isDue(size: number): boolean;
  /** To be called when an epoch has been folded, under its checkpoint; keeps what is far enough from the one before. */
  keep(state: NetworkState, signed: { readonly epoch: string; readonly checkpoint: string }): Promise<void>;
};

export function createSnapshotKeeper(options: SnapshotKeeperOptions): SnapshotKeeper {
  const { snapshots, every, isFirstKept = false, onDoubt } = options;
  let latest = 0;

  async function open(atMost: number, log: Pick<FollowerStore, 'readEntries'>) {
    const kept = await snapshots?.readSnapshot(atMost);
    if (kept === undefined) return undefined;
    const { state, epoch } = parseSnapshot(kept.bytes);
    const [entry] = await log.readEntries(kept.size - 1, kept.size);
    const isOurs = state.tree.size === kept.size && entry === epoch.text;
    if (!isOurs) throw new CodedError('snapshot.mismatch', 'The snapshot kept here is not one of the log kept here.');
    latest = kept.size;
    return state;
  }

  const isDue = (size: number) => snapshots !== undefined && (size - latest >= every || (isFirstKept && latest === 0));

  return {
    isDue,
    read: (atMost, log) =>
      open(atMost, log).catch((error: unknown) => {
        onDoubt(error);
        return undefined;
      }),
    async keep(state, signed) {
      const { size } = state.tree;
      if (!isDue(size)) return;
      latest = size;
      const bytes = encodeSnapshot(state, signed);
      if (bytes !== undefined) await snapshots?.keepSnapshot({ size, bytes }).catch(onDoubt);
    },
  };
}
