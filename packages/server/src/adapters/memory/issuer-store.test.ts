import { describeIssuerStore } from '../../ports/issuer-store.contract.ts';
import { createIssuerStoreMemory } from './issuer-store.ts';

describeIssuerStore('issuer store in memory', async () => {
  const store = createIssuerStoreMemory();
  return { store, reopen: async () => store };
});
