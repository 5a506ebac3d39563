import { describeStandingStore } from '../../ports/standing-store.contract.ts';
import { createStandingStoreMemory } from './standing-store.ts';

describeStandingStore('standing store in memory', async () => {
  const store = createStandingStoreMemory();
  return { store, reopen: async () => store };
});
