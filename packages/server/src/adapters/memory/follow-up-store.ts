import { type FollowUpRecord, type FollowUpStore, MAX_FOLLOW_UPS_PER_READ } from '../../ports/follow-up-store.ts';

/** Follow-ups in memory, for rehearsal and tests: gone with the process, and bounded by what its owner keeps. */
export function createFollowUpStoreMemory(): FollowUpStore {
  const records = new Map<string, FollowUpRecord>();
  const open = () =>
    [...records.values()]
      .filter(({ followedBy }) => followedBy === undefined)
      .sort((a, b) => a.promisedBy - b.promisedBy);
  const few = (limit: number) => Math.min(limit, MAX_FOLLOW_UPS_PER_READ);

  return {
    async keep(record) {
      if (records.has(record.verdictId)) return false;
      records.set(record.verdictId, record);
      return true;
    },
    async read(verdictId) {
      return records.get(verdictId);
    },
    async readOpenOf(credential, limit) {
      return open()
        .filter((record) => record.credential === credential)
        .slice(0, few(limit));
    },
    async readDue(at, limit) {
      return open()
        .filter(({ promisedBy }) => promisedBy <= at)
        .slice(0, few(limit));
    },
    async complete(verdictId, followedBy) {
      const record = records.get(verdictId);
      if (record === undefined || record.followedBy !== undefined) return false;
      const { sealed: _, ...mark } = record;
      records.set(verdictId, { ...mark, followedBy });
      return true;
    },
    async countOpen() {
      return open().length;
    },
    async remove(before, limit) {
      const old = [...records.values()].filter(({ followedBy, keptAt }) => followedBy !== undefined && keptAt < before);
      for (const { verdictId } of old.slice(0, limit)) records.delete(verdictId);
      return Math.min(old.length, limit);
    },
  };
}
