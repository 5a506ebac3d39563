import { describeReceiptStore } from '../../ports/receipt-store.contract.ts';
import { createReceiptStoreMemory } from './receipt-store.ts';

describeReceiptStore('receipt store in memory', async () => {
  const store = createReceiptStoreMemory();
  return { store, reopen: async () => store };
});
