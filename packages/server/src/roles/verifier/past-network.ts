import {
  CodedError,
  canonicalJson,
  changeKey,
  createNetworkState,
  type DecidingEntry,
  encodeBase64url,
  encodeUtf8,
  findDecidingEntry,
  inclusionProof,
  leafHash,
  listLeaf,
  listLeaves,
  type NetworkState,
  type Position,
  packStatuses,
  parseStatement,
  parseUtf8,
  partyLeaves,
  type ReplayBundle,
  readerOfLeaves,
  rulebookLeaves,
  sortLeaves,
} from '@holdfast/core';
import { foldEntries, MAX_ENTRIES_PER_READ, type SignatureEngine } from '@holdfast/verifier';
import type { VerifierFeed } from './neighbours.ts';

export type ProvedNetwork = NonNullable<ReplayBundle['network']>;

/** Makes proofs of what the network was at positions of the past. */
export type PastNetwork = {
  /** Everything a verdict at `position` read of the network, proved; `list` names the one status list it may have read. */
  prove(position: Position, list: string | undefined): Promise<ProvedNetwork>;
  /** The entry that had given an index its status by then, and who decided it; undefined when none had. */
  decide(position: Position, subject: StatusReference): Promise<DecidingEntry | undefined>;
};

type StatusReference = { readonly uri: string; readonly index: number };

type Fold = { readonly state: NetworkState; readonly hashes: Uint8Array[]; genesis: string; epoch: string };

/**
 * Folds the kept log again up to where a verdict stood. One fold at a time; it is kept, so that asking for verdicts in
 * their order reads the log once. An earlier position starts over: about a second for ten thousand entries.
 */
export function createPastNetwork(log: VerifierFeed['store'], engine: SignatureEngine): PastNetwork {
  let fold = startFold();
  let underWay: Promise<unknown> = Promise.resolve();

  async function foldTo(size: number): Promise<Fold> {
    if (fold.hashes.length > size) fold = startFold();
    while (fold.hashes.length < size) {
      const from = fold.hashes.length;
      const entries = await log.readEntries(from, Math.min(size, from + MAX_ENTRIES_PER_READ));
      if (entries.length === 0) throw lost(size);
      if (from === 0) fold.genesis = entries[0] ?? '';
      fold.epoch = entries.at(-1) ?? '';
      const { refusedEpoch } = await foldEntries(fold.state, entries.map(parseStatement), engine);
      for (const entry of entries) fold.hashes.push(leafHash(encodeUtf8(entry)));
      if (refusedEpoch !== undefined) throw lost(size);
    }
    return fold;
  }

  /** One fold at a time; whatever stopped one half way, the next one starts from a fold that is whole. */
  function withFold<Result>(position: Position, use: (at: Fold) => Result | Promise<Result>): Promise<Result> {
    const next = underWay.then(async () => {
      try {
        const at = await foldTo(position.size);
        const { size, root } = at.state.position ?? {};
        if (size !== position.size || root !== position.root) throw lost(position.size);
        return await use(at);
      } catch (error) {
        fold = startFold();
        throw error;
      }
    });
    underWay = next.catch(() => undefined);
    return next;
  }

  return {
    prove: (position, list) => withFold(position, (at) => proveNetwork(at, position, list)),
    decide: (position, subject) => withFold(position, ({ state }) => findDeciding(log, state, subject)),
  };
}

function startFold(): Fold {
  return { state: createNetworkState(), hashes: [], genesis: '', epoch: '' };
}

function proveNetwork(at: Fold, position: Position, listId: string | undefined): ProvedNetwork {
  const { state, hashes, genesis, epoch } = at;
  const proof = inclusionProof(position.size - 1, position.size, readerOfLeaves(hashes));
  const list = listId === undefined ? undefined : proveList(state, listId);
  return {
    genesis,
    epoch: { entry: epoch, inclusion: proof.map(encodeBase64url) },
    rulebook: rulebookLeaves(state).map(parseUtf8),
    parties: partyLeaves(state).map(parseUtf8),
    critical: [...state.critical].map((subject) => canonicalJson([subject])),
    ...(list === undefined ? {} : { list }),
  };
}

function proveList(state: NetworkState, id: string): ProvedNetwork['list'] {
  const list = state.lists.get(id);
  if (list === undefined) return undefined;
  const leaf = parseUtf8(listLeaf(list));
  const leaves = sortLeaves(listLeaves(state));
  const index = leaves.findIndex((other) => parseUtf8(other) === leaf);
  const proof = inclusionProof(index, leaves.length, readerOfLeaves(leaves.map(leafHash)));
  return {
    leaf,
    index,
    count: leaves.length,
    proof: proof.map(encodeBase64url),
    packed: encodeBase64url(packStatuses(list.values, list.bits)),
  };
}

/** An epoch follows a change within a tick; looking further would only find a network that has stopped. */
const MAX_READS_TO_EPOCH = 40;

async function findDeciding(
  log: VerifierFeed['store'],
  state: NetworkState,
  { uri: list, index }: StatusReference,
): Promise<DecidingEntry | undefined> {
  const change = state.changes.get(changeKey(list, index));
  if (change === undefined) return undefined;
  const entries = new Map<number, string>();
  const read = async (from: number, to: number) => {
    const texts = await log.readEntries(from, to);
    texts.forEach((text, i) => {
      entries.set(from + i, text);
    });
    return texts;
  };
  for (const decision of change.decisions) await read(decision, decision + 1);
  const { size } = state.tree;
  for (let i = 0, from = change.entry; i < MAX_READS_TO_EPOCH && from < size; i += 1, from += MAX_ENTRIES_PER_READ) {
    const texts = await read(from, Math.min(size, from + MAX_ENTRIES_PER_READ));
    if (texts.length === 0 || texts.some(isEpoch)) break;
  }
  return findDecidingEntry(state, { list, index }, (entry) => entries.get(entry));
}

function isEpoch(text: string): boolean {
  const parse = parseStatement(text);
  return parse.ok && parse.statement.body.type === 'epoch';
}

function lost(size: number): CodedError {
  return new CodedError('verdict.log-lost', 'The log kept here does not reach back to where this verdict stood.', {
    size,
  });
}
