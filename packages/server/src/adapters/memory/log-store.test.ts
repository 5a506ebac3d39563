import { describeLogStore } from '../../ports/log-store.contract.ts';
import { createLogStoreMemory } from './log-store.ts';

describeLogStore('log store in memory', async () => {
  const store = createLogStoreMemory();
  return { store, reopen: async () => store };
});
