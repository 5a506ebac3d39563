import { concatBytes } from '../encoding/bytes.ts';
import { CodedError } from '../errors.ts';
import type { ReadHash, Subtree } from './proof.ts';
import { HASH_LENGTH, rootOf } from './tree.ts';

/** Hashes of a full tile, entries of a full bundle (C2SP tlog-tiles). */
export const TILE_WIDTH = 256;
/** Binary tree levels in one tile: 2^8 = 256. */
export const TILE_HEIGHT = 8;
/** Bytes of one entry in a bundle: the length before it is a uint16. */
export const MAX_ENTRY_LENGTH = 65_535;

const MAX_TILE_LEVEL = 63;
/** The highest level with a hash in it at a size below 2^53: 256^6 = 2^48. */
const MAX_USED_LEVEL = 6;

/** A tile: `level` counts tiles, not tree levels; `width` is 1 to 256, below 256 for a partial one. */
export type Tile = { readonly level: number; readonly index: number; readonly width: number };

/** What a tile path names: a tile of hashes, or the bundle of entries under a tile of level 0. */
export type TilePath =
  | ({ readonly kind: 'hashes' } & Tile)
  | { readonly kind: 'entries'; readonly index: number; readonly width: number };

/** `tile/<L>/<N>[.p/<W>]` (C2SP tlog-tiles), without a leading slash. Throws `tile.out-of-range`. */
export function tilePath(level: number, index: number, width: number = TILE_WIDTH): string {
  assertWithin(level, 0, MAX_TILE_LEVEL, 'level');
  return `tile/${level}/${encodeIndex(index, width)}`;
}

/** `tile/entries/<N>[.p/<W>]` (C2SP tlog-tiles), without a leading slash. Throws `tile.out-of-range`. */
export function entryBundlePath(index: number, width: number = TILE_WIDTH): string {
  return `tile/entries/${encodeIndex(index, width)}`;
}

