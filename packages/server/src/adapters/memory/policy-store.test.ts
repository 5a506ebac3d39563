import { describePolicyStore } from '../../ports/policy-store.contract.ts';
import { createPolicyStoreMemory } from './policy-store.ts';

describePolicyStore('policy store in memory', async () => {
  const store = createPolicyStoreMemory();
  return { store, reopen: async () => store };
});
