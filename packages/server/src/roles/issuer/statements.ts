import { encodeJws, encodeSigningInput, encodeUtf8, STATEMENT_TYP, thumbprint } from '@holdfast/core';
import type { IssuerSigner } from './neighbours.ts';
import type { Tenant } from './tenant.ts';

/** A statement of the issuer's own, by its statement key. */
export async function signStatement(
  signer: IssuerSigner,
  { config }: Pick<Tenant, 'config'>,
  body: object,
): Promise<string> {
  const kid = thumbprint(await signer.readPublicKey(config.statementKey));
  const input = encodeSigningInput({ alg: 'ES256', kid, typ: STATEMENT_TYP }, body);
  return encodeJws(input, await signer.sign(config.statementKey, encodeUtf8(input)));
}
