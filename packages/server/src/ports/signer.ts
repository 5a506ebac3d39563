import type { Algorithm, PublicJwk } from '@holdfast/core';

/**
 * Holds private keys and signs with them; no key ever leaves it through this port. Names are those of the configuration:
 * lower-case letters, digits, dots and dashes, at most 64, beginning with a letter or digit.
 *
 * - Durability: when `create` has answered, the key survives a crash at any later moment. What a caller signs with a key
 *   can therefore be published at once.
 * - Consistency: a name means one key for ever. There is no deletion and no replacement: rotation is a new name.
 * - Idempotency: `create` for a name that exists answers with the key it has, so a start can be repeated; for another
 *   algorithm it throws `key.other-algorithm`. `sign` may be repeated: Ed25519 gives the same bytes again, ES256 others
 *   that verify as well.
 * - Concurrency: any number of calls at once, from several processes too; of several `create` for one name, one makes
 *   the key and all answer with it.
 * - Retries: the caller's, and only for `key.unavailable`. The other codes need a person.
 *
 * Throws `key.name-malformed`, `key.unknown` for a name without a key, `key.other-algorithm`, `key.unavailable`, and what
 * the adapter documents.
 */
export interface Signer {
  /** Names of all keys, sorted. */
  readNames(): Promise<readonly string[]>;
  readPublicKey(name: string): Promise<PublicJwk>;
  create(name: string, algorithm: Algorithm): Promise<PublicJwk>;
  /** 64 bytes: r and s for ES256 over SHA-256 (RFC 7518 section 3.4), the RFC 8032 signature for EdDSA. */
  sign(name: string, data: Uint8Array): Promise<Uint8Array>;
}
