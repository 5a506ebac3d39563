import { CodedError, isCodedError, type JsonObject, parseJsonObject, parseUtf8 } from '@holdfast/core';
import type { CosignedEvent, FeedEvent } from '@holdfast/verifier';

/** What a channel carries in one message at most; longer epochs go without their entries, which are read from the log. */
export const MAX_MESSAGE_BYTES = 524_288;

const MAX_ENTRIES_BYTES = 393_216;
const malformed = 'Something came over the channel of epochs that is none.';

/** The event as it fits into one message. */
export function fitMessage(event: FeedEvent | CosignedEvent): FeedEvent | CosignedEvent {
  if ('cosigned' in event) return { cosigned: event.cosigned };
  const { checkpoint, from, entries } = event;
  const length = (entries ?? []).reduce((sum, entry) => sum + entry.length + 3, 0);
  return entries === undefined || length > MAX_ENTRIES_BYTES ? { checkpoint, from } : { checkpoint, from, entries };
}

/** Parses a message. Throws `feed.channel` for anything else: nothing that comes over a channel is believed. */
export function parseChannelEvent(bytes: Uint8Array): FeedEvent | CosignedEvent {
  const { cosigned, checkpoint, from, entries } = parseMessage(bytes);
  if (typeof cosigned === 'string') return { cosigned };
  const isPlace = typeof from === 'number' && Number.isSafeInteger(from) && from >= 0;
  if (typeof checkpoint !== 'string' || !isPlace) throw new CodedError('feed.channel', malformed);
  if (entries === undefined) return { checkpoint, from };
  const isTexts = Array.isArray(entries) && entries.every((entry) => typeof entry === 'string');
  if (!isTexts) throw new CodedError('feed.channel', malformed);
  return { checkpoint, from, entries: entries as readonly string[] };
}

function parseMessage(bytes: Uint8Array): JsonObject {
  try {
    if (bytes.length > MAX_MESSAGE_BYTES) throw new CodedError('feed.channel', malformed);
    return parseJsonObject(parseUtf8(bytes), { maxLength: MAX_MESSAGE_BYTES, maxDepth: 4 });
  } catch (error) {
    if (!isCodedError(error)) throw error;
    throw new CodedError('feed.channel', malformed, {}, error);
  }
}

/** Size and root of an epoch's tree: no forger knows the root of one that was not minted yet. */
export function nameOf(event: FeedEvent | CosignedEvent): string {
  const [, size = '', root = ''] = ('cosigned' in event ? event.cosigned : event.checkpoint).split('\n', 3);
  return `${size}.${root}`;
}

/** Entries before the end of an epoch, as its checkpoint says without proof. */
export function sizeOf({ checkpoint }: FeedEvent): number {
  return Number(checkpoint.split('\n', 2)[1]);
}
