import { CodedError, type NetworkState, parseCheckpoint, parseNote } from '@holdfast/core';
import type { FormerLog as FormerSource } from '@holdfast/verifier';
import type { LogStore } from '../../ports/log-store.ts';
import { createLogReader, type LogReader } from './log-reader.ts';
import { createPruning } from './pruning.ts';

/** A log that this network has had before the present one, for those who have not read all of it. */
export type FormerLog = Required<FormerSource> & Pick<LogReader, 'readBundle'>;

/** Where a log ended that another has succeeded: what it meant there, and the checkpoint (a note) that it signed. */
export type LogEnd = { readonly state: NetworkState; readonly checkpoint: string };

/**
 * What is left of a log that another has succeeded: its entries as far as the store has them, and its checkpoint where it was gone on
 * from, which is there also where the store has less. What the store has beyond that counts for nobody and is not shown, nor what the
 * rules of that time had it forget by then. Nothing is appended to such a log while it is served.
 */
export async function createFormerLog(
  store: Pick<LogStore, 'readHead' | 'readCheckpoint' | 'readEntries' | 'readHashes'>,
  { state, checkpoint: end }: LogEnd,
): Promise<FormerLog> {
  const endSize = sizeOf(end);
  const { size: stored } = await store.readHead();
  const size = Math.min(stored, endSize);
  const pruning = createPruning(store, () => state);
  const reader = createLogReader(store, () => size, pruning);
  return {
    async fetchCheckpoint(_signal, atMost = endSize) {
      if (atMost >= endSize) return end;
      const note = await store.readCheckpoint(atMost);
      if (note !== undefined) return note;
      throw new CodedError('log.out-of-range', 'The log has signed no tree that small.');
    },
    fetchEntries: (from, to) => reader.readEntries(from, to),
    fetchConsistencyProof: (from, to) => reader.readConsistencyProof(from, to),
    fetchTile: (level, index, width) => reader.readTile(level, index, width),
    readBundle: (index, width) => reader.readBundle(index, width),
  };
}

function sizeOf(note: string): number {
  return parseCheckpoint(parseNote(note).text).size;
}
