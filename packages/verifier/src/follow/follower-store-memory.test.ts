import { describeFollowerStore } from './follower-store.contract.ts';
import { createFollowerStoreMemory } from './follower-store-memory.ts';

describeFollowerStore('follower store in memory', async () => {
  const store = createFollowerStoreMemory();
  return { store, reopen: async () => store };
});
