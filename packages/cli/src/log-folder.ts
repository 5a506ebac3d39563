import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CodedError,
  encodeEntryBundle,
  entryBundlePath,
  HASH_LENGTH,
  isCodedError,
  MAX_LINEAGE_LENGTH,
  MAX_SNAPSHOT_BYTES,
  parseCheckpoint,
  parseEntryBundle,
  parseNote,
  parseUtf8,
  TILE_WIDTH,
  tilePath,
  tileWidthAt,
} from '@holdfast/core';
import { type AuditSource, MAX_BUNDLE_BYTES } from '@holdfast/verifier';

const MAX_CHECKPOINT_BYTES = 524_288;

/** A tile or a bundle, by its width: where it lies, how long it can be, and how to make it of the full one. */
type Part = {
  readonly pathOf: (width: number) => string;
  readonly maxBytes: number;
  readonly cut: (full: Uint8Array, width: number) => Uint8Array;
};

type FolderLog = Required<Omit<AuditSource, 'fetchConsistencyProof'>>;

/** A size in decimal and the end of its line. */
const MAX_SIZE_LENGTH = 18;

/**
 * A log as a tree of files (C2SP tlog-tiles): `checkpoint` and `tile/…`, in the folder or in its `log`. Nothing it returns
 * has been verified. Throws `log.no-such-tile` for what is not there or is no file, `feed.too-large` for a file longer than
 * it can be; `log.pruned` for a bundle that is not there and lies before the snapshot in the folder.
 */
export async function openLogFolder(folder: string): Promise<FolderLog> {
  const inside = join(folder, 'log');
  const root = (await isFile(join(inside, 'checkpoint'))) ? inside : folder;

  /** A log may drop a partial tile once the full one is there (C2SP tlog-tiles). */
  async function readPart({ pathOf, maxBytes, cut }: Part, width: number): Promise<Uint8Array> {
    const [path, full] = [join(root, pathOf(width)), join(root, pathOf(TILE_WIDTH))];
    if (width < TILE_WIDTH && !(await isFile(path)) && (await isFile(full))) {
      return cut(await readFile(full, maxBytes), width);
    }
    return readFile(path, maxBytes);
  }

  async function fetchCheckpoint(_signal: AbortSignal, atMost = Number.MAX_SAFE_INTEGER): Promise<string> {
    const note = parseUtf8(await readFile(join(root, 'checkpoint'), MAX_CHECKPOINT_BYTES));
    if (atMost === Number.MAX_SAFE_INTEGER || sizeOf(note) <= atMost) return note;
    const earlier = join(root, `checkpoints/${atMost / TILE_WIDTH}`);
    if (await isFile(earlier)) return parseUtf8(await readFile(earlier, MAX_CHECKPOINT_BYTES));
    throw new CodedError('log.out-of-range', 'This folder has only its latest checkpoint.');
  }

  async function readSnapshotSize(): Promise<number | undefined> {
    const file = join(root, 'snapshot/latest');
    if (!(await isFile(file))) return undefined;
    const text = parseUtf8(await readFile(file, MAX_SIZE_LENGTH)).trim();
    return /^[1-9][0-9]{0,15}$/.test(text) ? Number(text) : undefined;
  }

  async function fetchBundle(index: number, width: number): Promise<Uint8Array> {
    try {
      return await readPart(bundleAt(index), width);
    } catch (error) {
      const isAbsent = isCodedError(error) && error.code === 'log.no-such-tile';
      const snapshot = isAbsent && index > 0 ? await readSnapshotSize() : undefined;
      if (snapshot === undefined || snapshot < index * TILE_WIDTH + width) throw error;
      throw new CodedError('log.pruned', `There is no bundle ${index} here, and a snapshot after it.`, { snapshot });
    }
  }

  return {
    fetchCheckpoint,
    fetchBundle,
    async fetchSnapshot(_signal, wanted) {
      const size = wanted ?? (await readSnapshotSize());
      const file = join(root, `snapshot/${size}`);
      return size === undefined || !(await isFile(file)) ? undefined : readFile(file, MAX_SNAPSHOT_BYTES);
    },
    async fetchLineage() {
      const file = join(root, 'lineage');
      return (await isFile(file)) ? parseUtf8(await readFile(file, MAX_LINEAGE_LENGTH)) : undefined;
    },
    fetchTile: (level, index, width) => readPart(tileAt(level, index), width),
    async fetchEntries(from, to, signal) {
      const tile = Math.floor(from / TILE_WIDTH);
      const width = tileWidthAt(0, tile, sizeOf(await fetchCheckpoint(signal)));
      const entries = parseEntryBundle(await fetchBundle(tile, width), width).map(parseUtf8);
      return entries.slice(from - tile * TILE_WIDTH, to - tile * TILE_WIDTH);
    },
  };
}

function tileAt(level: number, index: number): Part {
  return {
    pathOf: (width) => tilePath(level, index, width),
    maxBytes: TILE_WIDTH * HASH_LENGTH,
    cut: (full, width) => full.slice(0, width * HASH_LENGTH),
  };
}

function bundleAt(index: number): Part {
  return {
    pathOf: (width) => entryBundlePath(index, width),
    maxBytes: MAX_BUNDLE_BYTES,
    cut: (full, width) => encodeEntryBundle(parseEntryBundle(full, TILE_WIDTH).slice(0, width)),
  };
}

function sizeOf(note: string): number {
  return parseCheckpoint(parseNote(note).text).size;
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

/** Never more than so many bytes, whatever lies there: a file can be longer than a disk, and a device has no end. */
async function readFile(path: string, maxBytes: number): Promise<Uint8Array> {
  if (!(await isFile(path))) throw new CodedError('log.no-such-tile', `There is no file ${path}.`, { path });
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size > maxBytes) throw new CodedError('feed.too-large', `${path} has more than ${maxBytes} bytes.`, { path });
    const bytes = new Uint8Array(size);
    const { bytesRead } = await file.read(bytes, 0, size, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
