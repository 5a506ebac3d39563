import { appendLeaf, CodedError, createCompactTree, encodeUtf8, leafHash, TILE_HEIGHT } from '@holdfast/core';
import type { LogStore } from '../../ports/log-store.ts';

/** The sequencer's log in memory, for rehearsal and tests: gone with the process, as long as the log. */
export function createLogStoreMemory(): LogStore {
  const kept: string[] = [];
  const places = new Map<string, number>();
  const checkpoints: { readonly size: number; readonly note: string }[] = [];
  const tree = createCompactTree();
  let cosigned: readonly string[] | undefined;
  const hashes: Uint8Array[][] = [];

  function keep(entry: string): void {
    if (!places.has(entry)) places.set(entry, kept.length);
    kept.push(entry);
    appendLeaf(tree, leafHash(encodeUtf8(entry)), (level, _, hash) => {
      if (level % TILE_HEIGHT !== 0) return;
      const row = hashes[level / TILE_HEIGHT] ?? [];
      row.push(hash);
      hashes[level / TILE_HEIGHT] = row;
    });
  }

  return {
    async readHead() {
      const latest = checkpoints.at(-1);
      return {
        size: kept.length,
        ...(latest === undefined ? {} : { checkpoint: latest.note }),
        ...(cosigned === undefined ? {} : { cosigned }),
      };
    },
    async readEntries(from, to) {
      return kept.slice(from, to);
    },
    async append(expectedSize, entries, checkpoint) {
      if (kept.length !== expectedSize) {
        throw new CodedError('log.size-conflict', 'Somebody else has appended to this log.', {
          expectedSize,
          size: kept.length,
        });
      }
      for (const entry of entries) keep(entry);
      if (checkpoint !== undefined) checkpoints.push({ size: kept.length, note: checkpoint });
    },
    async keepCosigned(notes) {
      cosigned = [...notes];
    },
    async readCheckpoint(atMost) {
      return checkpoints.findLast(({ size }) => size <= atMost)?.note;
    },
    async readHashes(level, from, to) {
      return (hashes[level] ?? []).slice(from, to);
    },
    async findEntries(entries) {
      return entries.map((entry) => places.get(entry));
    },
  };
}
