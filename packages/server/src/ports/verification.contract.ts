import { parseVerdictEnvelope } from '@holdfast/core';
import { expect, it } from 'vitest';
import type { Verification } from './verification.ts';

/** Verifier `north` of a network, and one way to it. */
export type VerificationUnderTest = {
  readonly verification: Pick<Verification, 'verify'>;
  /** A credential of the network that is valid now; each call another. */
  readonly credential: () => string;
};

/** Every way to a verifier runs this suite. `open` gives a new network each time. */
export function verificationContract(open: () => Promise<VerificationUnderTest>): void {
  it('answers with a verdict that its verifier has signed, whatever was presented', async () => {
    const { verification, credential } = await open();
    const want = { class: 'pay', freshness: { mode: 'any' }, amount: '1200' } as const;
    for (const [presentation, outcome] of [
      [credential(), 'valid'],
      ['no credential', 'invalid'],
    ] as const) {
      const { id, jws, verdict } = await verification.verify({ presentation, want });
      expect(verdict).toMatchObject({ outcome, basis: { request: want } });
      expect(parseVerdictEnvelope(jws).envelope).toMatchObject({ iss: 'north', jti: id, verdict });
    }
  });
}
