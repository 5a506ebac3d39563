import { describeErasureStore } from '../../ports/erasure-store.contract.ts';
import { createErasureStoreMemory } from './erasure-store.ts';

describeErasureStore('erasure store in memory', async () => {
  const store = createErasureStoreMemory();
  return { store, reopen: async () => store };
});
