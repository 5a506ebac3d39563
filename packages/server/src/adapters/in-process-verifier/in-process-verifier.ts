import type { GivenVerdict, Verification } from '../../ports/verification.ts';
import type { SignedVerdict } from '../../roles/verifier/question.ts';
import type { VerifierRole } from '../../roles/verifier/verifier-role.ts';

/** A verifier in this process. Nothing lies in between, so what it answers is believed. */
export function createInProcessVerification(
  role: Pick<VerifierRole, 'verify' | 'confirm' | 'settled' | 'describe'>,
): Verification {
  return {
    verify: async (question) => given(await role.verify(question)),
    confirm: async (verdictId, atLeast) => given(await role.confirm(verdictId, { atLeast })),
    settled: (verdictId) => role.settled(verdictId),
    otherPositions: async () => (role.describe().others ?? []).map(({ position }) => position),
  };
}

function given({ id, jws, verdict }: SignedVerdict): GivenVerdict {
  return { id, jws, verdict };
}
