import { concatBytes } from '../encoding/bytes.ts';
import { createHmac } from '../encoding/hmac.ts';
import { encodeUtf8 } from '../encoding/text.ts';
import { CodedError } from '../errors.ts';
import { MAX_STATUS_ENTRIES } from './packed.ts';

/** Even, so that the two halves end as wide as they began; eight is what NIST SP 800-38G asks of a Feistel cipher. */
const ROUNDS = 8;
const MIN_KEY_BYTES = 16;
const LABEL = encodeUtf8('holdfast index permutation v1');

/**
 * The status index of the credential with this sequence number: a keyed permutation of [0, size). Unique without a
 * lock or a table, because it is a bijection; unpredictable without the key, so that an index tells neither when nor
 * after whom a credential was issued. `key` is 16 bytes or more, secret, and one for each list. Throws
 * `status.index-out-of-range` or `status.key-short`.
 */
export function permuteIndex(sequence: number, size: number, key: Uint8Array): number {
  if (!Number.isInteger(size) || size < 1 || size > MAX_STATUS_ENTRIES) {
    throw new CodedError('status.index-out-of-range', `A list has 1 to ${MAX_STATUS_ENTRIES} entries.`, { size });
  }
  if (!Number.isInteger(sequence) || sequence < 0 || sequence >= size) {
    throw new CodedError('status.index-out-of-range', 'This list has no such index.', { index: sequence, size });
  }
  if (key.length < MIN_KEY_BYTES) {
    throw new CodedError('status.key-short', `The key of a list's indices has at least ${MIN_KEY_BYTES} bytes.`);
  }
  const encipher = createCipher(size, key);
  // Cycle walking: the cipher permutes a domain of at most twice the size, so half the values at worst lie outside, and
  // the walk from a point inside comes back to one. On average less than two steps.
  let index = encipher(sequence);
  while (index >= size) index = encipher(index);
  return index;
}

/** A Feistel network over the smallest power of two that holds `size`, its halves unequal by a bit when that is odd. */
function createCipher(size: number, key: Uint8Array): (value: number) => number {
  const bits = Math.max(2, 32 - Math.clz32(size - 1));
  const hmac = createHmac(key);
  const message = concatBytes(LABEL, new Uint8Array(9));
  const view = new DataView(message.buffer, LABEL.length);
  view.setUint32(0, size);
  const round = (number: number, half: number) => {
    view.setUint8(4, number);
    view.setUint32(5, half);
    const mac = hmac(message);
    return new DataView(mac.buffer, mac.byteOffset).getUint32(0);
  };
  return (value) => {
    let leftBits = bits >>> 1;
    let rightBits = bits - leftBits;
    let left = value >>> rightBits;
    let right = value & (2 ** rightBits - 1);
    for (let number = 0; number < ROUNDS; number += 1) {
      const mixed = (left ^ round(number, right)) & (2 ** leftBits - 1);
      [left, right] = [right, mixed];
      [leftBits, rightBits] = [rightBits, leftBits];
    }
    return left * 2 ** rightBits + right;
  };
}
