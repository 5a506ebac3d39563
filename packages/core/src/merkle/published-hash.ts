import { encodeHex, parseHex } from '../encoding/text.ts';
import { CodedError, isCodedError } from '../errors.ts';

/** As trees publish a hash: 0x and 64 hexadecimal digits in small letters. */
export function encodeHash(hash: Uint8Array): string {
  return `0x${encodeHex(hash)}`;
}

/** A published hash, in either case. Throws `merkle.hash` for anything else. */
export function parseHash(text: string): Uint8Array {
  if (!/^0x[0-9a-fA-F]{64}$/.test(text)) {
    throw new CodedError('merkle.hash', 'A hash is 0x and 64 hexadecimal digits.');
  }
  return parseHex(text.slice(2).toLowerCase());
}

/** What a part refuses is told as a fault of the whole that it came in. */
export function refusing<T>(wrong: (why: string) => CodedError, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw isCodedError(error) ? wrong(error.message) : error;
  }
}
