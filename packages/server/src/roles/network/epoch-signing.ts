import {
  appendLeaf,
  CodedError,
  compactRoot,
  copyCompactTree,
  createEpoch,
  encodeUtf8,
  leafHash,
  type NetworkState,
  type PublicJwk,
  parseStatement,
  type Rulebook,
  type StatementParse,
  statementChecks,
  thumbprint,
  type Vkey,
  vkeyOf,
} from '@holdfast/core';
import { logKeyOf, type SignatureEngine, type SignedCheckpoint } from '@holdfast/verifier';
import type { Signer } from '../../ports/signer.ts';
import { signCheckpoint, signStatement } from './statement-signing.ts';

/** The signer's names for the key of the log's notes (Ed25519) and for the key of the epochs (ES256). */
export const LOG_KEY = 'log';
export const NETWORK_KEY = 'network';

export type EpochKeys = { readonly network: PublicJwk; readonly vkey: Vkey };

type NetworkSigner = Pick<Signer, 'readPublicKey' | 'sign'>;

/** Throws `network.other-keys` unless the signer holds the keys that the rulebook names. */
export async function readEpochKeys(signer: NetworkSigner, rulebook: Rulebook): Promise<EpochKeys> {
  const [network, log] = [await signer.readPublicKey(NETWORK_KEY), await signer.readPublicKey(LOG_KEY)];
  const vkey = logKeyOf(rulebook);
  const isSame =
    thumbprint(network) === thumbprint(rulebook.keys.network) && vkeyOf(vkey.name, log).keyId === vkey.keyId;
  if (!isSame) throw otherKeys();
  return { network, vkey };
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
  ports: { readonly signer: NetworkSigner; readonly engine: SignatureEngine; readonly keys: EpochKeys },
): Promise<SignedEpoch> {
  const { signer, engine, keys } = ports;
  const entry = await signStatement(createEpoch(state, time), { signer, name: NETWORK_KEY, key: keys.network });
  const parse = parseStatement(entry);
  const results = await engine.verify(statementChecks(state, parse));
  // A key that changed under its name would make a log that nobody can follow.
  if (results[0] !== true) throw otherKeys();
  const tree = appendLeaf(copyCompactTree(state.tree), leafHash(encodeUtf8(entry)));
  const checkpoint = { origin: keys.vkey.name, size: tree.size, root: compactRoot(tree) };
  const note = await signCheckpoint(checkpoint, { signer, name: LOG_KEY, vkey: keys.vkey });
  return { entry, parse, results, checkpoint: { ...checkpoint, extensions: [], note } };
}

function otherKeys(): CodedError {
  return new CodedError('network.other-keys', 'The keys of this network are not those that its rulebook names.');
}
