import { algorithmOf, encodeSigningInput, parseJws, STATEMENT_TYP } from '@holdfast/core';
import { signBy } from '../../role-keys/role-keys.ts';
import type { Tenant } from './tenant.ts';

type Speaking = Pick<Tenant, 'statementKeys'>;

/** A statement of the issuer's own, by its statement key. */
export function signStatement({ statementKeys }: Speaking, body: object): Promise<string> {
  return signBy(statementKeys, ({ key, kid }) =>
    encodeSigningInput({ alg: algorithmOf(key), kid, typ: STATEMENT_TYP }, body),
  );
}

/** The same statement under a key that is in force, where the one that signed it has ended before it stood in the log. */
export async function signedInForce(
  tenant: Speaking,
  statement: string,
  replace: (signed: string) => Promise<string>,
): Promise<string> {
  const { header, payload } = parseJws(statement, { maxLength: 16_384, maxDepth: 16 });
  if (tenant.statementKeys.isInForce(String(header.kid))) return statement;
  return replace(await signStatement(tenant, payload));
}
