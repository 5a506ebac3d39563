import {
  CodedError,
  canonicalJson,
  createSuccessorState,
  encodeBase64url,
  encodeLineage,
  encodeUtf8,
  grantOf,
  isSamePosition,
  type NetworkState,
  openFounding,
  parseBase64url,
  parseVkey,
  proveSuccession,
  type SuccessionDraft,
  sha256,
  successionDigest,
} from '@holdfast/core';
import type { SignatureEngine } from '../signatures/engine.ts';
import { openSnapshot } from './foreign-snapshot.ts';
import { foundingOf } from './log-key.ts';

export type OpenedDraft = {
  /** What the old log meant where the new one is to go on. */
  readonly state: NetworkState;
  /** The epoch there. */
  readonly epoch: string;
  /** How many officers it takes. */
  readonly quorum: number;
};

/**
 * Opens a draft of a succession: that its network is the one that is meant, that the old log signed what it says of itself, and that
 * the new rules are the old ones but for the log. Throws `succession.unproved`, and as `openSnapshot` does.
 */
export async function openSuccessionDraft(
  draft: SuccessionDraft,
  { network, engine }: { readonly network: string; readonly engine: SignatureEngine },
): Promise<OpenedDraft> {
  const found = encodeBase64url(sha256(encodeUtf8(draft.genesis)));
  if (found !== network || draft.network !== network) throw unproved('It is of another network.', { found });
  const { founding, checks } = openFounding(draft, network);
  const results = await engine.verify(checks.map(({ check }) => check));
  if (checks.some((_, i) => results[i] !== true)) throw unproved('It does not prove how the network came to its log.');
  const entry = draft.successions.at(-1)?.opening ?? draft.genesis;
  const of = { network, origin: founding.origin, keys: founding.keys, first: parseVkey(founding.vkey), entry };
  const { state, epoch } = await openSnapshot(parseBase64url(draft.snapshot), { founding: of, engine });
  const { position, rulebook } = state;
  if (position === undefined || rulebook === undefined || !isSamePosition(position, draft.from))
    throw unproved('The state in it is not that of the position that it names.');
  const isSameBut = canonicalJson({ ...draft.rulebook, log: 0 }) === canonicalJson({ ...rulebook.body, log: 0 });
  if (!isSameBut) throw unproved('It changes other rules than the log. That is for an amendment, in the new log.');
  if (draft.decision.parameters.succession !== successionDigest(draft)) throw unproved('It decides something else.');
  return { state, epoch: epoch.text, quorum: grantOf(rulebook.body, 'amend')?.quorum ?? Number.MAX_SAFE_INTEGER };
}

/**
 * That a quorum has opened the new log with this entry; and what proves that to strangers, with only the approvals that hold. Throws
 * `feed.unproved`.
 */
export async function proveOpening(
  draft: SuccessionDraft,
  { state, epoch }: OpenedDraft,
  opening: string,
  engine: SignatureEngine,
): Promise<string> {
  await foundingOf(opening, { network: draft.network, before: createSuccessorState(state), engine });
  const { genesis, successions } = draft;
  return encodeLineage({ genesis, successions: [...successions, proveSuccession({ state, epoch }, opening)] });
}

function unproved(sentence: string, details: Record<string, unknown> = {}): CodedError {
  return new CodedError('succession.unproved', `This succession cannot be approved. ${sentence}`, details);
}
