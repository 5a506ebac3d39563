import { type FraudStore, type KeptFraud, MAX_KEPT_FRAUD } from './fraud-store.ts';

/** Keeps proofs for as long as the process lives. */
export function createFraudStoreMemory(): FraudStore {
  const kept = new Map<string, KeptFraud>();
  return {
    readFraud: async () => [...kept.values()].sort((a, b) => (a.digest < b.digest ? -1 : 1)),
    async keepFraud(fraud) {
      if (kept.size < MAX_KEPT_FRAUD && !kept.has(fraud.digest)) kept.set(fraud.digest, fraud);
    },
  };
}
