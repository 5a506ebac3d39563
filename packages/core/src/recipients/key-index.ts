import type { Keccak } from '../encoding/keccak.ts';
import { encodeUtf8 } from '../encoding/text.ts';

const WORDS = 4;
const FIRST_CAPACITY = 1024;

/**
 * Remembers which row had which key, in 24 to 48 bytes a key whatever its length: 128 bits of its hash, and a place in
 * an open table. Nobody can make two keys look the same; a stranger who has found very many whose hashes begin alike makes
 * looking them up slow, and gains nothing else.
 */
export type KeyIndex = {
  count: number;
  hashes: Uint32Array;
  rows: Uint32Array;
  /** Entry number plus one for each slot, 0 for a free one; at most three quarters full. */
  slots: Uint32Array;
};

/** `expected` keys fit without being laid out anew; pages that are never touched cost nothing. */
export function createKeyIndex(expected = 0): KeyIndex {
  const capacity = Math.max(FIRST_CAPACITY, expected);
  return {
    count: 0,
    hashes: new Uint32Array(capacity * WORDS),
    rows: new Uint32Array(capacity),
    slots: new Uint32Array(slotsFor(capacity)),
  };
}

function slotsFor(capacity: number): number {
  return 2 ** Math.ceil(Math.log2((capacity * 4) / 3));
}

/** The row that had this key before, or undefined, and then this row has it. **Changes the index in place.** */
export function claimKey(index: KeyIndex, key: string, row: number, keccak: Keccak): number | undefined {
  const hash = keccak(encodeUtf8(key));
  const view = new DataView(hash.buffer, hash.byteOffset);
  const words = [view.getUint32(0), view.getUint32(4), view.getUint32(8), view.getUint32(12)] as const;
  if (index.count === index.rows.length) grow(index);
  const slot = slotOf(index, words);
  const found = index.slots[slot] ?? 0;
  if (found !== 0) return index.rows[found - 1];
  index.hashes.set(words, index.count * WORDS);
  index.rows[index.count] = row;
  index.count += 1;
  index.slots[slot] = index.count;
  return undefined;
}

type Words = readonly [number, number, number, number];

/** Where this hash is, or the free slot where it belongs. A quarter of the slots is free, so the search ends. */
function slotOf({ hashes, slots }: KeyIndex, words: Words): number {
  // A power of two: the low bits are the remainder, without dividing.
  const mask = slots.length - 1;
  let slot = words[0] & mask;
  for (let entry = slots[slot] ?? 0; entry !== 0; entry = slots[slot] ?? 0) {
    const at = (entry - 1) * WORDS;
    if (
      hashes[at] === words[0] &&
      hashes[at + 1] === words[1] &&
      hashes[at + 2] === words[2] &&
      hashes[at + 3] === words[3]
    )
      return slot;
    slot = (slot + 1) & mask;
  }
  return slot;
}

function grow(index: KeyIndex): void {
  const { hashes, rows, count } = index;
  index.hashes = new Uint32Array(2 * hashes.length);
  index.hashes.set(hashes);
  index.rows = new Uint32Array(2 * rows.length);
  index.rows.set(rows);
  index.slots = new Uint32Array(slotsFor(index.rows.length));
  for (let entry = 0; entry < count; entry += 1) {
    const at = entry * WORDS;
    const words = [hashes[at] ?? 0, hashes[at + 1] ?? 0, hashes[at + 2] ?? 0, hashes[at + 3] ?? 0] as const;
    index.slots[slotOf(index, words)] = entry + 1;
  }
}
