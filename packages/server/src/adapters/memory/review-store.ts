import { MAX_REVIEWS_PER_READ, type ReviewRecord, type ReviewStore } from '../../ports/review-store.ts';

/** Reviews in memory, for rehearsal and tests: gone with the process, and bounded by what its owner removes. */
export function createReviewStoreMemory(): ReviewStore {
  const reviews = new Map<string, ReviewRecord>();
  const endOf = ({ decided, dueAt }: ReviewRecord) => decided?.at ?? dueAt;
  const open = () => [...reviews.values()].filter(({ decided }) => decided === undefined);

  return {
    async open(review, countsFrom, maxOpen) {
      const latest = [...reviews.values()].findLast(
        ({ check, credential }) => check === review.check && credential === review.credential,
      );
      const isOpen = latest?.decided === undefined && review.openedAt < (latest?.dueAt ?? 0);
      if (latest !== undefined && (isOpen || endOf(latest) >= countsFrom)) return latest;
      if (open().length >= maxOpen) return undefined;
      reviews.set(review.id, review);
      return review;
    },
    async read(id) {
      return reviews.get(id);
    },
    async readOpen(limit) {
      return open()
        .sort((a, b) => a.dueAt - b.dueAt)
        .slice(0, Math.min(limit, MAX_REVIEWS_PER_READ));
    },
    async decide(id, decided) {
      const review = reviews.get(id);
      if (review === undefined || review.decided !== undefined || decided.at >= review.dueAt) return false;
      const { shown: _, ...rest } = review;
      reviews.set(id, { ...rest, decided });
      return true;
    },
    async eraseShown(before, limit) {
      const due = open().filter(({ shown, dueAt }) => shown !== undefined && dueAt < before);
      for (const { shown: _, ...rest } of due.slice(0, limit)) reviews.set(rest.id, rest);
      return Math.min(due.length, limit);
    },
    async eraseCredential(credential, now) {
      const ours = [...reviews.values()].filter((review) => review.credential === credential);
      const over = ours.filter((review) => endOf(review) <= now);
      const due = over.filter(({ shown, decided }) => shown !== undefined || decided?.note !== undefined);
      for (const { shown: _, decided, ...rest } of due) {
        if (decided === undefined) reviews.set(rest.id, rest);
        else reviews.set(rest.id, { ...rest, decided: { result: decided.result, at: decided.at, by: decided.by } });
      }
      const open = ours.filter((review) => !over.includes(review));
      return { erased: due.length, openUntil: open.map(({ dueAt }) => dueAt) };
    },
    async remove(before, limit) {
      const due = [...reviews.values()].filter((review) => endOf(review) < before).slice(0, limit);
      for (const { id } of due) reviews.delete(id);
      return due.length;
    },
  };
}
