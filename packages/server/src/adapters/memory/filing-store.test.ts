import { describeFilingStore } from '../../ports/filing-store.contract.ts';
import { createFilingStoreMemory } from './filing-store.ts';

describeFilingStore('filing store in memory', async () => {
  const store = createFilingStoreMemory();
  return { store, reopen: async () => store };
});
