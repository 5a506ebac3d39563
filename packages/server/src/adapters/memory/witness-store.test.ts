import { describeWitnessStore } from '../../ports/witness-store.contract.ts';
import { createWitnessStoreMemory } from './witness-store.ts';

describeWitnessStore('what a witness remembers, in memory', async () => {
  const store = createWitnessStoreMemory();
  return { store, reopen: async () => store };
});
