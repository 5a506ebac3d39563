import { MAX_STANDINGS_PER_READ, type StandingRecord, type StandingStore } from '../../ports/standing-store.ts';

/** Standings in memory, for rehearsal and tests: gone with the process, and bounded by what its owner removes. */
export function createStandingStoreMemory(): StandingStore {
  const standings = new Map<string, StandingRecord>();

  /** Oldest first. */
  function sorted(isOpen: boolean): StandingRecord[] {
    return [...standings.values()]
      .filter(({ erasedAt }) => (erasedAt === undefined) === isOpen)
      .sort((a, b) => a.keptAt - b.keptAt);
  }

  function erase(verdictId: string, erasedAt: number): boolean {
    const standing = standings.get(verdictId);
    if (standing === undefined || standing.erasedAt !== undefined) return false;
    const { sealed: _, ...mark } = standing;
    standings.set(verdictId, { ...mark, erasedAt });
    return true;
  }

  return {
    async keep(standing) {
      if (standings.has(standing.verdictId)) return false;
      standings.set(standing.verdictId, standing);
      return true;
    },
    async read(verdictId) {
      return standings.get(verdictId);
    },
    async erase(verdictId, erasedAt) {
      return erase(verdictId, erasedAt);
    },
    async readOpen(limit) {
      const open = sorted(true).slice(0, Math.min(limit, MAX_STANDINGS_PER_READ));
      return open.map(({ verdictId, keptAt }) => ({ verdictId, keptAt }));
    },
    async countOpen() {
      return sorted(true).length;
    },
    async eraseKeptBefore(before, limit, erasedAt) {
      const due = sorted(true).filter(({ keptAt }) => keptAt < before);
      for (const { verdictId } of due.slice(0, limit)) erase(verdictId, erasedAt);
      return Math.min(due.length, limit);
    },
    async remove(before, limit) {
      const due = sorted(false).filter(({ keptAt }) => keptAt < before);
      for (const { verdictId } of due.slice(0, limit)) standings.delete(verdictId);
      return Math.min(due.length, limit);
    },
  };
}
