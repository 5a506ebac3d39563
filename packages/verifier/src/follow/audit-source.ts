import {
  type CodedError,
  encodeUtf8,
  isCodedError,
  MAX_ENTRY_LENGTH,
  parseStatement,
  parseUtf8,
  type StatementParse,
  TILE_WIDTH,
} from '@holdfast/core';
import type { FeedSource } from './feed-source.ts';
import { fetchRange } from './proved-entries.ts';

/**
 * What an audit reads. With `fetchTile` (bytes of a tile of hashes, C2SP tlog-tiles) it can name an altered entry, with
 * `fetchBundle` one that is missing.
 */
export type AuditSource = Pick<FeedSource, 'fetchCheckpoint' | 'fetchEntries' | 'fetchSnapshot' | 'fetchLineage'> & {
  fetchBundle?(index: number, width: number, signal: AbortSignal): Promise<Uint8Array>;
  fetchTile?(level: number, index: number, width: number, signal: AbortSignal): Promise<Uint8Array>;
};

/** A bundle as far as it can be read: `fault` says in a sentence why it is not the whole of what was asked for. */
export type ReadEntries = {
  readonly entries: readonly { readonly bytes: Uint8Array; readonly parse: StatementParse }[];
  readonly fault?: string;
  /** The log no longer answers for them. */
  readonly isPruned?: boolean;
};

/** Reads the bundle that begins at `from`. Throws what the source throws when it cannot be reached. */
export async function readEntriesAt(
  source: AuditSource,
  from: number,
  to: number,
  signal: AbortSignal,
): Promise<ReadEntries> {
  try {
    if (source.fetchBundle !== undefined) {
      return readBundle(await source.fetchBundle(from / TILE_WIDTH, to - from, signal), to - from);
    }
    const entries = await fetchRange(source, from, to, signal);
    return { entries: entries.map((text) => ({ bytes: encodeUtf8(text), parse: parseStatement(text) })) };
  } catch (error) {
    if (!isAnswer(error)) throw error;
    return { entries: [], fault: error.message, isPruned: error.code === 'log.pruned' };
  }
}

const ANSWERS: ReadonlySet<string> = new Set([
  'feed.unproved',
  'feed.too-large',
  'log.out-of-range',
  'log.no-such-tile',
  'log.pruned',
]);

/** Whether the source has spoken: that a part of the log is not there is a finding, that nobody answers is none. */
function isAnswer(error: unknown): error is CodedError {
  if (!isCodedError(error)) return false;
  return ANSWERS.has(error.code) || (error.code === 'feed.answer' && error.details.status === 404);
}

/** Takes apart what is whole of a bundle (C2SP tlog-tiles), however it ends. */
function readBundle(bytes: Uint8Array, width: number): ReadEntries {
  const entries: { bytes: Uint8Array; parse: StatementParse }[] = [];
  let at = 0;
  while (entries.length < width) {
    const [high, low] = [bytes[at], bytes[at + 1]];
    const end = at + 2 + ((high ?? 0) << 8) + (low ?? 0);
    if (high === undefined || low === undefined || end > bytes.length) {
      return { entries, fault: `The bundle ends after ${entries.length} of ${width} entries.` };
    }
    entries.push(readEntry(bytes.subarray(at + 2, end)));
    at = end;
  }
  return at === bytes.length ? { entries } : { entries, fault: 'The bundle goes on after its last entry.' };
}

function readEntry(bytes: Uint8Array): ReadEntries['entries'][number] {
  try {
    return { bytes, parse: parseStatement(parseUtf8(bytes)) };
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return { bytes, parse: { ok: false, bytes, why: error.code } };
  }
}

export const MAX_BUNDLE_BYTES = TILE_WIDTH * (MAX_ENTRY_LENGTH + 2);

export type Answer<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly detail: string };

export function answerOf<Value>(work: () => Value): Answer<Value> {
  try {
    return { ok: true, value: work() };
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return { ok: false, detail: error.message };
  }
}

/** Only what the log says is an answer; that it cannot be reached is not. `codes` are more that are answers here. */
export async function answerOfAsync<Value>(
  work: () => Promise<Value>,
  codes = /^tile\.malformed$/,
): Promise<Answer<Value>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    if (!isAnswer(error) && !(isCodedError(error) && codes.test(error.code))) throw error;
    return { ok: false, detail: error.message };
  }
}
