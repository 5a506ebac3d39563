import { copyNetworkState, type NetworkState, parseStatement, type StatementParse, type Vkey } from '@holdfast/core';
import type { SignatureEngine } from '../signatures/engine.ts';
import { foldEntries } from './epoch-fold.ts';
import { genesisLogKey, logKeyOf, unproved } from './proved-entries.ts';

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
  if (copy.succeeding !== undefined) throw unproved('No quorum has opened this log as the one that succeeds ours.');
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
