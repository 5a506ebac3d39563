import {
  CodedError,
  canonicalJson,
  type DecisionTarget,
  isExceptionAllowed,
  keepsMarks,
  type NetworkState,
  newExceptions,
  partySchema,
  powerForParty,
} from '@holdfast/core';
import type { PartyRequest } from './request.ts';

/**
 * What an entry of a party is about, when the power asked for is the one that the change takes. Throws `decision.party`,
 * `decision.party-power`, which says what power it is, or `decision.key-compromised`.
 */
export function partyTarget(state: Readonly<NetworkState>, { power, party }: PartyRequest): DecisionTarget {
  // A member that the fold would drop must not be approved: the digests would differ.
  const parsed = partySchema.safeParse(party);
  if (!parsed.success || canonicalJson(parsed.data) !== canonicalJson(party)) {
    throw new CodedError('decision.party', 'This is not an entry that a party can have.');
  }
  const before = state.parties.get(party.id);
  const needed = state.rulebook === undefined ? power : powerForParty(state.rulebook.body, before, party);
  if (needed !== power) {
    throw new CodedError('decision.party-power', `This change of the party takes the power to ${needed}.`, { needed });
  }
  if (keepsMarks(state.parties, party)) return { party: party.id };
  throw new CodedError(
    'decision.key-compromised',
    'A key that was declared compromised stays in the entry of its party, as it is, and is in no entry without its mark.',
  );
}

/** The exception of the rulebook that a change is by. Throws `decision.exception` for one that it does not have, or not so long. */
export function exceptionRule(state: Readonly<NetworkState>, { party }: PartyRequest): string {
  const [granted] = newExceptions(state.parties.get(party.id), party);
  const rulebook = state.rulebook?.body;
  const rule = granted?.exception?.rule;
  if (granted !== undefined && rule !== undefined && rulebook !== undefined) {
    if (isExceptionAllowed(rulebook, granted, state.time)) return rule;
  }
  throw new CodedError(
    'decision.exception',
    'The rulebook has no such exception, or not for so long, or the accreditation has no end.',
    { exceptions: rulebook?.exceptions ?? [] },
  );
}
