import { describeAccountKeyStore } from '../../ports/account-key-store.contract.ts';
import { createAccountKeyStoreMemory } from './account-key-store.ts';

describeAccountKeyStore('keys of accounts in memory', async () => {
  const store = createAccountKeyStoreMemory();
  return { store, reopen: async () => store };
});
