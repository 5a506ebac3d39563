import { copyNetworkState, type NetworkState, type StatementParse, type Vkey } from '@holdfast/core';
import type { SignatureEngine } from '../signatures/engine.ts';
import { foldEntries } from './epoch-fold.ts';
import { logKeyOf } from './proved-entries.ts';

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
  return keyInForce(copy, first);
}

function mayChange({ rulebook, scheduled, tree }: NetworkState, parses: readonly StatementParse[]): boolean {
  const isAnnounced = scheduled.some(({ body }) => body.log.vkey !== rulebook?.body.log.vkey);
  // The first entry of the log is the rulebook whose key `first` is.
  const later = tree.size === 0 ? parses.slice(1) : parses;
  return isAnnounced || later.some((parse) => parse.ok && parse.statement.body.type === 'rulebook');
}
