import type { PublicJwk } from '@holdfast/core';
import { createBoundedMap } from '../bounded-map.ts';

/** Imported keys of issuers, which come back; a holder's key is met once and is not worth a place. */
export type KeyCache<Key> = {
  get(jwk: PublicJwk): Key | undefined;
  /** Kept from the second time on that this key is offered while it is remembered. */
  offer(jwk: PublicJwk, key: Key): void;
};

/**
 * Keys are found by their coordinates, never by a `kid` that an attacker may choose. A key enters when it is seen the
 * second time, so a flood of fresh holder keys, one per presentation, never pushes an issuer's key out.
 */
export function createKeyCache<Key>(maxKeys = 1024): KeyCache<Key> {
  const keys = createBoundedMap<string, { readonly jwk: PublicJwk; readonly key: Key }>({ maxEntries: maxKeys });
  const seenOnce = createBoundedMap<string, true>({ maxEntries: 4 * maxKeys });
  return {
    get(jwk) {
      const entry = keys.get(jwk.x);
      return entry !== undefined && isSameKey(entry.jwk, jwk) ? entry.key : undefined;
    },
    offer(jwk, key) {
      if (seenOnce.get(jwk.x) === undefined) {
        seenOnce.set(jwk.x, true);
        return;
      }
      seenOnce.delete(jwk.x);
      keys.set(jwk.x, { jwk, key });
    },
  };
}

/** A P-256 point and its mirror image share x; a P-256 and an Ed25519 key may. */
function isSameKey(a: PublicJwk, b: PublicJwk): boolean {
  if (a.kty === 'EC') return b.kty === 'EC' && a.x === b.x && a.y === b.y;
  return b.kty === 'OKP' && a.x === b.x;
}
