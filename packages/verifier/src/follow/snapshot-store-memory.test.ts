import { describeSnapshotStore } from './snapshot-store.contract.ts';
import { createSnapshotStoreMemory } from './snapshot-store-memory.ts';

describeSnapshotStore('memory', async () => {
  const store = createSnapshotStoreMemory();
  return { store, reopen: async () => store };
});
