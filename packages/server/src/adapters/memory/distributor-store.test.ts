import { describeDistributorStore } from '../../ports/distributor-store.contract.ts';
import { createDistributorStoreMemory } from './distributor-store.ts';

describeDistributorStore("distributor's store in memory", async () => {
  const store = createDistributorStoreMemory();
  return { store, reopen: async () => store };
});
