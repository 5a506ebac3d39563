import { createNetworkState, encodeUtf8, leafHash, type NetworkState, parseStatement } from '@holdfast/core';
import type { SignatureEngine } from '../signatures/engine.ts';
import { foldEntries } from './epoch-fold.ts';
import { MAX_ENTRIES_PER_READ } from './feed-source.ts';
import type { FollowerStore } from './follower-store.ts';

/** The log folded again up to some epoch. The next fold changes it in place: read it, never keep it. */
export type PastFold = {
  readonly state: NetworkState;
  /** RFC 6962 leaf hashes of the entries read. */
  readonly hashes: readonly Uint8Array[];
  /** Entry 0, and the epoch that is the last entry read. */
  readonly genesis: string;
  readonly epoch: string;
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
}

type Folding = { -readonly [Member in keyof PastFold]: PastFold[Member] } & { readonly hashes: Uint8Array[] };

export function createPastLog(log: Pick<FollowerStore, 'readEntries'>, engine: SignatureEngine): PastLog {
  let fold = startFold();
  let underWay: Promise<unknown> = Promise.resolve();

  async function foldTo(size: number): Promise<Folding | undefined> {
    if (fold.hashes.length > size) fold = startFold();
    while (fold.hashes.length < size) {
      const from = fold.hashes.length;
      const entries = await log.readEntries(from, Math.min(size, from + MAX_ENTRIES_PER_READ));
      if (entries.length === 0) return undefined;
      if (from === 0) fold.genesis = entries[0] ?? '';
      fold.epoch = entries.at(-1) ?? '';
      const { refusedEpoch } = await foldEntries(fold.state, entries.map(parseStatement), engine);
      for (const entry of entries) fold.hashes.push(leafHash(encodeUtf8(entry)));
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
      if (folded?.state.position?.size === size) return { ok: true, value: await use(folded) };
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

function startFold(): Folding {
  return { state: createNetworkState(), hashes: [], genesis: '', epoch: '' };
}

function isEpoch(text: string): boolean {
  const parse = parseStatement(text);
  return parse.ok && parse.statement.body.type === 'epoch';
}
