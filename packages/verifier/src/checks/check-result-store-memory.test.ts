import { describeCheckResultStore } from './check-result-store.contract.ts';
import { createCheckResultStoreMemory } from './check-result-store-memory.ts';

describeCheckResultStore('memory', async () => {
  const store = createCheckResultStoreMemory();
  return { store, reopen: async () => store };
});
