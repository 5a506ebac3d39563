import { type KeptSnapshot, MAX_LATEST_SNAPSHOTS, type SnapshotStore } from './snapshot-store.ts';

/** Keeps snapshots for as long as the process lives. */
export function createSnapshotStoreMemory(): SnapshotStore {
  let kept: readonly KeptSnapshot[] = [];
  return {
    async readSnapshot(atMost) {
      return kept.findLast(({ size }) => size <= atMost);
    },
    async keepSnapshot(snapshot) {
      if (kept.some(({ size }) => size === snapshot.size)) return;
      const sorted = [...kept, snapshot].sort((a, b) => a.size - b.size);
      kept = sorted.filter((_, i) => i === 0 || i >= sorted.length - MAX_LATEST_SNAPSHOTS);
    },
  };
}
