import {
  CodedError,
  entryBundlePath,
  HASH_LENGTH,
  isCodedError,
  type JsonObject,
  MAX_ENTRY_LENGTH,
  MAX_LINEAGE_LENGTH,
  MAX_SNAPSHOT_BYTES,
  parseBase64url,
  parseEntryBundle,
  parseJsonObject,
  parseUtf8,
  TILE_WIDTH,
  tilePath,
  tileWidthAt,
} from '@holdfast/core';
import { createPlatformClock } from '../verify/clock.ts';
import type { AuditSource } from './audit-source.ts';
import { within } from './deadline.ts';
import { readEvents, type ServerEvent } from './event-stream.ts';
import { type CosignedEvent, type FeedEvent, type FeedSource, isCosigned } from './feed-source.ts';
import { createHttpOrigin, type HttpOrigin, type HttpOriginOptions } from './http-origin.ts';
import type { LearningFrom, ShownKeys } from './learn-log-key.ts';
import { refuseCoded, sizeOf, unproved } from './proved-entries.ts';

export type HttpFeedOptions = HttpOriginOptions & {
  /** The stream counts as broken when nothing came for so long, not even a heartbeat. */
  readonly idleTimeoutMs?: number;
};

export type HttpFeed = Required<FeedSource> &
  Required<Pick<AuditSource, 'fetchBundle' | 'fetchTile'>> &
  Pick<LearningFrom, 'fetchKeys'>;

const MAX_CHECKPOINT_BYTES = 524_288;
const MAX_EVENT_BYTES = 1_048_576;
/** Hashes of at most 63 nodes, in base64url in JSON. */
const MAX_PROOF_BYTES = 8192;
/** An epoch, and the rules in force and those announced. */
const MAX_KEYS_BYTES = 4_194_304;
/** A size in decimal and the end of its line. */
const MAX_SIZE_LENGTH = 18;
const DEFAULT_IDLE_TIMEOUT_MS = 60_000;

/**
 * A network's log over HTTP: C2SP tlog-tiles under `/log`, epochs by server-sent events at `/feed`. Works where `fetch`
 * does. Nothing it returns has been verified: that is the follower's work.
 */
