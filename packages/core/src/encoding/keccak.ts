import { keccak_256 } from '@noble/hashes/sha3.js';

/**
 * Keccak-256 as Ethereum has it (the padding before FIPS 202). Whoever hashes millions passes a faster one of the same
 * answers; the result must be a fresh 32 bytes, never a view that the next call changes.
 */
export type Keccak = (bytes: Uint8Array) => Uint8Array;

export const keccak256: Keccak = (bytes) => keccak_256(bytes);
