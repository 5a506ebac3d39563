import type { Credential } from './parsed-credential.ts';

const BASE_TYPE = 'VerifiableCredential';
const BASE_IRI = 'https://www.w3.org/2018/credentials#';
/** Where the context of data model 2.0 puts terms that no context defines (its `@vocab`). */
const UNDEFINED_IRI = 'https://www.w3.org/ns/credentials/issuer-dependent#';

/**
 * Whether a W3C credential has all these types, as `type_values` of a query names them (OpenID4VP 1.0 section B.1.1): as its
 * issuer writes them, or in full where that needs no context beside the common one. No JSON-LD is processed, so what another
 * context makes of a name is not known here.
 */
export function namesTypes({ vct, payload }: Pick<Credential, 'vct' | 'payload'>, wanted: readonly string[]): boolean {
  const context = payload['@context'];
  const isAlone = !Array.isArray(context) || context.length === 1;
  const names = new Set([BASE_TYPE, `${BASE_IRI}${BASE_TYPE}`]);
  for (const type of vct.split(' ')) {
    names.add(type);
    if (isAlone && !type.includes(':')) names.add(`${UNDEFINED_IRI}${type}`);
  }
  return wanted.every((type) => names.has(type));
}
