import { CodedError } from '@holdfast/core';
import {
  type DecisionBatch,
  type DecisionStore,
  type KeptProposal,
  MAX_PROPOSALS_PER_READ,
} from '../../ports/decision-store.ts';

/** Proposals in memory, for rehearsal and tests: gone with the process. Each call is one step, so none is torn. */
export function createDecisionStoreMemory(): DecisionStore {
  const proposals = new Map<string, KeptProposal>();
  const batches = new Map<string, DecisionBatch>();

  function isOpen(id: string): boolean {
    const kept = proposals.get(id);
    return kept !== undefined && kept.batch === undefined && kept.outcome === undefined;
  }

  function findByKey(key: string): KeptProposal | undefined {
    return [...proposals.values()].find(({ idempotencyKey }) => idempotencyKey === key);
  }

  function openAt(time: number): KeptProposal[] {
    const open = [...proposals.values()].filter(({ id, terms }) => isOpen(id) && terms.expiry > time);
    return open.slice(0, MAX_PROPOSALS_PER_READ);
  }

  return {
    async create(proposal) {
      const known = findByKey(proposal.idempotencyKey);
      if (known !== undefined) return known;
      const kept = { ...proposal, approvals: [] };
      proposals.set(proposal.id, kept);
      return kept;
    },
    async read(id) {
      return proposals.get(id);
    },
    async readEach(ids) {
      return [...proposals.values()].filter(({ id }) => ids.includes(id));
    },
    async readByKey(idempotencyKey) {
      return findByKey(idempotencyKey);
    },
    async readLatest(limit) {
      return [...proposals.values()].reverse().slice(0, Math.min(limit, MAX_PROPOSALS_PER_READ));
    },
    async readOpen(time) {
      return openAt(time);
    },
    async countOpen(time) {
      return openAt(time).length;
    },
    async addApproval(id, approval) {
      const kept = proposals.get(id);
      if (kept === undefined || !isOpen(id)) return kept;
      if (kept.approvals.some(({ officer }) => officer === approval.officer)) return kept;
      const after = { ...kept, approvals: [...kept.approvals, approval] };
      proposals.set(id, after);
      return after;
    },
    async readAfter(id) {
      const all = [...proposals.values()];
      const from = id === undefined ? 0 : all.findIndex((kept) => kept.id === id) + 1;
      return all.slice(from, from + MAX_PROPOSALS_PER_READ);
    },
    async replaceOpenings(id, openings, time) {
      const kept = proposals.get(id);
      if (kept === undefined || kept.batch !== undefined) return false;
      if (kept.outcome === undefined && kept.terms.expiry > time) return false;
      proposals.set(id, { ...kept, openings });
      return true;
    },
    async createBatch(batch) {
      if (!batch.proposals.every(isOpen)) {
        throw new CodedError('decision.batch-conflict', 'A proposal of this batch is being carried out or is over.');
      }
      batches.set(batch.id, batch);
      for (const id of batch.proposals) {
        const kept = proposals.get(id);
        if (kept !== undefined) proposals.set(id, { ...kept, batch: batch.id });
      }
    },
    async readBatches() {
      return [...batches.values()];
    },
    async settle(id, outcomes) {
      const batch = batches.get(id);
      batches.delete(id);
      for (const proposal of batch?.proposals ?? []) {
        const settled = outcomes.find((candidate) => candidate.proposal === proposal);
        const kept = proposals.get(proposal);
        if (kept === undefined) continue;
        const { batch: _, ...open } = kept;
        proposals.set(proposal, settled === undefined ? open : { ...open, outcome: settled.outcome });
      }
    },
  };
}
