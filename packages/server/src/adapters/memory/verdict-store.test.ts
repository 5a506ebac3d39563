import { describeVerdictStore } from '../../ports/verdict-store.contract.ts';
import { createVerdictStoreMemory } from './verdict-store.ts';

describeVerdictStore('verdict store in memory', async () => {
  const store = createVerdictStoreMemory();
  return { store, reopen: async () => store };
});
