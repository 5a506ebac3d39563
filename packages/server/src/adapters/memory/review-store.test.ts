import { describeReviewStore } from '../../ports/review-store.contract.ts';
import { createReviewStoreMemory } from './review-store.ts';

describeReviewStore('review store in memory', async () => {
  const store = createReviewStoreMemory();
  return { store, reopen: async () => store };
});
