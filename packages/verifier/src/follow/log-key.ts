import {
  copyNetworkState,
  type NetworkState,
  parseStatement,
  type Rulebook,
  type StatementParse,
  type Vkey,
} from '@holdfast/core';
import type { SignatureEngine } from '../signatures/engine.ts';
import { foldEntries } from './epoch-fold.ts';
import {
  genesisLogKey,
  genesisRules,
  isSignedBy,
  logKeyOf,
  parseSigned,
  type SignedCheckpoint,
  unproved,
  unsigned,
} from './proved-entries.ts';

/**
 * The key that the first entry names: of the genesis, which is believed by its digest; or of a succession, which is not
 * believed before it is folded on the state that it goes on from. Throws `feed.other-network`, `feed.unproved`.
 */
export function firstLogKey(entry: string, network: string, { succeeding }: Readonly<NetworkState>): Vkey {
  if (succeeding === undefined) return genesisLogKey(entry, network);
  const parse = parseStatement(entry);
  if (!parse.ok || parse.statement.body.type !== 'succession')
    throw unproved('The new log does not open with a succession.');
  return logKeyOf(parse.statement.body.rulebook);
}

/**
 * What everything in a log is believed by, as its first entry names it: the network, the keys of its roles and the name of the
 * log, which no later entry of the log changes; and the first key of the log, which later ones do.
 */
export type LogFounding = {
  readonly network: string;
  readonly origin: string;
  readonly keys: Rulebook['keys'];
  readonly first: Vkey;
};

/**
 * Of the log that begins with this entry on this state: an empty one for a genesis, which is believed by its digest; for a
 * succession the one that it goes on from, by whose rules its quorum is counted. Throws `feed.other-network`, `feed.unproved`.
 */
export async function foundingOf(
  entry: string,
  {
    network,
    before,
    engine,
  }: { readonly network: string; readonly before?: NetworkState | undefined; readonly engine: SignatureEngine },
): Promise<LogFounding> {
  if (before === undefined) {
    const first = genesisLogKey(entry, network);
    const { log, keys } = genesisRules(entry);
    return { network, origin: log.origin, keys, first };
  }
  const state = copyNetworkState(before);
  const first = firstLogKey(entry, network, state);
  await foldEntries(state, [parseStatement(entry)], engine);
  const { rulebook, succeeding } = state;
  if (rulebook === undefined || succeeding !== undefined) throw unopened();
  return { network, origin: rulebook.body.log.origin, keys: rulebook.body.keys, first };
}

function unopened() {
  return unproved('No quorum has opened this log as the one that succeeds ours.');
}

/** Opens a checkpoint that one of these keys has signed. Throws `feed.unproved`, as `openCheckpoint` does. */
export async function openByOneOf(
  note: string,
  vkeys: readonly Vkey[],
  engine: SignatureEngine,
): Promise<SignedCheckpoint> {
  const [first] = vkeys;
  const checkpoint = parseSigned(note, first?.name ?? '');
  for (const vkey of vkeys) if (await isSignedBy(checkpoint, vkey, engine)) return checkpoint;
  throw unsigned();
}

/** The key by which the log signs at the last epoch of the state; `first`, of its genesis, before there is one. */
export function keyInForce(state: Readonly<NetworkState>, first: Vkey): Vkey {
  return state.rulebook === undefined ? first : logKeyOf(state.rulebook.body);
}

/**
 * The key that these next entries leave in force, when they are folded on a copy. The state stays as it is, and is copied
 * only where the key can change: by an amendment that is announced, or among the entries.
 */
export async function keyAfter(
  state: NetworkState,
  parses: readonly StatementParse[],
  first: Vkey,
  engine: SignatureEngine,
): Promise<Vkey> {
  if (!mayChange(state, parses)) return keyInForce(state, first);
  const copy = copyNetworkState(state);
  await foldEntries(copy, parses, engine);
  if (copy.succeeding !== undefined) throw unopened();
  return keyInForce(copy, first);
}

function mayChange(
  { rulebook, scheduled, tree, succeeding }: NetworkState,
  parses: readonly StatementParse[],
): boolean {
  if (succeeding !== undefined) return true;
  const isAnnounced = scheduled.some(({ body }) => body.log.vkey !== rulebook?.body.log.vkey);
  // The first entry of the log is the rulebook whose key `first` is.
  const later = tree.size === 0 ? parses.slice(1) : parses;
  return isAnnounced || later.some((parse) => parse.ok && parse.statement.body.type === 'rulebook');
}
