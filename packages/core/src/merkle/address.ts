import { encodeEip55Address } from '../destination/eip55.ts';
import { type Keccak, keccak256 } from '../encoding/keccak.ts';
import { CodedError } from '../errors.ts';

declare const address: unique symbol;
/** An Ethereum address in its EIP-55 spelling: the only one that is compared, sorted and shown. */
export type Address = string & { readonly [address]: true };

export const ADDRESS_LENGTH = 20;
export const ZERO_ADDRESS = `0x${'0'.repeat(40)}` as Address;

const SHAPE = /^0x[0-9a-fA-F]{40}$/;
/** All in one case: no checksum to check. */
const ONE_CASE = /^0x(?:[0-9a-f]{40}|[0-9A-F]{40})$/;

/**
 * An address as people write it: EIP-55, or all in one case, which carries no checksum. Throws `address.malformed`, or
 * `address.checksum` for mixed case that is not the checksum: a digit was mistyped, or somebody meddled with it.
 */
export function parseAddress(text: string, keccak: Keccak = keccak256): Address {
  assertShape(text);
  const spelled = encodeEip55Address(text, keccak);
  if (spelled !== text && !ONE_CASE.test(text)) throw wrongChecksum();
  return spelled as Address;
}

/** Writes the 20 bytes of an address, checked like `parseAddress`; without a checksum to check nothing is hashed. */
export function writeCheckedAddress(text: string, into: Uint8Array, at: number, keccak: Keccak): void {
  if (!ONE_CASE.test(text)) {
    assertShape(text);
    if (encodeEip55Address(text, keccak) !== text) throw wrongChecksum();
  }
  writeAddress(text, into, at);
}

/** Writes the bytes of an address of the right shape into `into` at `at`. */
export function writeAddress(text: string, into: Uint8Array, at: number): void {
  for (let i = 0; i < ADDRESS_LENGTH; i += 1) {
    into[at + i] = (digitAt(text, 2 + 2 * i) << 4) | digitAt(text, 3 + 2 * i);
  }
}

/** The value of a hexadecimal digit of either case: letters have the bit 64, and their low bits count from one. */
function digitAt(text: string, i: number): number {
  const code = text.charCodeAt(i);
  return (code & 15) + (code & 64 ? 9 : 0);
}

function assertShape(text: string): void {
  if (!SHAPE.test(text)) throw new CodedError('address.malformed', 'An address is 0x and 40 hexadecimal digits.');
}

function wrongChecksum(): CodedError {
  return new CodedError('address.checksum', 'The capitals of this address are not its checksum (EIP-55).');
}
