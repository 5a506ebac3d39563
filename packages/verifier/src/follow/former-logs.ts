import {
  assert,
  CodedError,
  consistencyProof,
  encodeBase64url,
  isCodedError,
  type Position,
  parseBase64url,
  parseVkey,
  type ReadHash,
  readerOfTiles,
  subtreesRead,
  TILE_WIDTH,
  tilesOf,
  verifyConsistency,
} from '@holdfast/core';
import type { SignatureEngine } from '../signatures/engine.ts';
import type { Clock } from '../verify/clock.ts';
import { linkSignal } from './deadline.ts';
import type { FeedSource, FormerLog } from './feed-source.ts';
import type { KeptLog } from './kept-log.ts';
import type { EndedLog } from './log-key.ts';
import { asCoded, isSignedBy, parseSigned, type SignedCheckpoint, sizeOf, unproved } from './proved-entries.ts';

/** More that are named in a configuration are not asked. */
export const MAX_FORMER_LOGS = 16;

/** The source of one log of several: what it is read from changes while a copy of it is read. */
export type LentSource = {
  readonly source: FeedSource;
  /** Everything is read from the copy until the work is done. One at a time. */
  lend<Result>(copy: FormerLog, work: () => Promise<Result>): Promise<Result>;
};

export function createLentSource(own: FeedSource): LentSource {
  let copy: FormerLog | undefined;
  return {
    source: {
      fetchCheckpoint: (signal, atMost) => (copy ?? own).fetchCheckpoint(signal, atMost),
      fetchEntries: (from, to, signal) => (copy ?? own).fetchEntries(from, to, signal),
      fetchConsistencyProof: async (from, to, signal) => (copy ?? own).fetchConsistencyProof?.(from, to, signal),
      // A copy is read, and not believed about what its entries would give.
      fetchSnapshot: async (signal, size) => (copy === undefined ? own.fetchSnapshot?.(signal, size) : undefined),
      fetchLineage: async (signal) => (copy === undefined ? own.fetchLineage?.(signal) : undefined),
      fetchCosigned: async (signal) => (copy === undefined ? own.fetchCosigned?.(signal) : undefined),
      stream: (from, signal) => own.stream(from, signal),
    },
    async lend(from, work) {
      assert(copy === undefined, 'one copy of a log is read at a time');
      copy = from;
      try {
        return await work();
      } finally {
        copy = undefined;
      }
    },
  };
}

export type FormerLogOptions = {
  readonly log: KeptLog;
  readonly lent: LentSource;
  /** Asked in this order, again and again as long as any of them brings something. */
  readonly copies: readonly FormerLog[];
  /** Where the log ended, as a quorum has signed it. */
  readonly end: EndedLog;
  readonly engine: SignatureEngine;
  readonly clock: Clock;
  /** How long one copy is read from before the next is asked; what it has brought by then is kept. */
  readonly turnMs: number;
  /** Told why a copy was of no use. */
  readonly onDoubt: (error: unknown) => void;
};

/**
 * Reads a log that has ended up to its end, from whatever copies there are: each piece is proved to be of the very tree that the
 * quorum goes on from, signed by the key that its log had there, kept, and folded, as anything that is followed. Says nothing of how
 * far it came: that is kept, and the next call goes on from there. Throws what the store and the engine throw.
 */
export async function readToEnd(options: FormerLogOptions, signal: AbortSignal): Promise<void> {
  const { log, copies, end } = options;
  const size = () => log.checkpoint?.size ?? 0;
  let before: number;
  do {
    before = size();
    for (const copy of copies) {
      signal.throwIfAborted();
      if (size() >= end.from.size) return;
      await readCopy(options, copy, signal).catch((error: unknown) => {
        signal.throwIfAborted();
        if (!isCodedError(error)) throw error;
        options.onDoubt(error);
      });
    }
  } while (size() > before);
}

/** As far as one copy brings it; what it says of itself beyond the end is nobody's word. */
async function readCopy(options: FormerLogOptions, copy: FormerLog, outer: AbortSignal): Promise<void> {
  const { log, lent, end, clock, turnMs } = options;
  const { controller, release } = linkSignal(outer);
  const { signal } = controller;
  const timer = new AbortController();
  clock.sleep(turnMs, timer.signal).then(
    () => controller.abort(new CodedError('feed.timeout', 'This copy of the log takes too long; another is asked.')),
    () => undefined,
  );
  try {
    const whole = wholeReads(copy);
    const checkpoint = await findCheckpoint(options, copy, signal);
    const isPart = (piece: SignedCheckpoint) => isPartOfEnd(firstOf(copy, options.copies), piece, end.from, signal);
    await lent.lend(whole, () => log.accept({ checkpoint, atLeast: 0, isPart }, signal));
  } finally {
    timer.abort('in time');
    release();
  }
}

