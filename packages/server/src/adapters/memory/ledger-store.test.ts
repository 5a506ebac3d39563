import { describeLedgerStore } from '../../ports/ledger-store.contract.ts';
import { createLedgerStoreMemory } from './ledger-store.ts';

describeLedgerStore('ledger store in memory', async () => {
  const store = createLedgerStoreMemory();
  return { store, reopen: async () => store };
});
