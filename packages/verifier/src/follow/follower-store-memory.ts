import { assert, CodedError } from '@holdfast/core';
import type { FollowerStore } from './follower-store.ts';

/** Keeps the log for as long as the process lives: for browsers, rehearsal and tests. Grows with the log. */
export function createFollowerStoreMemory(): FollowerStore {
  /** Entries that are here without a gap, from `first` on; of a log that was gone on with at snapshots several. */
  const runs: { readonly first: number; readonly entries: string[] }[] = [{ first: 0, entries: [] }];
  let base = 0;
  let lineage: string | undefined;
  let checkpoint: string | undefined;
  let cosigned: readonly string[] | undefined;
  const latest = () => runs.at(-1) ?? { first: 0, entries: [] };
  const sizeOf = () => latest().first + latest().entries.length;

  function assertSize(expectedSize: number): void {
    if (sizeOf() === expectedSize) return;
    throw new CodedError('log.size-conflict', 'Somebody else has appended to this log.', {
      expectedSize,
      size: sizeOf(),
    });
  }

  return {
    async readHead() {
      return {
        size: sizeOf(),
        ...(base === 0 ? {} : { base }),
        ...(lineage === undefined ? {} : { lineage }),
        ...(checkpoint === undefined ? {} : { checkpoint }),
        ...(cosigned === undefined ? {} : { cosigned }),
      };
    },
    async readEntries(from, to) {
      const run = runs.findLast(({ first }) => first <= from);
      return run === undefined ? [] : run.entries.slice(from - run.first, Math.max(0, to - run.first));
    },
    async append(expectedSize, entries, signed) {
      assertSize(expectedSize);
      for (const entry of entries) latest().entries.push(entry);
      checkpoint = signed;
    },
    async keepCosigned(notes) {
      cosigned = [...notes];
    },
    async begin(next, beginning, expectedSize) {
      assertSize(expectedSize);
      assert(next > expectedSize, 'a follower goes on from a snapshot of more than it has');
      if (expectedSize === 0) latest().entries.push(beginning.genesis);
      if (next - 1 === sizeOf()) latest().entries.push(beginning.epoch);
      else runs.push({ first: next - 1, entries: [beginning.epoch] });
      lineage ??= beginning.lineage;
      [base, checkpoint] = [next, beginning.checkpoint];
    },
  };
}
