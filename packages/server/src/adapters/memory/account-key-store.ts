import type { KeyChange } from '@holdfast/core';
import type { AccountKeyStore } from '../../ports/account-key-store.ts';

/** For rehearsal and tests: gone with the process. */
export function createAccountKeyStoreMemory(): AccountKeyStore {
  const kept = new Map<string, KeyChange>();
  const placeOf = ({ account, number }: Pick<KeyChange, 'account' | 'number'>) => `${account} ${number}`;
  return {
    async append(change) {
      const before = kept.get(placeOf(change));
      if (before !== undefined) return before;
      kept.set(placeOf(change), change);
      return change;
    },
    async cancel(change) {
      const before = kept.get(placeOf(change));
      if (before?.id === change.id && before.cancelledBy === undefined) kept.set(placeOf(change), change);
    },
    read: async (account) =>
      [...kept.values()].filter((change) => change.account === account).sort((a, b) => a.number - b.number),
  };
}
