import { concatBytes } from '../encoding/bytes.ts';
import { CodedError } from '../errors.ts';

export function malformedSnapshot(sentence: string, cause?: unknown): CodedError<'snapshot.malformed'> {
  return new CodedError('snapshot.malformed', sentence, {}, cause);
}

/** A whole number in as few bytes as it takes, seven bits in each, the least significant first (LEB128). */
export function encodeCount(count: number): Uint8Array {
  const bytes: number[] = [];
  let rest = count;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

/** Bytes with their length before them. */
export function encodePart(bytes: Uint8Array): Uint8Array {
  return concatBytes(encodeCount(bytes.length), bytes);
}

/** Reads from the front; whatever is asked for beyond the end is `snapshot.malformed`. */
export type ByteReader = {
  readonly take: (length: number) => Uint8Array;
  readonly takeCount: () => number;
  readonly takePart: () => Uint8Array;
  readonly left: () => number;
};

export function createByteReader(bytes: Uint8Array): ByteReader {
  let at = 0;
  function take(length: number): Uint8Array {
    if (length > bytes.length - at) throw malformedSnapshot('This snapshot ends before what it announces.');
    at += length;
    return bytes.subarray(at - length, at);
  }
  function takeCount(): number {
    let count = 0;
    for (let weight = 1; weight <= 2 ** 49; weight *= 128) {
      const [byte = 0] = take(1);
      count += (byte % 128) * weight;
      // One spelling only: a last byte of nothing could be left out.
      if (byte < 128 && (byte > 0 || weight === 1) && Number.isSafeInteger(count)) return count;
      if (byte < 128) break;
    }
    throw malformedSnapshot('A count in this snapshot is not one.');
  }
  return { take, takeCount, takePart: () => take(takeCount()), left: () => bytes.length - at };
}