/** Whoever sends one entry of many, each just in time, would be read from for ever: what was asked for comes, or nothing. */
function wholeReads(copy: FormerLog): FormerLog {
  return {
    ...copy,
    fetchCheckpoint: (signal, atMost) => copy.fetchCheckpoint(signal, atMost),
    fetchConsistencyProof: async (from, to, signal) => copy.fetchConsistencyProof?.(from, to, signal),
    async fetchEntries(from, to, signal) {
      const read = await copy.fetchEntries(from, to, signal);
      const least = Math.min(to, (Math.floor(from / TILE_WIDTH) + 1) * TILE_WIDTH) - from;
      if (read.length >= least) return read;
      throw unproved('This copy of the log has fewer entries than it says.', { from, asked: least, read: read.length });
    },
  };
}

/** What the copy is read up to: where it ends itself, or where the log does, if anybody has the checkpoint of that. */
async function findCheckpoint(
  { copies, end, engine, log }: FormerLogOptions,
  copy: FormerLog,
  signal: AbortSignal,
): Promise<string> {
  const { size: endSize } = end.from;
  let fault: CodedError | undefined;
  for (const other of firstOf(copy, copies)) {
    const note = await other.fetchCheckpoint(signal, endSize).catch(asCoded);
    if (note instanceof Error) {
      if (other === copy) fault = note;
      continue;
    }
    const size = sizeOf(note) ?? endSize;
    if (other === copy && size < endSize) {
      if (size > (log.checkpoint?.size ?? 0)) return note;
      throw new CodedError('log.out-of-range', 'This copy of the log reaches no further than what is kept here.', {
        size,
      });
    }
    if (await isOfEnd(note, end, engine)) return note;
  }
  throw fault ?? unproved('Nobody has the checkpoint of the log where it is gone on from.', { size: endSize });
}

function firstOf(copy: FormerLog, copies: readonly FormerLog[]): readonly FormerLog[] {
  return [copy, ...copies.filter((other) => other !== copy)];
}

async function isOfEnd(note: string, { from, vkey }: EndedLog, engine: SignatureEngine): Promise<boolean> {
  try {
    const signed = parseSigned(note, from.log);
    const isThere = signed.size === from.size && encodeBase64url(signed.root) === from.root;
    return isThere && (await isSignedBy(signed, parseVkey(vkey), engine));
  } catch (error) {
    asCoded(error);
    return false;
  }
}

/** Whoever has stolen the key of the old log can sign any piece of it; what its quorum has signed, he cannot. */
async function isPartOfEnd(
  copies: readonly FormerLog[],
  { size, root }: SignedCheckpoint,
  { size: end, root: endRoot }: Position,
  signal: AbortSignal,
): Promise<boolean> {
  const toRoot = parseBase64url(endRoot);
  if (size === end) return encodeBase64url(root) === endRoot;
  for (const copy of copies) {
    const proof = await proveBy(copy, size, end, signal).catch(asCoded);
    if (proof === undefined || proof instanceof CodedError) continue;
    if (verifyConsistency({ from: size, fromRoot: root, to: end, toRoot, proof })) return true;
  }
  return false;
}

/** Of mere files the tiles, which reach as far as the latest checkpoint among them. */
async function proveBy(
  copy: FormerLog,
  from: number,
  to: number,
  signal: AbortSignal,
): Promise<readonly Uint8Array[] | undefined> {
  const proof = await copy.fetchConsistencyProof?.(from, to, signal);
  if (proof !== undefined || copy.fetchTile === undefined) return proof;
  const shown = sizeOf(await copy.fetchCheckpoint(signal)) ?? 0;
  if (shown < to) return undefined;
  const prove = (read: ReadHash) => consistencyProof(from, to, read);
  const tiles = new Map<string, Uint8Array>();
  for (const { level, index, width } of tilesOf(subtreesRead(prove), shown)) {
    tiles.set(`${level}/${index}`, await copy.fetchTile(level, index, width, signal));
  }
  return prove(readerOfTiles((level, index) => tiles.get(`${level}/${index}`)));
}
