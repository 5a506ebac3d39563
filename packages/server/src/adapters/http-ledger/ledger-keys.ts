import { CodedError, isJsonObject, type Json, type PublicJwk, parsePublicJwk } from '@holdfast/core';

const MAX_KEYS = 16;

/** Keys as a ledger shows its own, and as it is told whose calls it takes. Throws `ledger.answer`. */
export function parseKeys(keys: Json | undefined): readonly PublicJwk[] {
  try {
    if (!Array.isArray(keys) || keys.length > MAX_KEYS) throw new Error('no list of keys');
    return keys.map((key) => {
      const { kid: _, alg: __, use: ___, ...jwk } = isJsonObject(key) ? key : {};
      return parsePublicJwk(jwk);
    });
  } catch (cause) {
    throw new CodedError('ledger.answer', 'These are no keys of a ledger.', { what: 'keys' }, cause);
  }
}
