import {
  CodedError,
  consistencyProof,
  encodeEntryBundle,
  encodeTile,
  encodeUtf8,
  inclusionProof,
  parseCheckpoint,
  parseNote,
  type ReadHash,
  readerOfTiles,
  subtreesRead,
  TILE_WIDTH,
  tilesOf,
  tileWidthAt,
} from '@holdfast/core';
import { MAX_ENTRIES_PER_READ } from '@holdfast/verifier';
import type { LogStore } from '../../ports/log-store.ts';
import type { Pruning } from './pruning.ts';

/** What anyone may read of the log, up to what the log has signed: no entry is shown that no checkpoint covers. */
export interface LogReader {
  /** Entries `from` to `to`, at most 256 of them. Throws `log.out-of-range`, `log.pruned`. */
  readEntries(from: number, to: number): Promise<readonly string[]>;
  /**
   * Bytes of a tile of hashes or of a bundle of entries (C2SP tlog-tiles): a full one once the log has signed all of it, a
   * partial one if some checkpoint of the log ends in it. Throws `log.out-of-range`,
   * `log.no-such-tile`, `log.pruned`.
   */
  readTile(level: number, index: number, width: number): Promise<Uint8Array>;
  readBundle(index: number, width: number): Promise<Uint8Array>;
  /** Hashes, as RFC 6962 has them. Throws `log.out-of-range`. */
  readInclusionProof(index: number, size: number): Promise<readonly Uint8Array[]>;
  readConsistencyProof(from: number, to: number): Promise<readonly Uint8Array[]>;
}

export function createLogReader(
  store: Pick<LogStore, 'readCheckpoint' | 'readEntries' | 'readHashes'>,
  signedSize: () => number,
  pruning: Pick<Pruning, 'assertKept'>,
): LogReader {
  function assertSigned(isWithin: boolean, size: number): void {
    if (isWithin && size <= signedSize()) return;
    throw new CodedError('log.out-of-range', 'The log has signed no such part of itself.', { size: signedSize() });
  }

  async function readTile(level: number, index: number, width: number): Promise<Uint8Array> {
    const from = index * TILE_WIDTH;
    assertSigned(width >= 1 && width <= TILE_WIDTH, (from + width) * TILE_WIDTH ** level);
    await pruning.assertKept(level, index);
    await assertRequired(level, index, width);
    return encodeTile(await store.readHashes(level, from, from + width));
  }

  /** A cache holds whatever widths are asked for, so those that no checkpoint ends in are nobody's (C2SP tlog-tiles). */
  async function assertRequired(level: number, index: number, width: number): Promise<void> {
    if (width === TILE_WIDTH || tileWidthAt(level, index, signedSize()) === width) return;
    const [least, beyond] = [index * TILE_WIDTH + width, index * TILE_WIDTH + width + 1];
    const note = await store.readCheckpoint(beyond * TILE_WIDTH ** level - 1);
    if (note !== undefined && parseCheckpoint(parseNote(note).text).size >= least * TILE_WIDTH ** level) return;
    throw new CodedError('log.no-such-tile', 'No checkpoint of this log ends in a partial tile of this width.', {
      width,
    });
  }

  /** Loads the tiles that a proof needs, and no others. */
  async function prove(size: number, proof: (read: ReadHash) => Uint8Array[]): Promise<Uint8Array[]> {
    const tiles = new Map<string, Uint8Array>();
    for (const { level, index, width } of tilesOf(subtreesRead(proof), size)) {
      const from = index * TILE_WIDTH;
      tiles.set(`${level}/${index}`, encodeTile(await store.readHashes(level, from, from + width)));
    }
    return proof(readerOfTiles((level, index) => tiles.get(`${level}/${index}`)));
  }

  async function readEntries(from: number, to: number): Promise<readonly string[]> {
    assertSigned(from >= 0 && from < to && Number.isSafeInteger(from) && Number.isSafeInteger(to), from + 1);
    await pruning.assertKept(0, Math.floor(from / TILE_WIDTH));
    return store.readEntries(from, Math.min(to, from + MAX_ENTRIES_PER_READ, signedSize()));
  }

  return {
    readEntries,
    readTile,
    async readBundle(index, width) {
      const from = index * TILE_WIDTH;
      assertSigned(width >= 1 && width <= TILE_WIDTH, from + width);
      await pruning.assertKept(0, index);
      await assertRequired(0, index, width);
      return encodeEntryBundle((await store.readEntries(from, from + width)).map(encodeUtf8));
    },
    async readInclusionProof(index, size) {
      assertSigned(index >= 0 && index < size, size);
      return prove(size, (read) => inclusionProof(index, size, read));
    },
    async readConsistencyProof(from, to) {
      assertSigned(from >= 1 && from <= to, to);
      return prove(to, (read) => consistencyProof(from, to, read));
    },
  };
}
