import { describeCaseStore } from '../../ports/case-store.contract.ts';
import { createCaseStoreMemory } from './case-store.ts';

describeCaseStore('case store in memory', async () => {
  const store = createCaseStoreMemory();
  return { store, reopen: async () => store };
});
