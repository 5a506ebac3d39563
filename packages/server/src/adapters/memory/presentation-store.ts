import { CodedError } from '@holdfast/core';
import type { PresentationSession, PresentationStore } from '../../ports/presentation-store.ts';

/** Sessions in memory, for rehearsal and tests: gone with the process, bounded by `maxOpen` and what is removed. */
export function createPresentationStoreMemory(): PresentationStore {
  const sessions = new Map<string, PresentationSession>();

  function find(requestId: string): PresentationSession | undefined {
    for (const session of sessions.values()) if (session.requestId === requestId) return session;
    return undefined;
  }

  return {
    async create(session, maxOpen) {
      if (sessions.has(session.id) || find(session.requestId) !== undefined) {
        throw new CodedError('presentation.exists', 'A presentation request with this handle is kept already.');
      }
      const isOpen = ({ outcome, expiresAt }: PresentationSession) =>
        outcome === undefined && expiresAt > session.createdAt;
      if ([...sessions.values()].filter(isOpen).length >= maxOpen) {
        throw new CodedError('presentation.too-many', 'Too many requests wait for a wallet.', { maxOpen });
      }
      sessions.set(session.id, session);
    },
    async read(id) {
      return sessions.get(id);
    },
    async readByRequest(requestId) {
      return find(requestId);
    },
    async complete(requestId, outcome) {
      const session = find(requestId);
      if (session === undefined || session.outcome !== undefined) return false;
      sessions.set(session.id, { ...session, outcome });
      return true;
    },
    async remove(before, limit) {
      const due = [...sessions.values()].filter(({ expiresAt }) => expiresAt < before);
      due.sort((a, b) => a.expiresAt - b.expiresAt);
      for (const { id } of due.slice(0, limit)) sessions.delete(id);
      return Math.min(due.length, limit);
    },
  };
}
