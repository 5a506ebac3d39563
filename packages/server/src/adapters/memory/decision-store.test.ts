import { describeDecisionStore } from '../../ports/decision-store.contract.ts';
import { createDecisionStoreMemory } from './decision-store.ts';

describeDecisionStore('decision store in memory', async () => {
  const store = createDecisionStoreMemory();
  return { store, reopen: async () => store };
});
