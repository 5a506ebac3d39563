import { approvalSigningInput, encodeJws, encodeUtf8 } from '@holdfast/core';
import type { Signer } from '../../ports/signer.ts';

/**
 * An officer's approval of the decision with this digest, signed with their key of this name. For whoever holds an
 * officer's key, never for the governor; the digest is what `checkTerms` of core answered with.
 */
export async function createApproval(
  signer: Pick<Signer, 'readPublicKey' | 'sign'>,
  name: string,
  digest: string,
): Promise<string> {
  const signingInput = approvalSigningInput(digest, await signer.readPublicKey(name));
  return encodeJws(signingInput, await signer.sign(name, encodeUtf8(signingInput)));
}
