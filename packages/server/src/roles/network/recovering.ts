import {
  appendLeaf,
  CodedError,
  compactRoot,
  copyCompactTree,
  encodeBase64url,
  encodeUtf8,
  leafHash,
  type NetworkState,
  parseCheckpoint,
  parseNote,
  parseStatement,
} from '@holdfast/core';
import {
  createSnapshotKeeper,
  type FeedSource,
  fetchRange,
  foldEntries,
  logKeyOf,
  openCheckpoint,
  type SignatureEngine,
} from '@holdfast/verifier';
import type { LogMark } from '../../ports/log-mark.ts';
import type { LogStore } from '../../ports/log-store.ts';
import { DurableLog } from './durable-log.ts';

/** Where entries that the store has not are read: a mirror, a copied folder, what a follower has kept. Nothing of it is believed. */
export type RecoverySource = Pick<FeedSource, 'fetchCheckpoint' | 'fetchEntries'>;

export type RecoveryPorts = {
  readonly store: LogStore;
  readonly mark: LogMark;
  readonly engine: SignatureEngine;
  /** The first entry that this log has. */
  readonly genesis: string;
  /** Of a log that succeeds another: its state at the position that the first entry names. */
  readonly predecessor?: NetworkState;
  /** Told how far it has come. */
  readonly report?: (size: number, of: number) => void;
};

export type Recovered = {
  /** Entries before, and now. */
  readonly from: number;
  readonly size: number;
  /** base64url: the root of the checkpoint that proves them. */
  readonly root: string;
  /** Entries that had been shown, by the mark; more than `size` while some of them are missing still. */
  readonly shown: number;
};

/** Entries in one write, all of it or nothing; a longer tail is several of them. */
const MAX_TAIL = 16_384;

/**
 * Appends to a store that was set back what this log had published after it, byte for byte: as much as a checkpoint proves that
 * the log's own key has signed, after everything before it was folded. A source that says something else than the store has, or
 * whose entries its checkpoint does not prove, changes nothing: `log.recover-elsewhere`, `log.recover-unproved`. Safe to repeat.
 */
export async function recoverLog(ports: RecoveryPorts, source: RecoverySource): Promise<Recovered> {
  const { store, engine, mark, predecessor } = ports;
  const keeper = createSnapshotKeeper({
    every: Number.MAX_SAFE_INTEGER,
    snapshots: undefined,
    onDoubt: () => undefined,
  });
  const log = new DurableLog(store, engine, keeper, predecessor);
  await log.catchUp();
  const from = log.size;
  const marked = await mark.read();
  const { signal } = new AbortController();
  const end = sizeOf(await source.fetchCheckpoint(signal));
  let size = from;
  while (size < end) {
    const note = await fetchWithin(source, Math.min(end, size + MAX_TAIL), signal);
    const next = sizeOf(note);
    if (next <= size) throw unproved('no checkpoint within reach of what is here', { size, next });
    await appendProved(ports, log, { note, next, source, marked }, signal);
    size = next;
    ports.report?.(size, end);
  }
  await assertSame(log, source, end, signal);
  const root = encodeBase64url(compactRoot(log.state.tree));
  const shown = marked?.size ?? 0;
  // From here on the log is known to have been shown as far as this, also where the mark had lagged behind.
  if (size > from && size >= shown) await mark.write({ size, root });
  return { from, size, root, shown };
}

/** A checkpoint of the whole source, or where that is too far, of as much as one write takes. */
async function fetchWithin(source: RecoverySource, atMost: number, signal: AbortSignal): Promise<string> {
  const note = await source.fetchCheckpoint(signal);
  if (sizeOf(note) <= atMost) return note;
  return source.fetchCheckpoint(signal, atMost - (atMost % 256));
}

type Tail = {
  readonly note: string;
  readonly next: number;
  readonly source: RecoverySource;
  readonly marked: { readonly size: number; readonly root: string } | undefined;
};

async function appendProved(
  { store, engine, genesis }: RecoveryPorts,
  log: DurableLog,
  { note, next, source, marked }: Tail,
  signal: AbortSignal,
): Promise<void> {
  const from = log.size;
  const entries = await fetchRange(source, from, next, signal);
  if (from === 0 && entries[0] !== genesis) throw elsewhere('it begins with another entry than this network');
  const grown = copyCompactTree(log.state.tree);
  const rootAt = new Map<number, string>();
  for (const entry of entries) {
    appendLeaf(grown, leafHash(encodeUtf8(entry)));
    if (grown.size === marked?.size) rootAt.set(grown.size, encodeBase64url(compactRoot(grown)));
  }
  const { root } = parseCheckpoint(parseNote(note).text);
  if (encodeBase64url(compactRoot(grown)) !== encodeBase64url(root)) {
    throw elsewhere('its checkpoint is not of what is here and what it has more', { size: next });
  }
  if (marked !== undefined && rootAt.has(marked.size) && rootAt.get(marked.size) !== marked.root) {
    throw elsewhere('this is not what was shown from here before', { size: marked.size });
  }
  const { refusedEpoch } = await foldEntries(log.state, entries.map(parseStatement), engine);
  const { rulebook, position } = log.state;
  if (refusedEpoch !== undefined || rulebook === undefined || position?.size !== next) {
    throw unproved('an epoch in it does not say what its log says', { size: next });
  }
  await openCheckpoint(note, logKeyOf(rulebook.body), engine).catch((cause: unknown) => {
    throw unproved('the key of this log has not signed its checkpoint', { size: next }, cause);
  });
  await store.append(from, entries, note);
  log.noteAppended(entries.length);
}

/** What the source has of that which is here already has to be the same. */
async function assertSame(log: DurableLog, source: RecoverySource, end: number, signal: AbortSignal): Promise<void> {
  if (end > log.size || end === 0) return;
  const [theirs] = await source.fetchEntries(end - 1, end, signal);
  const [ours] = await log.read(end - 1, end);
  if (theirs !== ours) throw elsewhere('it has another entry in a place that is taken here', { index: end - 1 });
}

function sizeOf(note: string): number {
  return parseCheckpoint(parseNote(note).text).size;
}

function elsewhere(why: string, details: Record<string, unknown> = {}): CodedError {
  const sentence = `This copy is of another history than the database (${why}); nothing was appended. Name a copy of this log.`;
  return new CodedError('log.recover-elsewhere', sentence, details);
}

function unproved(why: string, details: Record<string, unknown>, cause?: unknown): CodedError {
  const sentence = `This copy does not prove what it has (${why}); nothing of it was appended. Find another one.`;
  return new CodedError('log.recover-unproved', sentence, details, cause);
}
