import { describePresentationStore } from '../../ports/presentation-store.contract.ts';
import { createPresentationStoreMemory } from './presentation-store.ts';

describePresentationStore('presentation store in memory', async () => {
  const store = createPresentationStoreMemory();
  return { store, reopen: async () => store };
});
