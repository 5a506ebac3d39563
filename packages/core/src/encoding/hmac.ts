import { sha256 } from './bytes.ts';

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;

/** HMAC-SHA-256 (RFC 2104) under one key: the keyed blocks are made once, each call hashes twice. */
export function createHmac(key: Uint8Array): (message: Uint8Array) => Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES);
  block.set(key.length > BLOCK_BYTES ? sha256(key) : key);
  const inner = block.map((byte) => byte ^ 0x36);
  const outer = new Uint8Array(BLOCK_BYTES + DIGEST_BYTES);
  outer.set(block.map((byte) => byte ^ 0x5c));
  return (message) => {
    const text = new Uint8Array(BLOCK_BYTES + message.length);
    text.set(inner);
    text.set(message, BLOCK_BYTES);
    outer.set(sha256(text), BLOCK_BYTES);
    return sha256(outer);
  };
}
