import {
  CodedError,
  isCodedError,
  type JsonObject,
  MAX_LINEAGE_LENGTH,
  MAX_SNAPSHOT_BYTES,
  parseJsonObject,
  parseUtf8,
} from '@holdfast/core';
import { createPlatformClock } from '../verify/clock.ts';
import type { AuditSource } from './audit-source.ts';
import { within } from './deadline.ts';
import { readEvents, type ServerEvent } from './event-stream.ts';
import { type CosignedEvent, type FeedEvent, type FeedSource, isCosigned } from './feed-source.ts';
import { createHttpLog, isAbsent, isTexts, orAbsent } from './http-log.ts';
import { createHttpOrigin, type HttpOrigin, type HttpOriginOptions } from './http-origin.ts';
import type { LearningFrom, ShownKeys } from './learn-log-key.ts';
import { refuseCoded, unproved } from './proved-entries.ts';

export type HttpFeedOptions = HttpOriginOptions & {
  /** The stream counts as broken when nothing came for so long, not even a heartbeat. */
  readonly idleTimeoutMs?: number;
};

export type HttpFeed = Required<FeedSource> &
  Required<Pick<AuditSource, 'fetchBundle' | 'fetchTile'>> &
  Pick<LearningFrom, 'fetchKeys'>;

const MAX_CHECKPOINT_BYTES = 524_288;
const MAX_EVENT_BYTES = 1_048_576;
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
  const { note, ...log } = createHttpLog(origin, '/log');

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

  async function fetchKeys(signal: AbortSignal): Promise<ShownKeys> {
    const shown = parseAnswer(await origin.ask('/log/keys', { maxBytes: MAX_KEYS_BYTES }, signal));
    const { checkpoint, epoch, rulebook, inclusion } = shown;
    const isShown = typeof checkpoint === 'string' && typeof epoch === 'string' && isTexts(rulebook);
    if (isShown && isTexts(inclusion)) return { checkpoint: note(checkpoint), epoch, rulebook, inclusion };
    throw malformed();
  }

  return {
    ...log,
    former: (place) => createHttpLog(origin, `/log/former/${place}`),
    fetchCosigned,
    fetchKeys,
    fetchLineage: (signal) =>
      orAbsent(origin.ask('/log/lineage', { maxBytes: MAX_LINEAGE_LENGTH }, signal).then(parseUtf8)),
    stream,
    async fetchSnapshot(signal, wanted) {
      const size = wanted ?? (await fetchLatestSnapshot(origin, signal));
      if (size === undefined) return undefined;
      return orAbsent(origin.ask(`/log/snapshot/${size}`, { maxBytes: MAX_SNAPSHOT_BYTES }, signal));
    },
  };
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
