import {
  CodedError,
  createSettlement,
  differenceOfTerms,
  type SettlementState,
  stateOfSettlement,
} from '@holdfast/core';
import type { SettlementAcceptance } from '../../ports/settlement-rail.ts';
import {
  type KeptBatch,
  type KeptLine,
  type KeptNotice,
  type LineChange,
  MAX_LINES_PER_CALL,
  MAX_NOTICES_PER_READ,
  type PlanAnswer,
  type PlannedLine,
  type SettlementStore,
} from '../../ports/settlement-store.ts';

/** Lines in memory, for rehearsal and tests: gone with the process. Each call is one step, so none is torn. */
export function createSettlementStoreMemory(): SettlementStore {
  const lines = new Map<string, KeptLine>();
  const batches = new Map<string, KeptBatch>();
  const acceptances = new Map<string, SettlementAcceptance>();
  const cursors = new Map<string, string>();
  const notices = new Map<string, KeptNotice>();

  function assertCurrent(changes: readonly LineChange[]): void {
    if (changes.some(({ id, version }) => lines.get(id)?.version !== version)) throw conflict();
  }

  function write(changes: readonly LineChange[]): void {
    for (const { id, version, settlement, since } of changes) {
      const line = lines.get(id);
      if (line !== undefined) lines.set(id, { ...line, settlement, since, version: version + 1 });
    }
  }

  function inState(state: SettlementState, rail: string): KeptLine[] {
    return [...lines.values()].filter((line) => line.rail === rail && stateOfSettlement(line.settlement) === state);
  }

  return {
    async plan(planned) {
      return planned.map((line) => {
        const known = lines.get(line.id);
        if (known !== undefined) return answerTo(line, known);
        lines.set(line.id, { ...line, settlement: createSettlement(), since: line.plannedAt, version: 1 });
        return 'created';
      });
    },
    async read(ids) {
      return ids.map((id) => lines.get(id));
    },
    async readPlanned(rail, limit) {
      return inState('planned', rail).slice(0, bound(limit));
    },
    async createBatch(batch, changes) {
      assertCurrent(changes);
      if (batches.has(batch.id)) throw conflict();
      batches.set(batch.id, batch);
      write(changes);
    },
    async readUnaccepted(rail, limit) {
      const open = [...batches.values()].filter((batch) => batch.rail === rail && !acceptances.has(batch.id));
      return open.slice(0, bound(limit));
    },
    async recordAcceptance(acceptance, changes) {
      assertCurrent(changes);
      if (!acceptances.has(acceptance.batch)) acceptances.set(acceptance.batch, acceptance);
      write(changes);
    },
    async readAcceptance(batch) {
      return acceptances.get(batch);
    },
    async readCursor(rail) {
      return cursors.get(rail);
    },
    async recordOutcomes(rail, { from, to }, changes, said) {
      assertCurrent(changes);
      if (cursors.get(rail) !== from) throw conflict();
      cursors.set(rail, to);
      write(changes);
      for (const notice of said) {
        const key = `${rail} ${notice.id}`;
        if (!notices.has(key)) notices.set(key, { rail, ...notice });
      }
    },
    async change(changes) {
      assertCurrent(changes);
      write(changes);
    },
    async readWaiting(rail, handedOverBy, limit) {
      const waiting = inState('submitted', rail).filter((line) => handedOver(line) <= handedOverBy);
      return waiting.sort((a, b) => handedOver(a) - handedOver(b)).slice(0, bound(limit));
    },
    async readOpen(limit) {
      const open = [...lines.values()].filter(({ settlement }) => stateOfSettlement(settlement) !== 'accepted');
      return open.sort((a, b) => a.since - b.since).slice(0, bound(limit));
    },
    async countByState() {
      const counts = { planned: 0, submitted: 0, accepted: 0, rejected: 0, partly: 0, unknown: 0, conflict: 0 };
      for (const { settlement } of lines.values()) counts[stateOfSettlement(settlement)] += 1;
      return counts;
    },
    async readNotices(limit) {
      return [...notices.values()].reverse().slice(0, Math.min(limit, MAX_NOTICES_PER_READ));
    },
    async erase(prefix, limit) {
      const kept = [...lines.values()].filter(
        ({ sealed, transferId }) => sealed !== undefined && transferId.startsWith(prefix),
      );
      const settled = kept.filter(({ settlement }) => stateOfSettlement(settlement) === 'accepted');
      const erased = settled.slice(0, bound(limit));
      for (const { sealed: _, ...line } of erased) lines.set(line.id, line);
      return { erased: erased.length, left: kept.length - erased.length };
    },
  };
}

function answerTo(line: PlannedLine, known: KeptLine): PlanAnswer {
  const field = differenceOfTerms(line, known);
  return field === undefined ? 'exists' : `exists-with-different-${field}`;
}

function handedOver({ settlement }: KeptLine): number {
  return settlement.attempts.at(-1)?.handedOverAt ?? Number.POSITIVE_INFINITY;
}

function bound(limit: number): number {
  return Math.min(limit, MAX_LINES_PER_CALL);
}

function conflict(): CodedError {
  return new CodedError(
    'settlement.store-conflict',
    'A line, batch or cursor was changed by another process meanwhile.',
  );
}
