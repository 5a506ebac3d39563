import {
  appendLeaf,
  CodedError,
  type CompactTree,
  compactRoot,
  compactTreeAt,
  createCompactTree,
  encodeEntryBundle,
  encodeTile,
  encodeUtf8,
  entryBundlePath,
  equalBytes,
  leafHash,
  parseEntryBundle,
  parseTile,
  readerOfTiles,
  subtreesRead,
  TILE_HEIGHT,
  TILE_WIDTH,
  tilePath,
  tilesOf,
  tileWidthAt,
} from '@holdfast/core';
import type { SignedCheckpoint } from '@holdfast/verifier';
import type { TreeFolder } from './tree-folder.ts';

/** Tile levels of a log below 2^53 entries. */
const LEVELS = 7;

/** Writes the tiles and bundles of a log into a folder as it grows. Nothing is written that no signed root has proved. */
export type TreeWriter = {
  readonly size: () => number;
  readonly root: () => Uint8Array;
  /** Takes the next entries, up to a checkpoint that they give the root of. Throws `feed.unproved`. Full tiles are written. */
  readonly append: (entries: readonly string[], upTo: SignedCheckpoint) => Promise<void>;
  /** Writes the partial tiles that the checkpoint ends in, then the checkpoint; of older partial ones those of one before stay. */
  readonly seal: (checkpoint: SignedCheckpoint) => Promise<void>;
};

export async function openTreeWriter(folder: TreeFolder, sealed: number): Promise<TreeWriter> {
  const tree = await readTree(folder, sealed);
  const rows = await Promise.all(Array.from({ length: LEVELS }, (_, level) => readRow(folder, level, sealed)));
  let bundle = await readBundle(folder, sealed);
  let before = sealed;

  async function write(entry: string, files: [string, Uint8Array][]): Promise<void> {
    const bytes = encodeUtf8(entry);
    const { size } = tree;
    appendLeaf(tree, leafHash(bytes), (level, index, hash) => {
      if (level % TILE_HEIGHT !== 0) return;
      const row = rows[level / TILE_HEIGHT] ?? [];
      row.push(hash);
      if (row.length < TILE_WIDTH) return;
      files.push([tilePath(level / TILE_HEIGHT, Math.floor(index / TILE_WIDTH)), encodeTile(row)]);
      rows[level / TILE_HEIGHT] = [];
    });
    bundle.push(bytes);
    if (bundle.length < TILE_WIDTH) return;
    files.push([entryBundlePath(Math.floor(size / TILE_WIDTH)), encodeEntryBundle(bundle)]);
    bundle = [];
  }

  async function writePartial(path: string, width: number, level: number, index: number, bytes: Uint8Array) {
    await folder.write(`log/${path}`, bytes);
    const kept = [width, tileWidthAt(level, index, before)].map(String);
    await folder.keepOnly(`log/${path.slice(0, path.lastIndexOf('/'))}`, kept);
  }

  return {
    size: () => tree.size,
    root: () => compactRoot(tree),
    async append(entries, upTo) {
      const files: [string, Uint8Array][] = [];
      for (const entry of entries) await write(entry, files);
      if (tree.size !== upTo.size || !equalBytes(compactRoot(tree), upTo.root)) {
        throw new CodedError('feed.unproved', 'The entries do not give the root that the log has signed.', {
          size: upTo.size,
        });
      }
      for (const [path, bytes] of files) await folder.write(`log/${path}`, bytes);
    },
    async seal({ note, size }) {
      for (const [level, row] of rows.entries()) {
        const index = Math.floor(size / TILE_WIDTH ** (level + 1));
        if (row.length > 0)
          await writePartial(tilePath(level, index, row.length), row.length, level, index, encodeTile(row));
      }
      const index = Math.floor(size / TILE_WIDTH);
      const path = bundle.length === 0 ? undefined : entryBundlePath(index, bundle.length);
      if (path !== undefined) await writePartial(path, bundle.length, 0, index, encodeEntryBundle(bundle));
      await folder.write('log/checkpoint', note);
      before = size;
    },
  };
}

async function readTree(folder: TreeFolder, size: number): Promise<CompactTree> {
  if (size === 0) return createCompactTree();
  const tiles = new Map<string, Uint8Array>();
  for (const { level, index, width } of tilesOf(
    subtreesRead((read) => compactTreeAt(size, read)),
    size,
  )) {
    tiles.set(`${level}/${index}`, await readFile(folder, tilePath(level, index, width)));
  }
  return compactTreeAt(
    size,
    readerOfTiles((level, index) => tiles.get(`${level}/${index}`)),
  );
}

async function readRow(folder: TreeFolder, level: number, size: number): Promise<Uint8Array[]> {
  const index = Math.floor(size / TILE_WIDTH ** (level + 1));
  const width = tileWidthAt(level, index, size);
  return width === 0 ? [] : parseTile(await readFile(folder, tilePath(level, index, width)), width);
}

async function readBundle(folder: TreeFolder, size: number): Promise<Uint8Array[]> {
  const index = Math.floor(size / TILE_WIDTH);
  const width = tileWidthAt(0, index, size);
  return width === 0 ? [] : parseEntryBundle(await readFile(folder, entryBundlePath(index, width)), width);
}

async function readFile(folder: TreeFolder, path: string): Promise<Uint8Array> {
  const bytes = await folder.read(`log/${path}`);
  if (bytes !== undefined) return bytes;
  throw new CodedError('export.damaged', `The folder has a checkpoint, but not ${path} that it needs. Export anew.`, {
    path,
  });
}
