import { describeSettlementStore } from '../../ports/settlement-store.contract.ts';
import { createSettlementStoreMemory } from './settlement-store.ts';

describeSettlementStore('settlement store in memory', async () => {
  const store = createSettlementStoreMemory();
  return { store, reopen: async () => store };
});
