import { describeRevealStore } from '../../ports/reveal-store.contract.ts';
import { createRevealStoreMemory } from './reveal-store.ts';

describeRevealStore('reveal store in memory', async () => {
  const store = createRevealStoreMemory();
  return { store, reopen: async () => store };
});
