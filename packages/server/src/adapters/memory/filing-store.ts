import { type FilingStore, type KeptFiling, MAX_FILINGS_PER_READ } from '../../ports/filing-store.ts';

/** Filings in memory, for rehearsal and tests: gone with the process. */
export function createFilingStoreMemory(): FilingStore {
  const filings = new Map<string, KeptFiling>();
  const waiting = () => [...filings.values()].filter(({ outcome }) => outcome === undefined);
  const most = (limit: number) => Math.min(limit, MAX_FILINGS_PER_READ);

  return {
    async keep(filing, maxWaiting) {
      const known = filings.get(filing.matter);
      if (known !== undefined) return known;
      if (waiting().length >= maxWaiting) return undefined;
      filings.set(filing.matter, filing);
      return filing;
    },
    async read(matter) {
      return filings.get(matter);
    },
    async readWaiting(limit) {
      return waiting().slice(0, most(limit));
    },
    async readRefused(limit) {
      const refused = [...filings.values()].filter(({ outcome }) => outcome !== undefined && 'refused' in outcome);
      return refused.reverse().slice(0, most(limit));
    },
    async settle(matter, outcome) {
      const known = filings.get(matter);
      if (known === undefined || known.outcome !== undefined) return;
      filings.set(matter, { matter, keptAt: known.keptAt, outcome });
    },
    async remove(before, limit) {
      const due = [...filings.values()].filter(({ outcome, keptAt }) => outcome !== undefined && keptAt < before);
      for (const { matter } of due.slice(0, limit)) filings.delete(matter);
      return Math.min(due.length, limit);
    },
  };
}
