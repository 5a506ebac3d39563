import { CodedError, type NetworkState, parseCheckpoint, parseNote, parseStatement, TILE_WIDTH } from '@holdfast/core';
import type { LogStore } from '../../ports/log-store.ts';

/** How much of its beginning a log still answers for (C2SP tlog-tiles, pruning). */
export interface Pruning {
  /** Entries from here on are read by anyone; 0 where the rulebook states no retention. Never goes back. */
  minimumIndex(): Promise<number>;
  /** Throws `log.pruned` for a full tile (or a bundle: level 0) that ends at or before the minimum index. */
  assertKept(level: number, index: number): Promise<void>;
}

type EpochStore = Pick<LogStore, 'readCheckpoint' | 'readEntries'>;

/** Looked for anew when so large a part of the retention has passed. */
const PARTS = 64;

/**
 * The minimum index by the log's own time: what an epoch covers that is older than the rulebook's retention. Nothing is deleted:
 * requests are denied, so that a mistake can be undone. Whoever asks for a part of the log that holds entry 0 gets it always,
 * because the network is named after that.
 */
export function createPruning(
  store: EpochStore,
  readState: () => Pick<NetworkState, 'rulebook' | 'time' | 'position'>,
): Pruning {
  let found = { index: 0, forTime: 0 };

  async function minimumIndex(): Promise<number> {
    const { rulebook, time, position } = readState();
    const retentionMs = rulebook?.body.retention?.entriesMs;
    if (retentionMs === undefined || position === undefined) return 0;
    const forTime = time - retentionMs;
    if (forTime < found.forTime + retentionMs / PARTS && found.forTime > 0) return found.index;
    const index = await lastEpochBefore(store, forTime, { from: found.index, to: position.size });
    found = { index: Math.max(found.index, index), forTime };
    return found.index;
  }

  return {
    minimumIndex,
    async assertKept(level, index) {
      if (index === 0) return;
      const minimum = await minimumIndex();
      if ((index + 1) * TILE_WIDTH ** (level + 1) > minimum) return;
      const sentence = `This log answers for its entries from ${minimum} on, and for entry 0. Begin at a snapshot.`;
      throw new CodedError('log.pruned', sentence, { minimumIndex: minimum });
    },
  };
}

/** Size of the log at the latest epoch of at most this time; `from` where there is none beyond it. About a hundred reads. */
async function lastEpochBefore(
  store: EpochStore,
  time: number,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<number> {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((await epochWithin(store, middle)).time <= time) low = middle;
    else high = middle - 1;
  }
  const epoch = await epochWithin(store, low);
  return epoch.time <= time ? Math.max(from, epoch.size) : from;
}

/** The latest epoch among the first so many entries; before the first one it is time 0. */
async function epochWithin(
  store: EpochStore,
  atMost: number,
): Promise<{ readonly size: number; readonly time: number }> {
  const note = await store.readCheckpoint(atMost);
  if (note === undefined) return { size: 0, time: 0 };
  const { size } = parseCheckpoint(parseNote(note).text);
  const [entry = ''] = await store.readEntries(size - 1, size);
  const parse = parseStatement(entry);
  const body = parse.ok ? parse.statement.body : undefined;
  return { size, time: body?.type === 'epoch' ? body.time : 0 };
}
