import { MAX_POLICIES, type PolicyRecord, type PolicyStore } from '../../ports/policy-store.ts';

/** Policies in memory, for rehearsal and tests: gone with the process. */
export function createPolicyStoreMemory(): PolicyStore {
  const records: PolicyRecord[] = [];
  return {
    async readCurrent() {
      return records.at(-1);
    },
    async read(digest) {
      return records.findLast((record) => record.digest === digest);
    },
    async replace(next, expected) {
      if (records.at(-1)?.digest !== expected) return false;
      records.push(next);
      if (records.length > MAX_POLICIES) records.shift();
      return true;
    },
  };
}
