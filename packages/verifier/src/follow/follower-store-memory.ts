import { CodedError } from '@holdfast/core';
import type { FollowerStore } from './follower-store.ts';

/** Keeps the log for as long as the process lives: for browsers, rehearsal and tests. Grows with the log. */
export function createFollowerStoreMemory(): FollowerStore {
  const kept: string[] = [];
  let base = 0;
  let genesis: string | undefined;
  let checkpoint: string | undefined;
  let cosigned: readonly string[] | undefined;
  const sizeOf = () => base + kept.length;

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
        ...(checkpoint === undefined ? {} : { checkpoint }),
        ...(cosigned === undefined ? {} : { cosigned }),
      };
    },
    async readEntries(from, to) {
      if (from >= base) return kept.slice(from - base, Math.max(0, to - base));
      return from === 0 && to > 0 && genesis !== undefined ? [genesis] : [];
    },
    async append(expectedSize, entries, signed) {
      assertSize(expectedSize);
      for (const entry of entries) kept.push(entry);
      checkpoint = signed;
    },
    async keepCosigned(notes) {
      cosigned = [...notes];
    },
    async begin(from, first, signed) {
      assertSize(0);
      [base, genesis, checkpoint] = [from, first, signed];
    },
  };
}
