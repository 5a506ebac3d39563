import {
  appendLeaf,
  equalBytes,
  parseTile,
  type StatementParse,
  TILE_WIDTH,
  tilesBetween,
  tileWidthAt,
} from '@holdfast/core';
import { ANSWERS, typeOf } from './audit-faults.ts';
import type { Reading } from './audit-reading.ts';
import { answerOfAsync } from './audit-source.ts';

export function noteUpper({ upper }: Reading, level: number, index: number, hash: Uint8Array): void {
  const hashes = upper[level] ?? new Map<number, Uint8Array>();
  hashes.set(index, hash);
  upper[level] = hashes;
}

/** A tile, the hashes it must have, and of leaves the statements. Fewer hashes than its width: the others are missing. */
type Checked = {
  readonly level: number;
  readonly index: number;
  /** Hashes of the tile that come before the first of these. */
  readonly skip: number;
  readonly hashes: readonly Uint8Array[];
  readonly width: number;
  readonly parses?: readonly StatementParse[];
};

/** Compares a tile with the hashes it must have. */
export async function checkTile(
  reading: Reading,
  { level, index, skip, hashes, width, parses }: Checked,
): Promise<void> {
  const { source, options, faults, said } = reading;
  const { fetchTile } = source;
  if (fetchTile === undefined || width === 0) return;
  const tile = await answerOfAsync(async () => parseTile(await fetchTile(level, index, width, options.signal), width));
  const found = tile.ok ? tile.value : [];
  if (level === 0) for (const hash of found.slice(skip)) appendLeaf(said, hash);
  const at = Array.from({ length: width - skip }, (_, i) => skip + i).find((i) => {
    const [hash, other] = [hashes[i - skip], found[i]];
    return hash === undefined || other === undefined || !equalBytes(hash, other);
  });
  if (at === undefined) return;
  const span = TILE_WIDTH ** level;
  const first = (index * TILE_WIDTH + at) * span;
  const type = typeOf(parses?.[at - skip]);
  // What is missing has been noted.
  if (tile.ok && hashes[at - skip] === undefined) return;
  const detail = tile.ok
    ? `Tile ${level}/${index} says another hash than ${level === 0 ? 'that of this entry' : 'what is below it gives'}.`
    : `Tile ${level}/${index} cannot be read: ${tile.detail}`;
  const why = level === 0 && tile.ok ? 'entry' : 'tile';
  const fault = {
    why,
    index: first,
    ...(type === undefined ? {} : { type }),
    detail,
    answers: ANSWERS.copyOrLog,
  } as const;
  faults.push({ fault, until: first + span });
}

export async function checkUpperTiles(reading: Reading): Promise<void> {
  const { checkpoint, upper } = reading;
  for (const { level, index } of tilesBetween(0, checkpoint.size)) {
    if (level === 0) continue;
    const width = tileWidthAt(level, index, checkpoint.size);
    const all = Array.from({ length: width }, (_, i) => upper[level]?.get(index * TILE_WIDTH + i));
    // What lies before the place where reading began is not known.
    const skip = all.findIndex((hash) => hash !== undefined);
    const hashes = all.slice(skip).filter((hash) => hash !== undefined);
    if (skip !== -1) await checkTile(reading, { level, index, skip, hashes, width });
  }
}
