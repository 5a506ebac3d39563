import { describeFollowUpStore } from '../../ports/follow-up-store.contract.ts';
import { createFollowUpStoreMemory } from './follow-up-store.ts';

describeFollowUpStore('follow-up store in memory', async () => {
  const store = createFollowUpStoreMemory();
  return { store, reopen: async () => store };
});
