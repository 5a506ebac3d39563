import { algorithmOf, type PublicJwk, type SignatureCheck } from '@holdfast/core';

/**
 * Checks on their way to a thread. All bytes lie in one buffer that is moved, not copied: cloning the views themselves
 * would copy the whole 8 KiB pool that each small view points into.
 */
export type ThreadMessage = {
  readonly id: number;
  readonly keys: readonly PublicJwk[];
  /** Length of the signature, then of the data, for each check. */
  readonly lengths: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
};

/** One byte for each check, 1 for a good signature. */
export type ThreadAnswer = { readonly id: number; readonly results: Uint8Array };

/** For checks that `isStrictCheck` has passed: their algorithm is that of their key. */
export function encodeThreadMessage(id: number, checks: readonly SignatureCheck[]): ThreadMessage {
  const lengths = checks.flatMap((check) => [check.signature.length, check.data.length]);
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const check of checks) {
    bytes.set(check.signature, at);
    bytes.set(check.data, at + check.signature.length);
    at += check.signature.length + check.data.length;
  }
  return { id, keys: checks.map((check) => publicMembers(check.key)), lengths, bytes };
}

export function parseThreadMessage(message: ThreadMessage): readonly SignatureCheck[] {
  let at = 0;
  const take = (length: number) => {
    at += length;
    return message.bytes.subarray(at - length, at);
  };
  return message.keys.map((key, i) => {
    const signature = take(message.lengths[2 * i] ?? 0);
    return { alg: algorithmOf(key), key, signature, data: take(message.lengths[2 * i + 1] ?? 0) };
  });
}

/** Whatever else a stranger's JWK object carries might not survive the copy between threads. */
function publicMembers(key: PublicJwk): PublicJwk {
  return key.kty === 'EC'
    ? { kty: key.kty, crv: key.crv, x: key.x, y: key.y }
    : { kty: key.kty, crv: key.crv, x: key.x };
}
