import { CodedError } from '@holdfast/core';
import type { FollowerStore } from './follower-store.ts';

/** Keeps the log for as long as the process lives: for browsers, rehearsal and tests. Grows with the log. */
export function createFollowerStoreMemory(): FollowerStore {
  const kept: string[] = [];
  /** Index of the first of them. */
  let first = 0;
  let genesis: string | undefined;
  let checkpoint: string | undefined;
  let cosigned: readonly string[] | undefined;
  const sizeOf = () => first + kept.length;

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
        ...(first === 0 ? {} : { base: first + 1 }),
        ...(checkpoint === undefined ? {} : { checkpoint }),
        ...(cosigned === undefined ? {} : { cosigned }),
      };
    },
    async readEntries(from, to) {
      if (from >= first) return kept.slice(from - first, Math.max(0, to - first));
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
    async begin(base, beginning) {
      assertSize(0);
      first = base - 1;
      kept.push(beginning.epoch);
      ({ genesis, checkpoint } = beginning);
    },
  };
}
