import { type CheckResultStore, type KeptResult, MAX_STORED_RESULTS } from './check-result-store.ts';

type Row = { readonly check: string; readonly credential: string; readonly result: KeptResult; readonly at: number };

/** Results of checks in memory, for rehearsal and tests. */
export function createCheckResultStoreMemory(): CheckResultStore {
  /** In the order in which they were kept. */
  const rows = new Map<string, Row>();
  const nameOf = (check: string, credential: string) => `${check} ${credential}`;

  function isTooMany({ check, at }: Row): boolean {
    const newer = [...rows.values()].filter((row) => row.check === check && row.at > at).length;
    return newer >= MAX_STORED_RESULTS;
  }

  return {
    async keep(check, credential, result, at) {
      rows.delete(nameOf(check, credential));
      rows.set(nameOf(check, credential), { check, credential, result: structuredClone(result), at });
    },
    read: async (check, credential) => structuredClone(rows.get(nameOf(check, credential))?.result),
    async retain(checks) {
      for (const [name, { check }] of rows) if (!checks.includes(check)) rows.delete(name);
    },
    async remove(before, limit) {
      const due = [...rows].filter(([, row]) => row.at < before || isTooMany(row)).slice(0, limit);
      for (const [name] of due) rows.delete(name);
      return due.length;
    },
  };
}
