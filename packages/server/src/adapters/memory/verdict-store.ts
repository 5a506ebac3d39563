import { CodedError } from '@holdfast/core';
import { MAX_VERDICTS_PER_READ, type VerdictRecord, type VerdictStore } from '../../ports/verdict-store.ts';

/** Verdicts in memory, for rehearsal and tests: gone with the process, and bounded by what its owner removes. */
export function createVerdictStoreMemory(): VerdictStore {
  const records = new Map<string, VerdictRecord>();

  /** Oldest first; a stable sort keeps the order of appending among equals. */
  function sorted(): VerdictRecord[] {
    return [...records.values()].sort((a, b) => a.answeredAt - b.answeredAt);
  }

  return {
    async append(record) {
      if (records.has(record.id)) throw new CodedError('verdict.exists', 'A verdict with this id is kept already.');
      records.set(record.id, record);
    },
    async read(id) {
      return records.get(id);
    },
    async readLatest({ subject, credential, limit, after }) {
      const newest = sorted().reverse();
      const place = newest.findIndex(({ id }) => id === after?.id);
      const behind =
        place >= 0
          ? newest.slice(place + 1)
          : newest.filter(({ answeredAt }) => after === undefined || answeredAt < after.answeredAt);
      return behind
        .filter((record) => subject === undefined || record.subject === subject)
        .filter((record) => credential === undefined || record.credential === credential)
        .slice(0, Math.min(limit, MAX_VERDICTS_PER_READ));
    },
    async eraseSealed(before, limit) {
      const due = sorted().filter((record) => record.answeredAt < before && record.sealed !== undefined);
      for (const { sealed: _, ...kept } of due.slice(0, limit)) records.set(kept.id, kept);
      return Math.min(due.length, limit);
    },
    async eraseSubject(subject) {
      const due = sorted().filter((record) => record.subject === subject && record.sealed !== undefined);
      for (const { sealed: _, ...kept } of due) records.set(kept.id, kept);
      return due.length;
    },
    async remove(before, limit) {
      const due = sorted().filter((record) => record.answeredAt < before);
      for (const { id } of due.slice(0, limit)) records.delete(id);
      return Math.min(due.length, limit);
    },
  };
}
