import { describeJoiningStore } from '../../ports/joining-store.contract.ts';
import { createJoiningStoreMemory } from './joining-store.ts';

describeJoiningStore('joining store in memory', async () => {
  const store = createJoiningStoreMemory();
  return { store, reopen: async () => store };
});
