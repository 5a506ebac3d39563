type List = { readonly bits: 1 | 2 | 4 | 8; readonly packed: Uint8Array };

/** Indices that a source once called revoked and later did not; `too many` when it is no longer worth counting. */
export type ReversedEntries = ReadonlySet<number> | 'too many';

export const MAX_REVERSED = 10_000;

/** The status for revoked in a Token Status List (section 7.1). */
const INVALID = 1;

/**
 * What was revoked in `before` and is something else, or gone, in `after`, added to what was found earlier. Revocation
 * is final, so a source that takes one back contradicts itself, and whoever acted on it must be told.
 */
export function reversedEntries(before: List, after: List, found: ReversedEntries): ReversedEntries {
  if (found === 'too many') return found;
  const reversed = new Set(found);
  const perByte = 8 / before.bits;
  const isSameWidth = before.bits === after.bits;
  for (let at = 0; at < before.packed.length; at += 1) {
    const byte = before.packed[at] ?? 0;
    if (byte === 0 || (isSameWidth && byte === after.packed[at])) continue;
    for (let i = at * perByte; i < (at + 1) * perByte; i += 1) {
      if (valueAt(before, i) === INVALID && valueAt(after, i) !== INVALID) reversed.add(i);
    }
    if (reversed.size > MAX_REVERSED) return 'too many';
  }
  return reversed;
}

function valueAt({ bits, packed }: List, index: number): number | undefined {
  const byte = packed[Math.floor((index * bits) / 8)];
  return byte === undefined ? undefined : (byte >> ((index * bits) % 8)) & (2 ** bits - 1);
}
