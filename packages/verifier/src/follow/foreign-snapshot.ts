import { canonicalJson, encodeBase64url, parseSnapshot, type Snapshot, statementChecks } from '@holdfast/core';
import type { SignatureEngine } from '../signatures/engine.ts';
import type { LogFounding } from './log-key.ts';
import { logKeyOf, openCheckpoint, type SignedCheckpoint, unproved } from './proved-entries.ts';

export type OpenedSnapshot = Pick<Snapshot, 'state' | 'epoch'> & { readonly signed: SignedCheckpoint };

/**
 * Opens a snapshot that somebody else has made. Proved: the network has signed the snapshot's epoch, by the key that the first
 * entry of the log names; the state is the one it commits to; and the log's key that is in force in that state has signed the
 * tree that ends with the epoch. Believed: that the network folded the entries before it as everybody would, and what no epoch
 * commits to (`parseSnapshot`). Whoever has stolen a key of the log and nothing else can make no such thing. Throws
 * `snapshot.*`, `feed.unproved`.
 */
export async function openSnapshot(
  bytes: Uint8Array,
  { founding, engine }: { readonly founding: LogFounding; readonly engine: SignatureEngine },
): Promise<OpenedSnapshot> {
  const { state, epoch, checkpoint } = parseSnapshot(bytes);
  if (state.name !== founding.network) throw unproved('This snapshot is of another network.', { found: state.name });
  const rules = state.rulebook?.body;
  const isOfLog = rules?.log.origin === founding.origin && canonicalJson(rules.keys) === canonicalJson(founding.keys);
  if (rules === undefined || !isOfLog) throw unproved('This snapshot is not of the log that the first entry founds.');
  const signed = await openCheckpoint(checkpoint, logKeyOf(rules), engine);
  const isAtEpoch = signed.size === state.tree.size && encodeBase64url(signed.root) === state.position?.root;
  if (!isAtEpoch) throw unproved('The tree of this snapshot is not the one that the log has signed.');
  const checks = statementChecks(state, { ok: true, statement: epoch });
  const results = await engine.verify(checks);
  if (results[0] !== true) throw unproved('The epoch of this snapshot is not signed by the network.');
  return { state, epoch, signed };
}