function encodeIndex(index: number, width: number): string {
  assertWithin(index, 0, Number.MAX_SAFE_INTEGER, 'index');
  assertWithin(width, 1, TILE_WIDTH, 'width');
  const groups: string[] = [];
  for (let rest = index, mark = ''; rest > 0 || mark === ''; rest = Math.floor(rest / 1000), mark = 'x') {
    groups.unshift(`${mark}${String(rest % 1000).padStart(3, '0')}`);
  }
  return `${groups.join('/')}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

function assertWithin(value: number, min: number, max: number, name: string): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  throw new CodedError('tile.out-of-range', `The ${name} of a tile is a whole number from ${min} to ${max}.`, {
    [name]: value,
  });
}

const PATH = /^tile\/(entries|[0-9]{1,2})\/((?:x[0-9]{3}\/){0,5}[0-9]{3})(?:\.p\/([0-9]{1,3}))?$/;

/**
 * Parses a path that `tilePath` or `entryBundlePath` writes, and no other spelling of it, so that a cache in front of the
 * log cannot be filled with copies. Throws `tile.malformed-path`.
 */
export function parseTilePath(path: string): TilePath {
  const match = PATH.exec(path);
  const [, layer = '', groups = '', partial] = match ?? [];
  const index = Number(groups.replace(/[x/]/g, ''));
  const width = partial === undefined ? TILE_WIDTH : Number(partial);
  const level = layer === 'entries' ? 0 : Number(layer);
  const inRange = Number.isSafeInteger(index) && width >= 1 && width <= TILE_WIDTH && level <= MAX_TILE_LEVEL;
  if (match === null || !inRange) throw malformedPath();
  const written = layer === 'entries' ? entryBundlePath(index, width) : tilePath(level, index, width);
  if (written !== path) throw malformedPath();
  return layer === 'entries' ? { kind: 'entries', index, width } : { kind: 'hashes', level, index, width };
}

function malformedPath(): CodedError<'tile.malformed-path'> {
  return new CodedError('tile.malformed-path', 'This is not the path of a tile or of an entry bundle.');
}

/**
 * Hashes in the tile at this place in a tree of `size` entries: 256 when full, 0 when it does not exist. For bundles ask
 * with level 0. A partial tile is only to be asked for at a size that a verified checkpoint states (C2SP tlog-tiles).
 */
export function tileWidthAt(level: number, index: number, size: number): number {
  const hashes = Math.floor(size / TILE_WIDTH ** level);
  return Math.max(0, Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH));
}

/**
 * The tiles of a tree of `to` entries that a tree of `from` entries had not, or had narrower: what a log writes when it
 * grows, and what a follower reads. `tilesBetween(0, size)` is every tile at a size. Level by level, left to right; the
 * entry bundles are those of level 0. About (to - from) / 255 tiles and one more for each level.
 */
export function tilesBetween(from: number, to: number): Tile[] {
  assertWithin(to, 0, Number.MAX_SAFE_INTEGER, 'size');
  assertWithin(from, 0, to, 'size');
  const tiles: Tile[] = [];
  for (let level = 0; level <= MAX_USED_LEVEL; level += 1) {
    const before = Math.floor(from / TILE_WIDTH ** level);
    for (let index = Math.floor(before / TILE_WIDTH); ; index += 1) {
      const width = tileWidthAt(level, index, to);
      if (width === 0) break;
      if (width > tileWidthAt(level, index, from)) tiles.push({ level, index, width });
    }
  }
  return tiles;
}

/** The tiles of a tree of `size` entries in which these subtrees are found, each once: what to load for a proof. */
export function tilesOf(subtrees: readonly Subtree[], size: number): Tile[] {
  const tiles = new Map<string, Tile>();
  for (const { level, index } of subtrees) {
    const place = placeOf(level, index);
    const width = tileWidthAt(place.level, place.index, size);
    if (place.at + place.count > width) throw missing(level, index);
    tiles.set(`${place.level}/${place.index}`, { level: place.level, index: place.index, width });
  }
  return [...tiles.values()];
}

/** Where a complete subtree lies: the root over `count` hashes of a tile, from `at` on. */
function placeOf(level: number, index: number): { level: number; index: number; at: number; count: number } {
  const count = 2 ** (level % TILE_HEIGHT);
  const first = index * count;
  const tile = Math.floor(first / TILE_WIDTH);
  return { level: Math.floor(level / TILE_HEIGHT), index: tile, at: first - tile * TILE_WIDTH, count };
}

function missing(level: number, index: number): CodedError<'tile.missing-hash'> {
  return new CodedError('tile.missing-hash', 'A hash of this tree is not in the tiles at hand.', { level, index });
}

/** Gives the bytes of the widest tile at hand at this place, or undefined. */
export type ReadTile = (level: number, index: number) => Uint8Array | undefined;

/**
 * A reader of subtree hashes over tiles; inside a tile it hashes up to 255 times. The tiles are believed: compare the
 * root of `compactTreeAt(size, reader)` with a verified checkpoint first. Throws `tile.missing-hash`.
 */
export function readerOfTiles(readTile: ReadTile): ReadHash {
  return function readHash(level: number, index: number): Uint8Array {
    const place = placeOf(level, index);
    const tile = readTile(place.level, place.index);
    const end = (place.at + place.count) * HASH_LENGTH;
    if (tile === undefined || tile.length < end) throw missing(level, index);
    const hashes: Uint8Array[] = [];
    for (let at = place.at * HASH_LENGTH; at < end; at += HASH_LENGTH) hashes.push(tile.subarray(at, at + HASH_LENGTH));
    return rootOf(hashes);
  };
}

/** The bytes of a tile: its 1 to 256 hashes of 32 bytes, one after the other. Throws `tile.malformed`. */
export function encodeTile(hashes: readonly Uint8Array[]): Uint8Array {
  if (!isTileLength(hashes.length) || !hashes.every((hash) => hash.length === HASH_LENGTH)) throw malformedTile();
  return concatBytes(...hashes);
}

/** Takes a tile apart into `width` hashes, which are views of `bytes`. Throws `tile.malformed` for another length. */
export function parseTile(bytes: Uint8Array, width: number): Uint8Array[] {
  if (!isTileLength(width) || bytes.length !== width * HASH_LENGTH) throw malformedTile();
  return Array.from({ length: width }, (_, i) => bytes.subarray(i * HASH_LENGTH, (i + 1) * HASH_LENGTH));
}

function isTileLength(width: number): boolean {
  return Number.isSafeInteger(width) && width >= 1 && width <= TILE_WIDTH;
}

function malformedTile(): CodedError<'tile.malformed'> {
  return new CodedError('tile.malformed', 'A tile is 1 to 256 hashes of 32 bytes, as many as its path says.');
}

/**
 * Each entry behind its length as a big-endian uint16 (C2SP tlog-tiles). Throws `tile.malformed-bundle` unless there are
 * 1 to 256 entries of at most 65,535 bytes.
 */
export function encodeEntryBundle(entries: readonly Uint8Array[]): Uint8Array {
  if (!isTileLength(entries.length)) throw malformedBundle('An entry bundle has 1 to 256 entries.');
  const parts: Uint8Array[] = [];
  for (const entry of entries) {
    if (entry.length > MAX_ENTRY_LENGTH) throw malformedBundle(`An entry has at most ${MAX_ENTRY_LENGTH} bytes.`);
    parts.push(Uint8Array.of(entry.length >> 8, entry.length & 255), entry);
  }
  return concatBytes(...parts);
}

/**
 * Takes an entry bundle apart into exactly `width` entries, which are views of `bytes`. Throws `tile.malformed-bundle`
 * when bytes are missing or left over: a bundle is only complete if each entry has its leaf.
 */
export function parseEntryBundle(bytes: Uint8Array, width: number): Uint8Array[] {
  if (!isTileLength(width)) throw malformedBundle('An entry bundle has 1 to 256 entries.');
  const entries: Uint8Array[] = [];
  let at = 0;
  while (entries.length < width) {
    const high = bytes[at];
    const low = bytes[at + 1];
    if (high === undefined || low === undefined) throw malformedBundle('This entry bundle ends before its last entry.');
    const end = at + 2 + (high << 8) + low;
    entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  // Less than that: the last length pointed beyond the end.
  if (at !== bytes.length) throw malformedBundle('This entry bundle does not end where its last entry does.');
  return entries;
}

function malformedBundle(sentence: string): CodedError<'tile.malformed-bundle'> {
  return new CodedError('tile.malformed-bundle', sentence);
}
