import type { Verification } from '../../ports/verification.ts';
import type { VerifierRole } from '../../roles/verifier/verifier-role.ts';

/** A verifier in this process. Nothing lies in between, so what it answers is believed. */
export function createInProcessVerification(role: Pick<VerifierRole, 'verify'>): Pick<Verification, 'verify'> {
  return {
    async verify(question) {
      const { id, jws, verdict } = await role.verify(question);
      return { id, jws, verdict };
    },
  };
}
