import { type JoiningStore, type KeptJoining, MAX_JOININGS_PER_READ } from '../../ports/joining-store.ts';

/** Requests to join in memory, for rehearsal and tests: gone with the process. */
export function createJoiningStoreMemory(): JoiningStore {
  const all = new Map<string, KeptJoining>();
  const open = () =>
    [...all.values()].filter(({ declined }) => declined === undefined).sort((a, b) => a.receivedAt - b.receivedAt);

  return {
    async add(joining, { maxOpen, maxOpenPerParty }) {
      const known = all.get(joining.id);
      if (known !== undefined) return { answer: 'repeat', kept: known };
      if (open().length >= maxOpen) return { answer: 'full' };
      if (open().filter(({ party }) => party === joining.party).length >= maxOpenPerParty) {
        return { answer: 'party-full' };
      }
      all.set(joining.id, joining);
      return { answer: 'kept', kept: joining };
    },
    async read(id) {
      return all.get(id);
    },
    async readOpen() {
      return open().slice(0, MAX_JOININGS_PER_READ);
    },
    async decline(id, reason) {
      const known = all.get(id);
      if (known === undefined) return false;
      const { sealed: _, ...rest } = known;
      if (known.declined === undefined) all.set(id, { ...rest, declined: reason });
      return true;
    },
    async countBefore(id) {
      const at = all.get(id)?.receivedAt ?? 0;
      return open().filter(({ receivedAt }) => receivedAt < at).length;
    },
    async forget(time, limit) {
      const due = [...all.values()].filter(({ receivedAt }) => receivedAt < time).slice(0, limit);
      for (const { id } of due) all.delete(id);
      return due.length;
    },
  };
}
