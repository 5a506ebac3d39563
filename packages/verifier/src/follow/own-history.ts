import {
  appendLeaf,
  CodedError,
  compactRoot,
  createCompactTree,
  encodeBase64url,
  encodeUtf8,
  leafHash,
  type Position,
} from '@holdfast/core';
import { MAX_ENTRIES_PER_READ } from './feed-source.ts';
import type { FollowerStore } from './follower-store.ts';
import type { SignedCheckpoint } from './proved-entries.ts';

/** Epochs whose root is remembered: some hours of them, so that a witness who is late is still understood. */
const MAX_ROOTS = 4096;

/** The roots of one log as it was read, by size: what it must never contradict. */
export type OwnHistory = {
  /** An epoch was folded. */
  keep(position: Position): void;
  /** The root (base64url) of an epoch that is remembered. */
  rootAt(size: number): string | undefined;
  /** Whether a size lies where every epoch is remembered, so that another root there, or none, is another history. */
  isRemembered(size: number): boolean;
  /**
   * Throws `feed.fork` when a checkpoint that the log has signed, not larger than `ours`, is of another history. Silent about
   * sizes that are forgotten: whoever shows genuine old checkpoints would otherwise make us read everything again.
   */
  assertOwn(other: SignedCheckpoint, ours: SignedCheckpoint): Promise<void>;
};

export function createOwnHistory(store: Pick<FollowerStore, 'readEntries'>): OwnHistory {
  /** The oldest first. */
  const roots = new Map<number, string>();

  function isRemembered(size: number): boolean {
    const [oldest] = roots.keys();
    return oldest !== undefined && size >= oldest;
  }

  /** Only a log that signs what is no epoch of its own makes us count. Undefined where the entries are not kept. */
  async function countRoot(size: number): Promise<string | undefined> {
    const tree = createCompactTree();
    while (tree.size < size) {
      const entries = await store.readEntries(tree.size, Math.min(size, tree.size + MAX_ENTRIES_PER_READ));
      if (entries.length === 0) return undefined;
      for (const entry of entries) appendLeaf(tree, leafHash(encodeUtf8(entry)));
    }
    return encodeBase64url(compactRoot(tree));
  }

  return {
    keep({ size, root }) {
      roots.set(size, root);
      const [oldest] = roots.keys();
      if (roots.size > MAX_ROOTS && oldest !== undefined) roots.delete(oldest);
    },
    rootAt: (size) => roots.get(size),
    isRemembered,
    async assertOwn(other, ours) {
      const { size } = other;
      if (size > ours.size || !isRemembered(size)) return;
      const root = roots.get(size) ?? (await countRoot(size));
      if (root === undefined || root === encodeBase64url(other.root)) return;
      throw new CodedError('feed.fork', 'The log has signed two histories.', {
        ...{ size, ours: ours.note, theirs: other.note },
      });
    },
  };
}
