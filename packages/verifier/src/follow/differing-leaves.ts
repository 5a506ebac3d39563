import {
  type Checkpoint,
  encodeBase64url,
  encodeUtf8,
  equalBytes,
  inclusionProof,
  leafHash,
  type ReadHash,
  readerOfLeaves,
  rootOf,
} from '@holdfast/core';
import { type FeedSource, MAX_ENTRIES_PER_READ } from './feed-source.ts';
import type { FollowerStore } from './follower-store.ts';
import type { DifferingLeaf } from './fraud-proof.ts';
import { assertEntries } from './proved-entries.ts';

export type Differing = { readonly index: number; readonly ourLeaf: DifferingLeaf; readonly theirLeaf: DifferingLeaf };

type Histories = {
  readonly store: Pick<FollowerStore, 'readEntries'>;
  readonly source: Pick<FeedSource, 'fetchEntries'>;
  readonly signal: AbortSignal;
};

/** So many entries of the other history are fetched at most, from its end; one that parted longer ago is not proved. */
const MAX_FETCHED = 65_536;

/**
 * The first entry in which our history, of so many entries, and another smaller one differ, with its path to either root.
 * Their entries are fetched from the end until they are ours. Undefined when what is fetched does not give their root, or
 * too much of it would be needed, or when our own entries are not kept from the first one on.
 */
export async function differingLeaves(
  histories: Histories,
  ourSize: number,
  other: Checkpoint,
): Promise<Differing | undefined> {
  const { store, signal, source } = histories;
  const ours = await leavesOf((from, to) => store.readEntries(from, to), 0, ourSize);
  if (ours.length !== ourSize) return undefined;
  let theirs = ours.slice(0, other.size);
  for (let to = other.size; to > 0 && !equalBytes(rootOf(theirs), other.root); to -= MAX_ENTRIES_PER_READ) {
    if (other.size - to >= MAX_FETCHED) return undefined;
    const from = Math.max(0, to - MAX_ENTRIES_PER_READ);
    const fetched = await leavesOf((a, b) => source.fetchEntries(a, b, signal), from, to);
    theirs = [...theirs.slice(0, from), ...fetched, ...theirs.slice(to)];
    if (theirs.length !== other.size) return undefined;
  }
  const index = theirs.findIndex((leaf, i) => !equalBytes(leaf, ours[i] ?? new Uint8Array()));
  if (index < 0 || !equalBytes(rootOf(theirs), other.root)) return undefined;
  const leaf = (hashes: readonly Uint8Array[]): DifferingLeaf => {
    const read: ReadHash = readerOfLeaves(hashes);
    const inclusion = inclusionProof(index, hashes.length, read).map(encodeBase64url);
    return { leaf: encodeBase64url(hashes[index] ?? new Uint8Array()), inclusion };
  };
  return { index, ourLeaf: leaf(ours), theirLeaf: leaf(theirs) };
}

type ReadEntries = (from: number, to: number) => Promise<readonly string[]>;

async function leavesOf(read: ReadEntries, from: number, to: number): Promise<Uint8Array[]> {
  const leaves: Uint8Array[] = [];
  while (from + leaves.length < to) {
    const at = from + leaves.length;
    const entries = await read(at, Math.min(to, at + MAX_ENTRIES_PER_READ));
    if (entries.length === 0) break;
    assertEntries(entries);
    leaves.push(...entries.map((entry) => leafHash(encodeUtf8(entry))));
  }
  return leaves;
}
