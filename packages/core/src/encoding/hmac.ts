import { concatBytes, sha256 } from './bytes.ts';

const BLOCK_BYTES = 64;

/** HMAC-SHA-256 (RFC 2104) under one key: the keyed blocks are made once, each call hashes twice. */
export function createHmac(key: Uint8Array): (message: Uint8Array) => Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES);
  block.set(key.length > BLOCK_BYTES ? sha256(key) : key);
  const inner = block.map((byte) => byte ^ 0x36);
  const outer = block.map((byte) => byte ^ 0x5c);
  return (message) => sha256(concatBytes(outer, sha256(concatBytes(inner, message))));
}