export function createHttpFeed(options: HttpFeedOptions, origin: HttpOrigin = createHttpOrigin(options)): HttpFeed {
  const { clock = createPlatformClock(), idleTimeoutMs = DEFAULT_IDLE_TIMEOUT_MS } = options;

  /** Entries of the largest log that this source has shown a checkpoint of, verified or not. */
  let shown = 0;

  function note(checkpoint: string): string {
    shown = Math.max(shown, sizeOf(checkpoint) ?? 0);
    return checkpoint;
  }

  async function fetchCheckpoint(signal: AbortSignal, atMost?: number): Promise<string> {
    const path = atMost === undefined ? '/log/checkpoint' : checkpointPath(atMost);
    return note(parseUtf8(await origin.ask(path, { maxBytes: MAX_CHECKPOINT_BYTES }, signal)));
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
    return origin.ask(`/log/${entryBundlePath(index, width)}`, { maxBytes }, signal);
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

  async function* stream(from: number, signal: AbortSignal): AsyncGenerator<FeedEvent | CosignedEvent> {
    try {
      const events = readEvents(await origin.open(`/feed?from=${from}`, signal), MAX_EVENT_BYTES);
      for (;;) {
        const next = await within(clock, idleTimeoutMs, signal, () => events.next());
        if (next.done === true) throw new CodedError('feed.closed', 'The network ended the stream of epochs.');
        if (next.value === undefined) continue;
        for (const event of feedEvents(next.value)) {
          if (!isCosigned(event)) note(event.checkpoint);
          yield event;
        }
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async function fetchCosigned(signal: AbortSignal): Promise<string | undefined> {
    try {
      return parseUtf8(await origin.ask('/log/checkpoint?cosigned=true', { maxBytes: MAX_CHECKPOINT_BYTES }, signal));
    } catch (error) {
      // A network that is older than witnesses knows no such question.
      if (isAbsent(error) || (isCodedError(error) && error.code.startsWith('request.'))) return undefined;
      throw error;
    }
  }

  /** Mere files prove nothing of this kind. */
  async function fetchConsistencyProof(from: number, to: number, signal: AbortSignal) {
    const path = `/log/proof/consistency?from=${from}&to=${to}`;
    const answer = await orAbsent(origin.ask(path, { maxBytes: MAX_PROOF_BYTES }, signal));
    if (answer === undefined) return undefined;
    const { hashes } = parseAnswer(answer);
    if (!isTexts(hashes)) throw malformed();
    return hashes.map((hash) => refuseCoded(() => parseBase64url(hash), 'The network sent a proof that is not one.'));
  }

  async function fetchKeys(signal: AbortSignal): Promise<ShownKeys> {
    const shown = parseAnswer(await origin.ask('/log/keys', { maxBytes: MAX_KEYS_BYTES }, signal));
    const { checkpoint, epoch, rulebook, inclusion } = shown;
    const isShown = typeof checkpoint === 'string' && typeof epoch === 'string' && isTexts(rulebook);
    if (isShown && isTexts(inclusion)) return { checkpoint: note(checkpoint), epoch, rulebook, inclusion };
    throw malformed();
  }

  return {
    fetchCheckpoint,
    fetchCosigned,
    fetchConsistencyProof,
    fetchKeys,
    fetchLineage: (signal) =>
      orAbsent(origin.ask('/log/lineage', { maxBytes: MAX_LINEAGE_LENGTH }, signal).then(parseUtf8)),
    fetchEntries: (from, to, signal) => fetchEntries(from, to, signal),
    fetchBundle,
    fetchTile: (level, index, width, signal) =>
      origin.ask(`/log/${tilePath(level, index, width)}`, { maxBytes: width * HASH_LENGTH }, signal),
    stream,
    async fetchSnapshot(signal, wanted) {
      const size = wanted ?? (await fetchLatestSnapshot(origin, signal));
      if (size === undefined) return undefined;
      return orAbsent(origin.ask(`/log/snapshot/${size}`, { maxBytes: MAX_SNAPSHOT_BYTES }, signal));
    },
  };
}

/** The last checkpoint within so many full bundles never changes, so it has an address that mere files can have too. */
function checkpointPath(atMost: number): string {
  const isOfBundles = atMost > 0 && atMost % TILE_WIDTH === 0;
  return isOfBundles ? `/log/checkpoints/${atMost / TILE_WIDTH}` : `/log/checkpoint?at-most=${atMost}`;
}

/** Which snapshot is the latest, in decimal; undefined where none is kept, also by a server of mere files. */
async function fetchLatestSnapshot(origin: HttpOrigin, signal: AbortSignal): Promise<number | undefined> {
  try {
    const text = parseUtf8(await origin.ask('/log/snapshot/latest', { maxBytes: MAX_SIZE_LENGTH }, signal)).trim();
    if (/^[1-9][0-9]{0,15}$/.test(text)) return Number(text);
  } catch (error) {
    if (!isCodedError(error)) throw error;
    if (error.code === 'log.no-snapshot' || error.details.status === 404) return undefined;
    if (error.code !== 'encoding.utf8') throw error;
  }
  throw new CodedError('feed.answer', 'The network named its latest snapshot in a way that cannot be read.');
}

/** Whether the network says that there is no such tile; a cache or another log says so by the status alone. */
function isAbsent(error: unknown): boolean {
  if (!isCodedError(error)) return false;
  if (error.code === 'log.no-such-tile' || error.code === 'log.out-of-range') return true;
  if (error.code === 'log.no-lineage' || error.code === 'log.no-snapshot') return true;
  if (error.code === 'log.not-cosigned') return true;
  return error.code === 'feed.answer' && error.details.status === 404;
}

async function orAbsent<Answer>(asked: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asked;
  } catch (error) {
    // A network that is older than the question does not know it.
    if (isAbsent(error) || (isCodedError(error) && error.code.startsWith('request.'))) return undefined;
    throw error;
  }
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

/** Events of other names are of another time and are passed over. */
function* feedEvents({ event, data }: ServerEvent): Generator<FeedEvent | CosignedEvent> {
  if (event === 'end') throw endOf(parseEvent(data));
  if (event === 'cosigned') {
    const { cosigned } = parseEvent(data);
    if (typeof cosigned !== 'string') throw malformed();
    yield { cosigned };
  }
  if (event !== 'epoch' && event !== 'resync') return;
  const { checkpoint, from, entries } = parseEvent(data);
  const isPlace = typeof from === 'number' && Number.isSafeInteger(from) && from >= 0;
  if (typeof checkpoint !== 'string' || !isPlace) throw malformed();
  if (event === 'resync') yield { checkpoint, from, isResync: true };
  else if (entries === undefined) yield { checkpoint, from };
  else if (isTexts(entries)) yield { checkpoint, from, entries };
  else throw malformed();
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === 'string');
}

function parseEvent(data: string): JsonObject {
  try {
    return parseJsonObject(data, { maxLength: MAX_EVENT_BYTES, maxDepth: 4 });
  } catch (error) {
    if (!isCodedError(error)) throw error;
    throw malformed(error);
  }
}

function malformed(cause?: unknown): CodedError {
  return unproved('The network sent something else than was asked for.', {}, cause);
}

function parseAnswer(bytes: Uint8Array): JsonObject {
  return refuseCoded(
    () => parseJsonObject(parseUtf8(bytes), { maxLength: MAX_KEYS_BYTES, maxDepth: 4 }),
    'The network sent something else than JSON.',
  );
}

/** Why the network let go of us, in its words. */
function endOf({ code }: JsonObject): CodedError {
  const known = code === 'feed.slow' || code === 'feed.closed' ? code : 'feed.closed';
  return new CodedError(known, 'The network ended the stream of epochs.');
}
