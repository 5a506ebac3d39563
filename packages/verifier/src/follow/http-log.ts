import {
  CodedError,
  entryBundlePath,
  HASH_LENGTH,
  isCodedError,
  type JsonObject,
  MAX_ENTRY_LENGTH,
  parseBase64url,
  parseEntryBundle,
  parseJsonObject,
  parseUtf8,
  TILE_WIDTH,
  tilePath,
  tileWidthAt,
} from '@holdfast/core';
import type { AuditSource } from './audit-source.ts';
import type { FeedSource } from './feed-source.ts';
import type { HttpOrigin } from './http-origin.ts';
import { refuseCoded, sizeOf, unproved } from './proved-entries.ts';

export type HttpLog = Required<
  Pick<FeedSource, 'fetchCheckpoint' | 'fetchEntries' | 'fetchConsistencyProof'> &
    Pick<AuditSource, 'fetchBundle' | 'fetchTile'>
> & {
  /** Takes note of a checkpoint that came another way: how wide partial tiles are by now. */
  readonly note: (checkpoint: string) => string;
};

const MAX_CHECKPOINT_BYTES = 524_288;
/** Hashes of at most 63 nodes, in base64url in JSON. */
const MAX_PROOF_BYTES = 8192;

/** One log over HTTP as C2SP tlog-tiles has it, by the path under which it lies. Nothing it returns has been verified. */
export function createHttpLog(origin: HttpOrigin, root: string): HttpLog {
  /** Entries of the largest log that this source has shown a checkpoint of, verified or not. */
  let shown = 0;

  function note(checkpoint: string): string {
    shown = Math.max(shown, sizeOf(checkpoint) ?? 0);
    return checkpoint;
  }

  async function fetchCheckpoint(signal: AbortSignal, atMost?: number): Promise<string> {
    const path = atMost === undefined ? 'checkpoint' : checkpointPath(atMost);
    return note(parseUtf8(await origin.ask(`${root}/${path}`, { maxBytes: MAX_CHECKPOINT_BYTES }, signal)));
  }

  /** How wide a bundle reaches at least `to`: full, or as wide as a checkpoint that was shown (C2SP tlog-tiles). */
  async function widthFor(tile: number, to: number, signal: AbortSignal): Promise<number> {
    if (to >= (tile + 1) * TILE_WIDTH) return TILE_WIDTH;
    if (shown < to && sizeOf(await fetchCheckpoint(signal)) === undefined)
      throw unproved('The network sent no checkpoint.');
    const width = tileWidthAt(0, tile, shown);
    if (tile * TILE_WIDTH + width >= to) return width;
    throw new CodedError('log.out-of-range', 'The log has signed no such part of itself.', { size: shown });
  }

  async function fetchBundle(index: number, width: number, signal: AbortSignal): Promise<Uint8Array> {
    const maxBytes = width * (MAX_ENTRY_LENGTH + 2);
    return origin.ask(`${root}/${entryBundlePath(index, width)}`, { maxBytes }, signal);
  }

  async function fetchEntries(from: number, to: number, signal: AbortSignal, isRetry = false): Promise<string[]> {
    assertRange(from, to);
    const tile = Math.floor(from / TILE_WIDTH);
    const width = await widthFor(tile, to, signal);
    try {
      const first = tile * TILE_WIDTH;
      return parseBundle(await fetchBundle(tile, width, signal), width).slice(from - first, to - first);
    } catch (error) {
      // The partial bundle may have given way to a wider one, or the checkpoint that asked for it was none.
      if (isRetry || width === TILE_WIDTH || !isAbsent(error)) throw error;
      shown = 0;
      return fetchEntries(from, to, signal, true);
    }
  }

  /** Mere files prove nothing of this kind. */
  async function fetchConsistencyProof(from: number, to: number, signal: AbortSignal) {
    const path = `${root}/proof/consistency?from=${from}&to=${to}`;
    const answer = await orAbsent(origin.ask(path, { maxBytes: MAX_PROOF_BYTES }, signal));
    if (answer === undefined) return undefined;
    const { hashes } = parseProof(answer);
    if (!isTexts(hashes)) throw unproved('The network sent something else than was asked for.');
    return hashes.map((hash) => refuseCoded(() => parseBase64url(hash), 'The network sent a proof that is not one.'));
  }

  return {
    note,
    fetchCheckpoint,
    fetchEntries: (from, to, signal) => fetchEntries(from, to, signal),
    fetchBundle,
    fetchTile: (level, index, width, signal) =>
      origin.ask(`${root}/${tilePath(level, index, width)}`, { maxBytes: width * HASH_LENGTH }, signal),
    fetchConsistencyProof,
  };
}

/** The last checkpoint within so many full bundles never changes, so it has an address that mere files can have too. */
function checkpointPath(atMost: number): string {
  const isOfBundles = atMost > 0 && atMost % TILE_WIDTH === 0;
  return isOfBundles ? `checkpoints/${atMost / TILE_WIDTH}` : `checkpoint?at-most=${atMost}`;
}

/** Whether the network says that there is no such tile; a cache or another log says so by the status alone. */
export function isAbsent(error: unknown): boolean {
  if (!isCodedError(error)) return false;
  if (error.code === 'log.no-such-tile' || error.code === 'log.out-of-range') return true;
  if (error.code === 'log.no-lineage' || error.code === 'log.no-snapshot') return true;
  if (error.code === 'log.not-cosigned') return true;
  return error.code === 'feed.answer' && error.details.status === 404;
}

export async function orAbsent<Answer>(asked: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asked;
  } catch (error) {
    // A network that is older than the question does not know it.
    if (isAbsent(error) || (isCodedError(error) && error.code.startsWith('request.'))) return undefined;
    throw error;
  }
}

export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === 'string');
}

function assertRange(from: number, to: number): void {
  if (Number.isSafeInteger(from) && Number.isSafeInteger(to) && from >= 0 && from < to) return;
  throw new CodedError('log.out-of-range', 'There are no such entries.', { from, to });
}

function parseBundle(bytes: Uint8Array, width: number): string[] {
  try {
    return parseEntryBundle(bytes, width).map(parseUtf8);
  } catch (error) {
    if (!isCodedError(error)) throw error;
    throw unproved('The network sent a bundle of entries that is not one.', { why: error.code }, error);
  }
}

function parseProof(bytes: Uint8Array): JsonObject {
  return refuseCoded(
    () => parseJsonObject(parseUtf8(bytes), { maxLength: MAX_PROOF_BYTES, maxDepth: 4 }),
    'The network sent something else than JSON.',
  );
}
