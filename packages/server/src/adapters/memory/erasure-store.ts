import { type ErasureRecord, type ErasureStore, MAX_ERASURES_PER_READ } from '../../ports/erasure-store.ts';

/** Requests to forget somebody in memory, for rehearsal and tests: gone with the process. */
export function createErasureStoreMemory(): ErasureStore {
  const records = new Map<string, ErasureRecord>();
  const open = () => [...records.values()].filter(({ nextAt }) => nextAt !== undefined);
  return {
    async add(record, maxOpen) {
      if (records.has(record.id)) return true;
      if (open().length >= maxOpen) return false;
      records.set(record.id, record);
      return true;
    },
    async keep(record) {
      records.set(record.id, record);
    },
    async read(id) {
      return records.get(id);
    },
    async readDue(at) {
      return open()
        .filter(({ nextAt = at }) => nextAt <= at)
        .sort((a, b) => (a.nextAt ?? 0) - (b.nextAt ?? 0))
        .slice(0, MAX_ERASURES_PER_READ);
    },
  };
}
