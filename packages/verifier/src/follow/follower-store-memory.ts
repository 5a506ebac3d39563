import { CodedError } from '@holdfast/core';
import type { FollowerStore } from './follower-store.ts';

/** Keeps the log for as long as the process lives: for browsers, rehearsal and tests. Grows with the log. */
export function createFollowerStoreMemory(): FollowerStore {
  const kept: string[] = [];
  let checkpoint: string | undefined;
  return {
    async readHead() {
      return { size: kept.length, ...(checkpoint === undefined ? {} : { checkpoint }) };
    },
    async readEntries(from, to) {
      return kept.slice(from, to);
    },
    async append(expectedSize, entries, signed) {
      if (kept.length !== expectedSize) {
        throw new CodedError('log.size-conflict', 'Somebody else has appended to this log.', {
          expectedSize,
          size: kept.length,
        });
      }
      for (const entry of entries) kept.push(entry);
      checkpoint = signed;
    },
  };
}
