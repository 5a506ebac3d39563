import { CodedError, checkTerms, type DecisionTarget } from '@holdfast/core';
import type { OpenedProposal, Proposal } from '@holdfast/server/answers';
import { ask } from '../api/ask.ts';
import { type OfficerKey, signApproval } from '../officer/officer-key.ts';

/**
 * The digest of what is shown, recomputed from it here: whoever asks for the signature cannot have it for anything else.
 * Throws `approval.terms-differ`.
 */
export function digestOfShown({ terms, openings }: OpenedProposal, network: string): string {
  const { parameters, power } = terms;
  const targets = openings.targets.map(({ value }) => value as DecisionTarget);
  return checkTerms(terms, openings, {
    genesis: network,
    power,
    targets,
    class: terms.class,
    ...(parameters.lapsesAt === undefined ? {} : { emergency: true as const }),
    ...(typeof parameters.amendment === 'number' ? { amendment: parameters.amendment } : {}),
    // Shown beside what the next version changes of it.
    ...(typeof parameters.replaces === 'string' ? { replaces: parameters.replaces } : {}),
  });
}

/** Signs what was shown, for the network that this key was made for, and hands the signature in. */
export async function signDecision(shown: OpenedProposal, key: OfficerKey): Promise<Proposal> {
  const digest = digestOfShown(shown, key.network);
  if (digest !== shown.digest) {
    throw new CodedError('approval.terms-differ', 'The digest of this decision is not that of what is shown.');
  }
  const approval = await signApproval(key, digest);
  return ask<Proposal>(`/decisions/${shown.id}/approvals`, 'POST', { approval });
}
