import { MAX_NOTICES_PER_READ, type NoticeStore, type NoticeSubscription } from '../../ports/notice-store.ts';

/** Subscriptions in memory, for rehearsal and tests: gone with the process. */
export function createNoticeStoreMemory(): NoticeStore {
  const kept = new Map<string, NoticeSubscription>();
  return {
    async put(subscription, most) {
      if (kept.size >= most && !kept.has(subscription.code)) return false;
      kept.set(subscription.code, subscription);
      return true;
    },
    async find(code) {
      return kept.get(code);
    },
    async remove(code) {
      kept.delete(code);
    },
    async readDue(now, limit) {
      const due = [...kept.values()].filter(({ nextAt }) => nextAt <= now).sort((a, b) => a.nextAt - b.nextAt);
      return due.slice(0, Math.min(limit, MAX_NOTICES_PER_READ));
    },
    async settle(code, told, change) {
      const known = kept.get(code);
      if (known?.told !== told) return;
      const { failure: _, ...rest } = known;
      kept.set(code, { ...rest, ...change });
    },
    async countStuck(attempts) {
      const stuck = [...kept.values()].filter((each) => each.attempts >= attempts);
      const since = Math.min(...stuck.map(({ createdAt }) => createdAt));
      return stuck.length === 0 ? { count: 0 } : { count: stuck.length, since };
    },
  };
}
