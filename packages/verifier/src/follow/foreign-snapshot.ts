import { encodeBase64url, parseSnapshot, type Snapshot, statementChecks, type Vkey } from '@holdfast/core';
import type { SignatureEngine } from '../signatures/engine.ts';
import { openCheckpoint, type SignedCheckpoint, unproved } from './proved-entries.ts';

export type OpenedSnapshot = Pick<Snapshot, 'state' | 'epoch'> & { readonly signed: SignedCheckpoint };

/**
 * Opens a snapshot that somebody else has made. Proved: the log of this network has signed the tree that ends with the
 * snapshot's epoch, the network has signed that epoch, and the state is the one it commits to. Believed: that the network
 * folded the entries before it as everybody would, and what no epoch commits to (`parseSnapshot`). Throws `snapshot.*`,
 * `feed.unproved`.
 */
export async function openSnapshot(
  bytes: Uint8Array,
  of: { readonly network: string; readonly vkey: Vkey; readonly engine: SignatureEngine },
): Promise<OpenedSnapshot> {
  const { state, epoch, checkpoint } = parseSnapshot(bytes);
  if (state.name !== of.network) throw unproved('This snapshot is of another network.', { found: state.name });
  const signed = await openCheckpoint(checkpoint, of.vkey, of.engine);
  const isAtEpoch = signed.size === state.tree.size && encodeBase64url(signed.root) === state.position?.root;
  if (!isAtEpoch) throw unproved('The tree of this snapshot is not the one that the log has signed.');
  const checks = statementChecks(state, { ok: true, statement: epoch });
  const results = await of.engine.verify(checks);
  if (results[0] !== true) throw unproved('The epoch of this snapshot is not signed by the network.');
  return { state, epoch, signed };
}
