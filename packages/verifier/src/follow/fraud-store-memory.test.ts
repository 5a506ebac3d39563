import { describeFraudStore } from './fraud-store.contract.ts';
import { createFraudStoreMemory } from './fraud-store-memory.ts';

describeFraudStore('memory', async () => {
  const store = createFraudStoreMemory();
  return { store, reopen: async () => store };
});
