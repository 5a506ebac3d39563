import {
  type Approval,
  CodedError,
  grantOf,
  isCodedError,
  type NetworkState,
  officerApprovals,
  parseApproval,
} from '@holdfast/core';
import type { SignatureEngine } from '@holdfast/verifier';
import type { KeptProposal } from '../../ports/decision-store.ts';

/**
 * The officer whose approval of this proposal the text is. Cheap checks come first, so that a stranger's text never
 * costs a verification. Throws `approval.malformed | other-decision | unknown-officer | role | signature`.
 */
export async function verifyApproval(
  kept: KeptProposal,
  text: string,
  state: Readonly<NetworkState>,
  engine: SignatureEngine,
): Promise<string> {
  if (parsed(text).digest !== kept.digest) {
    throw new CodedError('approval.other-decision', 'This approval is for the digest of another decision.');
  }
  const [found] = officerApprovals(state, { approvals: [text] }, kept.digest);
  if (found === undefined) {
    throw new CodedError('approval.unknown-officer', 'No officer of this network has the key of this approval now.');
  }
  const roles =
    (state.rulebook === undefined ? undefined : grantOf(state.rulebook.body, kept.terms.power))?.roles ?? [];
  if (!found.roles.some((role) => roles.includes(role))) {
    throw new CodedError('approval.role', `${found.officer} has no role that may ${kept.terms.power}.`, { roles });
  }
  const [holds] = await engine.verify([found.check]);
  if (holds !== true) throw new CodedError('approval.signature', 'The signature of this approval is wrong.');
  return found.officer;
}

function parsed(text: string): Approval {
  try {
    return parseApproval(text);
  } catch (error) {
    if (!isCodedError(error)) throw error;
    const sentence = 'An approval is a compact JWS of type approval+jwt over the digest of one decision.';
    throw new CodedError('approval.malformed', sentence, { because: error.code }, error);
  }
}
