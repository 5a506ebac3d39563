import {
  createNetworkState,
  createSuccessorState,
  encodeUtf8,
  type Lineage,
  leafHash,
  type NetworkState,
  parseStatement,
  type SuccessionStep,
} from '@holdfast/core';
import type { SignatureEngine } from '../signatures/engine.ts';
import { foldEntries } from './epoch-fold.ts';
import { MAX_ENTRIES_PER_READ } from './feed-source.ts';
import type { FollowerStore } from './follower-store.ts';
import { createSnapshotKeeper } from './snapshot-keeper.ts';
import type { SnapshotStore } from './snapshot-store.ts';

/** The log folded again up to some epoch. The next fold changes it in place: read it, never keep it. */
export type PastFold = {
  readonly state: NetworkState;
  /** RFC 6962 leaf hashes of all entries read; undefined where the log kept here begins at a snapshot. */
  readonly readHashes: () => Promise<readonly Uint8Array[] | undefined>;
  /** Entry 0 of the network's first log, and the epoch that is the last entry read. */
  readonly genesis: string;
  readonly epoch: string;
  /** How the network came to be in this log, where that is not its first. */
  readonly successions?: readonly SuccessionStep[];
};

export type PastRead<Result> =
  | { readonly ok: true; readonly value: Result }
  /** `lost`: the entries kept do not reach, or do not fold; `no-epoch`: the last entry of this size is not one. */
  | { readonly ok: false; readonly why: 'lost' | 'no-epoch' };

/**
 * What the network was at epochs of the past, from the entries that a follower has kept. One fold at a time; it is kept, so
 * that asking in the order of the log reads it once. An earlier epoch starts over: about a second for ten thousand entries.
 */
export interface PastLog {
  readEntries(from: number, to: number): Promise<readonly string[]>;
  /** Gives `use` the log as folded at the epoch that is entry `size` - 1. Throws what store, engine and `use` throw. */
  at<Result>(size: number, use: (fold: PastFold) => Result | Promise<Result>): Promise<PastRead<Result>>;
  /** Another log of the same network, by its name: one that this one has succeeded. Undefined for one that is not kept. */
  of?(log: string): PastLog | undefined;
}

type Folding = { -readonly [Member in keyof Omit<PastFold, 'readHashes' | 'successions'>]: PastFold[Member] };

/** Of a log that is not the network's first: what it goes on from, when that was read, and how it came about. */
export type PastOrigin = { readonly before?: NetworkState; readonly readLineage: () => Promise<Lineage | undefined> };

/** With `snapshots`, those that the follower has kept of its own fold, it starts from the nearest instead of entry 0. */
export function createPastLog(
  log: Pick<FollowerStore, 'readEntries'>,
  engine: SignatureEngine,
  snapshots?: SnapshotStore,
  { before, readLineage }: PastOrigin = { readLineage: async () => undefined },
): PastLog {
  // One that does not open costs time, and the follower has said so already.
  const keeper = createSnapshotKeeper({ snapshots, every: Number.MAX_SAFE_INTEGER, onDoubt: () => undefined });
  const startFold = (): Folding => {
    const state = before === undefined ? createNetworkState() : createSuccessorState(before);
    return { state, genesis: '', epoch: '' };
  };
  let fold = startFold();
  const hashes: Uint8Array[] = [];
  let underWay: Promise<unknown> = Promise.resolve();

  /** Of entries never changed: read once, and only by whoever proves something that stands on all of them. */
  async function readHashes(size: number): Promise<readonly Uint8Array[] | undefined> {
    while (hashes.length < size) {
      const from = hashes.length;
      const entries = await log.readEntries(from, Math.min(size, from + MAX_ENTRIES_PER_READ));
      if (entries.length === 0) return undefined;
      for (const entry of entries) hashes.push(leafHash(encodeUtf8(entry)));
    }
    return hashes.slice(0, size);
  }

  async function startNear(size: number): Promise<Folding> {
    if (snapshots === undefined) return startFold();
    const [genesis = ''] = await log.readEntries(0, 1);
    const state = await keeper.read(size, log);
    if (state === undefined) return startFold();
    const [epoch = ''] = await log.readEntries(state.tree.size - 1, state.tree.size);
    return { state, genesis, epoch };
  }

  async function foldTo(size: number): Promise<Folding | undefined> {
    if (fold.state.tree.size === 0 || fold.state.tree.size > size) fold = await startNear(size);
    while (fold.state.tree.size < size) {
      const from = fold.state.tree.size;
      const entries = await log.readEntries(from, Math.min(size, from + MAX_ENTRIES_PER_READ));
      if (entries.length === 0) {
        // Where the follower went on from a snapshot there is a gap, and the snapshot on its other side.
        const beyond = await startNear(size);
        if (beyond.state.tree.size <= from) return undefined;
        fold = beyond;
        continue;
      }
      if (from === 0) fold.genesis = entries[0] ?? '';
      fold.epoch = entries.at(-1) ?? '';
      const { refusedEpoch } = await foldEntries(fold.state, entries.map(parseStatement), engine);
      if (refusedEpoch !== undefined) return undefined;
    }
    return fold;
  }

  async function readAt<Result>(
    size: number,
    use: (fold: PastFold) => Result | Promise<Result>,
  ): Promise<PastRead<Result>> {
    const [last] = await log.readEntries(size - 1, size);
    if (last === undefined) return { ok: false, why: 'lost' };
    // Looked at before anything is folded: whoever makes a size up has only one entry read.
    if (!isEpoch(last)) return { ok: false, why: 'no-epoch' };
    try {
      const folded = await foldTo(size);
      if (folded?.state.position?.size === size) {
        const lineage = await readLineage();
        return { ok: true, value: await use({ ...folded, ...lineage, readHashes: () => readHashes(size) }) };
      }
    } catch (error) {
      fold = startFold();
      throw error;
    }
    fold = startFold();
    return { ok: false, why: 'lost' };
  }

  return {
    readEntries: (from, to) => log.readEntries(from, to),
    at(size, use) {
      // Whatever stopped one fold half way, the next one starts from a fold that is whole.
      const next = underWay.then(() => readAt(size, use));
      underWay = next.catch(() => undefined);
      return next;
    },
  };
}

function isEpoch(text: string): boolean {
  const parse = parseStatement(text);
  return parse.ok && parse.statement.body.type === 'epoch';
}
