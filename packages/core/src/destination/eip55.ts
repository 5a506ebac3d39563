import { keccak_256 } from '@noble/hashes/sha3.js';
import { encodeHex, encodeUtf8 } from '../encoding/text.ts';

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

/** EIP-55: `0x` and 40 hexadecimal digits whose capitals are a checksum. Any other spelling is another text. */
export function isEip55Address(text: string): boolean {
  return ADDRESS.test(text) && encodeEip55Address(text) === text;
}

/** The EIP-55 spelling of an address given as `0x` and 40 hexadecimal digits in any case. */
export function encodeEip55Address(address: string): string {
  const digits = address.slice(2).toLowerCase();
  const hash = encodeHex(keccak_256(encodeUtf8(digits)));
  const isRaised = (i: number) => Number.parseInt(hash.charAt(i), 16) >= 8;
  return `0x${Array.from(digits, (digit, i) => (isRaised(i) ? digit.toUpperCase() : digit)).join('')}`;
}
