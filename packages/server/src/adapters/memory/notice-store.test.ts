import { describeNoticeStore } from '../../ports/notice-store.contract.ts';
import { createNoticeStoreMemory } from './notice-store.ts';

describeNoticeStore('notice store in memory', async () => {
  const store = createNoticeStoreMemory();
  return { store, reopen: async () => store };
});
