import {
  appendLeaf,
  type Checkpoint,
  CodedError,
  type CompactTree,
  compactRoot,
  copyCompactTree,
  encodeBase64url,
  encodeUtf8,
  equalBytes,
  isCodedError,
  judgeNote,
  leafHash,
  MAX_ENTRY_LENGTH,
  noteChecks,
  parseCheckpoint,
  parseNote,
  parseStatement,
  parseVkey,
  type Rulebook,
  sha256,
  type Vkey,
} from '@holdfast/core';
import type { SignatureEngine } from '../signatures/engine.ts';
import { type FeedSource, MAX_ENTRIES_PER_READ } from './feed-source.ts';

export type SignedCheckpoint = Checkpoint & { readonly note: string };

export function unproved(sentence: string, details: Record<string, unknown> = {}, cause?: unknown): CodedError {
  return new CodedError('feed.unproved', sentence, details, cause);
}

const LOG_KEYS = new WeakMap<Rulebook['log'], Vkey>();

/**
 * The key under which a network's log signs, from the rulebook that names it; read once, as every epoch asks for it. Throws
 * `feed.unproved`.
 */
export function logKeyOf({ log }: Pick<Rulebook, 'log'>): Vkey {
  const known = LOG_KEYS.get(log);
  if (known !== undefined) return known;
  const vkey = refuseCoded(() => parseVkey(log.vkey), 'The rulebook names a log key that cannot be read.');
  if (vkey.name !== log.origin) throw unproved('The log key of the rulebook does not bear the name of the log.');
  LOG_KEYS.set(log, vkey);
  return vkey;
}

/**
 * The log key that a genesis entry names, once the entry is the one that the network is named after: what a follower
 * trusts before it has read anything. Throws `feed.other-network`, `feed.unproved`.
 */
export function genesisLogKey(entry: string, network: string): Vkey {
  const bytes = encodeUtf8(entry);
  const name = encodeBase64url(sha256(bytes));
  if (name !== network) {
    throw new CodedError('feed.other-network', 'The first entry is not the genesis of the network that is followed.', {
      expected: network,
      found: name,
    });
  }
  return logKeyOf(genesisRules(entry));
}

/** The rules in a first entry that founds a network. Throws `feed.unproved`. */
export function genesisRules(entry: string): Rulebook {
  const parse = parseStatement(entry);
  if (parse.ok && parse.statement.body.type === 'rulebook') return parse.statement.body.body;
  throw unproved('The genesis is not a rulebook.');
}

/**
 * Opens a signed checkpoint of this log. Throws `feed.unproved` for anything but the log's own word about itself: another
 * origin, a bad or missing signature of the log's key, a note or checkpoint that is malformed.
 */
export async function openCheckpoint(note: string, vkey: Vkey, engine: SignatureEngine): Promise<SignedCheckpoint> {
  const checkpoint = parseSigned(note, vkey.name);
  if (await isSignedBy(checkpoint, vkey, engine)) return checkpoint;
  throw unsigned();
}

/** A checkpoint of this log that nobody has verified yet. Throws `feed.unproved` for what is none, or another log's. */
export function parseSigned(note: string, origin: string): SignedCheckpoint {
  const checkpoint = refuseCoded(
    () => parseCheckpoint(parseNote(note).text),
    'The checkpoint is not a signed note of one.',
  );
  if (checkpoint.origin !== origin) throw unproved('The checkpoint is one of another log.');
  return { ...checkpoint, note };
}

/** Whether it bears the signature of this key. Throws `feed.unproved` when it bears one that does not hold. */
export async function isSignedBy({ note }: SignedCheckpoint, vkey: Vkey, engine: SignatureEngine): Promise<boolean> {
  const parsed = parseNote(note);
  const { checks } = noteChecks(parsed, [vkey]);
  const judged = judgeNote(parsed, [vkey], await engine.verify(checks));
  if (judged.accepted) return true;
  if (judged.why === 'no-known-signer') return false;
  throw unsigned(judged.why);
}

/** Whether some key of the log's own name has signed: one that we do not know may have come into force meanwhile. */
export function maySignLater({ note, origin }: SignedCheckpoint): boolean {
  return parseNote(note).signatures.some(({ name }) => name === origin);
}

export function unsigned(why = 'no-known-signer'): CodedError {
  return unproved('The checkpoint is not signed by the key of this log.', { why });
}

export function refuseCoded<Result>(parse: () => Result, sentence: string): Result {
  try {
    return parse();
  } catch (error) {
    if (!isCodedError(error)) throw error;
    throw unproved(sentence, { why: error.code }, error);
  }
}

/** Whether `entries` after the tree give the checkpoint's tree. The tree stays as it was. */
export function isProved(tree: CompactTree, entries: readonly string[], checkpoint: Checkpoint): boolean {
  if (tree.size + entries.length !== checkpoint.size) return false;
  const grown = copyCompactTree(tree);
  for (const entry of entries) appendLeaf(grown, leafHash(encodeUtf8(entry)));
  return equalBytes(compactRoot(grown), checkpoint.root);
}

/** Entries `from` to `to` in as many reads as it takes. Throws `feed.unproved`, `feed.too-large`, what the source throws. */
export async function fetchRange(
  source: Pick<FeedSource, 'fetchEntries'>,
  from: number,
  to: number,
  signal: AbortSignal,
): Promise<string[]> {
  const entries: string[] = [];
  while (entries.length < to - from) {
    const at = from + entries.length;
    const read = await source.fetchEntries(at, Math.min(to, at + MAX_ENTRIES_PER_READ), signal);
    // Also what ends the loop: each read brings an entry, and never more than were asked for.
    if (read.length < 1 || read.length > Math.min(to - at, MAX_ENTRIES_PER_READ)) {
      throw unproved('The network sent no entries, or more than were asked for.', { from: at, count: read.length });
    }
    assertEntries(read);
    entries.push(...read);
  }
  return entries;
}

/** A lone surrogate would be hashed as another text than the one kept. */
export function assertEntries(entries: readonly string[]): void {
  for (const entry of entries) {
    if (entry.length > MAX_ENTRY_LENGTH || encodeUtf8(entry).length > MAX_ENTRY_LENGTH) {
      throw tooLarge(`An entry of a log has at most ${MAX_ENTRY_LENGTH} bytes.`);
    }
    if (/\p{Surrogate}/u.test(entry)) throw unproved('An entry is not well-formed text.');
  }
}

export function tooLarge(sentence: string, details: Record<string, unknown> = {}): CodedError {
  return new CodedError('feed.too-large', sentence, details);
}

/** Size of a signed checkpoint, which nobody has verified. Undefined for what is no checkpoint: whoever relies on it will find out. */
export function sizeOf(checkpoint: string): number | undefined {
  try {
    return parseCheckpoint(parseNote(checkpoint).text).size;
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return undefined;
  }
}

/** What strangers may have caused, to be told of; anything else is thrown on. */
export function asCoded(error: unknown): CodedError {
  if (isCodedError(error)) return error;
  throw error;
}
