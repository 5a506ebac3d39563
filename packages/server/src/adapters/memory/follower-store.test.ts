import { describeFollowerStore } from '../../../../verifier/src/follow/follower-store.contract.ts';
import { createFollowerStoreMemory } from './follower-store.ts';

describeFollowerStore('follower store in memory, as the server offers it', async () => {
  const store = createFollowerStoreMemory();
  return { store, reopen: async () => store };
});
