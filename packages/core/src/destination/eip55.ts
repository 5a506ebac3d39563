import { type Keccak, keccak256 } from '../encoding/keccak.ts';
import { encodeUtf8 } from '../encoding/text.ts';

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

/** EIP-55: `0x` and 40 hexadecimal digits whose capitals are a checksum. Any other spelling is another text. */
export function isEip55Address(text: string): boolean {
  return ADDRESS.test(text) && encodeEip55Address(text) === text;
}

/** The EIP-55 spelling of an address given as `0x` and 40 hexadecimal digits in any case. */
export function encodeEip55Address(address: string, keccak: Keccak = keccak256): string {
  const lower = address.slice(2).toLowerCase();
  const upper = lower.toUpperCase();
  const hash = keccak(encodeUtf8(lower));
  let spelled = '0x';
  for (let i = 0; i < lower.length; i += 1) {
    const nibble = ((hash[i >> 1] ?? 0) >> (i % 2 === 0 ? 4 : 0)) & 15;
    spelled += nibble >= 8 ? upper.charAt(i) : lower.charAt(i);
  }
  return spelled;
}
