import { CodedError } from '@holdfast/core';
import { z } from 'zod';

/** A Credential Request (OpenID4VCI 1.0 section 8.2) for one configuration, with one key proof for each copy. */
export type CredentialRequest = { readonly configuration: string; readonly proofs: readonly string[] };

const requestSchema = z.object({
  credential_configuration_id: z.string().max(200).optional(),
  credential_identifier: z.string().optional(),
  credential_response_encryption: z.unknown().optional(),
  proofs: z.record(z.string(), z.array(z.unknown())).optional(),
});

/**
 * Reads a Credential Request. Members it does not know are ignored, as the standard asks. Throws
 * `issuance.request-invalid`, `issuance.identifier-unknown`, `issuance.encryption-unsupported` or
 * `issuance.proof-invalid`.
 */
export function parseCredentialRequest(body: unknown, maxCopies: number): CredentialRequest {
  const parsed = requestSchema.safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new CodedError(
      'issuance.request-invalid',
      `${issue?.path.join('.') ?? 'the request'}: ${issue?.message ?? ''}`,
    );
  }
  const request = parsed.data;
  if (request.credential_identifier !== undefined) {
    throw new CodedError(
      'issuance.identifier-unknown',
      'Credentials here are asked for by credential_configuration_id.',
    );
  }
  if (request.credential_configuration_id === undefined) {
    throw new CodedError('issuance.request-invalid', 'The credential_configuration_id is missing.');
  }
  if (request.credential_response_encryption !== undefined) {
    throw new CodedError('issuance.encryption-unsupported', 'This issuer does not encrypt its responses.');
  }
  return { configuration: request.credential_configuration_id, proofs: readProofs(request.proofs, maxCopies) };
}

function readProofs(proofs: Readonly<Record<string, readonly unknown[]>> | undefined, maxCopies: number): string[] {
  const [kind, ...others] = Object.keys(proofs ?? {});
  const texts = proofs?.jwt ?? [];
  if (kind !== 'jwt' || others.length > 0 || texts.length === 0) {
    throw new CodedError(
      'issuance.proof-invalid',
      'A credential is bound to a key: send proofs with one array named jwt.',
    );
  }
  if (texts.length > maxCopies) {
    throw new CodedError('issuance.request-invalid', `At most ${maxCopies} proofs go into one request.`);
  }
  return texts.map((text) => {
    if (typeof text !== 'string') throw new CodedError('issuance.proof-invalid', 'A jwt proof is a compact JWS.');
    return text;
  });
}
