import {
  appendLeaf,
  assert,
  compactRoot,
  copyCompactTree,
  createEpoch,
  encodeUtf8,
  leafHash,
  type NetworkState,
  type PublicJwk,
  parseStatement,
  type Rulebook,
  rulebookAt,
  type StatementParse,
  statementChecks,
  thumbprint,
} from '@holdfast/core';
import type { SignatureEngine, SignedCheckpoint } from '@holdfast/verifier';
import type { Signer } from '../../ports/signer.ts';
import { checkpointSigners, findLogKey, otherKeys } from './log-keys.ts';
import { signCheckpoint, signStatement } from './statement-signing.ts';

/** The signer's name for the key of the epochs (ES256). */
export const NETWORK_KEY = 'network';

/** Throws `network.other-keys` unless the signer holds the keys that the rulebook names. */
export async function readNetworkKey(signer: Signer, rulebook: Rulebook): Promise<PublicJwk> {
  const network = await signer.readPublicKey(NETWORK_KEY);
  if (thumbprint(network) !== thumbprint(rulebook.keys.network)) throw otherKeys();
  if ((await findLogKey(signer, rulebook.log.vkey)) === undefined) throw otherKeys();
  return network;
}

/** An epoch and the checkpoint of the log with it. Not to be shown to anybody before both are durable. */
export type SignedEpoch = {
  readonly entry: string;
  readonly parse: StatementParse;
  readonly results: readonly boolean[];
  readonly checkpoint: SignedCheckpoint;
};

/** Signs the epoch that comes next, and leaves the state as it is. Throws what the signer and the engine throw. */
export async function signEpoch(
  state: NetworkState,
  time: number,
  ports: { readonly signer: Signer; readonly engine: SignatureEngine; readonly key: PublicJwk },
): Promise<SignedEpoch> {
  const { signer, engine, key } = ports;
  const log = rulebookAt(state, time)?.body.log;
  assert(log !== undefined, 'a log begins with its rulebook');
  const entry = await signStatement(createEpoch(state, time), { signer, name: NETWORK_KEY, key });
  const parse = parseStatement(entry);
  const results = await engine.verify(statementChecks(state, parse));
  // A key that changed under its name would make a log that nobody can follow.
  if (results[0] !== true) throw otherKeys();
  const tree = appendLeaf(copyCompactTree(state.tree), leafHash(encodeUtf8(entry)));
  const checkpoint = { origin: log.origin, size: tree.size, root: compactRoot(tree) };
  const note = await signCheckpoint(checkpoint, signer, await checkpointSigners(signer, log, time));
  return { entry, parse, results, checkpoint: { ...checkpoint, extensions: [], note } };
}
