import { encodeBase64url, parseBase64url } from '../encoding/text.ts';
import { CodedError, isCodedError } from '../errors.ts';

/**
 * Different indices of a list in few bytes: sorted, each as its distance from the one before (the first from -1), seven bits
 * in each byte, the least significant first (LEB128), base64url. One set has one spelling.
 */
export function encodeIndices(indices: readonly number[]): string {
  const bytes: number[] = [];
  let before = -1;
  for (const index of [...indices].sort((a, b) => a - b)) {
    let rest = index - before;
    if (!Number.isSafeInteger(index) || rest < 1) {
      throw new CodedError('status.indices', 'Indices of a list are different whole numbers from 0 on.');
    }
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
    bytes.push(rest);
    before = index;
  }
  return encodeBase64url(Uint8Array.from(bytes));
}

/** The indices of a text, ascending; undefined when it is none, or has more than `most`. */
export function decodeIndices(text: string, most: number): number[] | undefined {
  const bytes = bytesOf(text);
  if (bytes === undefined) return undefined;
  const indices: number[] = [];
  let at = -1;
  let [distance, weight] = [0, 1];
  for (const byte of bytes) {
    distance += (byte % 128) * weight;
    weight *= 128;
    if (byte >= 128) {
      if (weight >= 2 ** 28) return undefined;
      continue;
    }
    // A last byte of nothing could be left out: then one set would have two spellings.
    const isShortest = byte > 0;
    at += distance;
    if (!isShortest || indices.length === most || !Number.isSafeInteger(at)) return undefined;
    indices.push(at);
    [distance, weight] = [0, 1];
  }
  return weight === 1 ? indices : undefined;
}

function bytesOf(text: string): Uint8Array | undefined {
  try {
    return parseBase64url(text);
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return undefined;
  }
}
