import { describe, expect, it } from 'vitest';
import type { DecisionStore, KeptApproval, NewProposal } from './decision-store.ts';

/** Every decision store runs this suite. `create` gives an empty store; `reopen` the same one after a restart. */
export function describeDecisionStore(
  name: string,
  create: () => Promise<{ readonly store: DecisionStore; readonly reopen: () => Promise<DecisionStore> }>,
): void {
  describe(name, () => {
    it('reads after a restart what it has acknowledged', async () => {
      const { store, reopen } = await create();
      await store.create(proposalOf(1));
      await store.addApproval('p1', approvalOf('a'));
      await store.createBatch({ id: 'b1', proposals: ['p1'], statements: ['s1', 's2'] });
      const again = await reopen();
      expect(await again.read('p1')).toEqual({ ...proposalOf(1), approvals: [approvalOf('a')], batch: 'b1' });
      expect(await again.readBatches()).toEqual([{ id: 'b1', proposals: ['p1'], statements: ['s1', 's2'] }]);
      expect(await again.read('p2')).toBeUndefined();
      expect((await again.readByKey('k1'))?.id).toBe('p1');
      expect(await again.readByKey('p1')).toBeUndefined();
    });

    it('answers a repeated key with the proposal it has, whatever the repeat says', async () => {
      const { store } = await create();
      const first = await store.create(proposalOf(1));
      expect(first).toEqual({ ...proposalOf(1), approvals: [] });
      expect(await store.create({ ...proposalOf(2), idempotencyKey: 'k1' })).toEqual(first);
      expect(await store.read('p2')).toBeUndefined();
    });

    it('keeps one of many that come at once under one key', async () => {
      const { store } = await create();
      const same = Array.from({ length: 8 }, (_, i) => ({ ...proposalOf(i), idempotencyKey: 'k' }));
      const answers = await Promise.all(same.map((proposal) => store.create(proposal)));
      expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
      expect(await store.readLatest(10)).toHaveLength(1);
    });

    it('keeps the first approval of each officer, in the order in which they came', async () => {
      const { store } = await create();
      await store.create(proposalOf(1));
      await store.addApproval('p1', approvalOf('b'));
      await store.addApproval('p1', approvalOf('a'));
      const after = await store.addApproval('p1', { ...approvalOf('b'), approval: 'another signature' });
      expect(after?.approvals).toEqual([approvalOf('b'), approvalOf('a')]);
      expect(await store.addApproval('p2', approvalOf('a'))).toBeUndefined();
    });

    it('loses no approval of officers who come at once', async () => {
      const { store } = await create();
      await store.create(proposalOf(1));
      const officers = ['a', 'b', 'c', 'd', 'e'];
      const answers = await Promise.all(officers.map((officer) => store.addApproval('p1', approvalOf(officer))));
      expect((await store.read('p1'))?.approvals.map(({ officer }) => officer).sort()).toEqual(officers);
      expect(Math.max(...answers.map((answer) => answer?.approvals.length ?? 0))).toBe(5);
    });

    it('adds no approval to what is in a batch or over', async () => {
      const { store } = await create();
      await store.create(proposalOf(1));
      await store.createBatch({ id: 'b1', proposals: ['p1'], statements: [] });
      expect((await store.addApproval('p1', approvalOf('a')))?.approvals).toEqual([]);
      await store.settle('b1', [{ proposal: 'p1', outcome: { state: 'refused', why: 'quorum' } }]);
      expect((await store.addApproval('p1', approvalOf('a')))?.approvals).toEqual([]);
    });

    it('lists the newest first and what is open oldest first', async () => {
      const { store } = await create();
      for (const i of [1, 2, 3, 4, 5]) await store.create(proposalOf(i));
      await store.createBatch({ id: 'b', proposals: ['p2', 'p3'], statements: [] });
      await store.settle('b', [{ proposal: 'p2', outcome: { state: 'refused', why: 'quorum' } }]);
      await store.createBatch({ id: 'c', proposals: ['p4'], statements: [] });
      expect((await store.readLatest(2)).map(({ id }) => id)).toEqual(['p5', 'p4']);
      expect((await store.readOpen(0)).map(({ id }) => id)).toEqual(['p1', 'p3', 'p5']);
      expect(await store.countOpen(0)).toBe(3);
      expect(await store.countOpen(1001)).toBe(2);
      expect(await store.countOpen(1005)).toBe(0);
      expect((await store.readOpen(1001)).map(({ id }) => id)).toEqual(['p3', 'p5']);
      expect(await store.readOpen(1005)).toEqual([]);
    });

    it('reads each of those named that it keeps, in the order of their making', async () => {
      const { store } = await create();
      for (const i of [1, 2, 3]) await store.create(proposalOf(i));
      await store.addApproval('p1', approvalOf('a'));
      expect(await store.readEach(['p3', 'p9', 'p1'])).toEqual([
        { ...proposalOf(1), approvals: [approvalOf('a')] },
        { ...proposalOf(3), approvals: [] },
      ]);
      expect(await store.readEach([])).toEqual([]);
    });

    it('answers of several officers who come at once the last one with the approvals of all', async () => {
      const { store } = await create();
      await store.create(proposalOf(1));
      await store.addApproval('p1', approvalOf('z'));
      const answers = await Promise.all(['a', 'b', 'c'].map((officer) => store.addApproval('p1', approvalOf(officer))));
      const counts = answers.map((answer) => answer?.approvals.length ?? 0).sort((a, b) => a - b);
      expect(counts).toEqual([2, 3, 4]);
    });

    it('puts a proposal into one batch only, and all of a batch or nothing', async () => {
      const { store } = await create();
      for (const i of [1, 2, 3]) await store.create(proposalOf(i));
      await store.createBatch({ id: 'b1', proposals: ['p2'], statements: [] });
      const conflict = { code: 'decision.batch-conflict' };
      const both = { id: 'b2', proposals: ['p1', 'p2'], statements: [] };
      await expect(store.createBatch(both)).rejects.toMatchObject(conflict);
      expect((await store.read('p1'))?.batch).toBeUndefined();
      expect(await store.readBatches()).toHaveLength(1);
      await store.settle('b1', [{ proposal: 'p2', outcome: { state: 'carried-out' } }]);
      await expect(store.createBatch(both)).rejects.toMatchObject(conflict);
      await expect(store.createBatch({ ...both, proposals: ['p1', 'p9'] })).rejects.toMatchObject(conflict);
      await store.createBatch({ ...both, proposals: ['p3', 'p1'] });
      expect((await store.readBatches())[0]?.proposals).toEqual(['p3', 'p1']);
    });

    it('lets one of two planners win', async () => {
      const { store } = await create();
      await store.create(proposalOf(1));
      const plans = ['b1', 'b2', 'b3'].map((id) => store.createBatch({ id, proposals: ['p1'], statements: [] }));
      const settled = await Promise.allSettled(plans);
      expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await store.readBatches()).toHaveLength(1);
    });

    it('settles a batch once, and opens again what has no outcome', async () => {
      const { store, reopen } = await create();
      for (const i of [1, 2]) await store.create(proposalOf(i));
      await store.createBatch({ id: 'b1', proposals: ['p1', 'p2'], statements: ['s'] });
      const outcome = { state: 'carried-out', entries: { decision: 4, carriedOut: 5 } } as const;
      await store.settle('b1', [{ proposal: 'p1', outcome }]);
      await store.settle('b1', [{ proposal: 'p2', outcome: { state: 'refused', why: 'quorum' } }]);
      await store.settle('unknown', []);
      const again = await reopen();
      expect((await again.read('p1'))?.outcome).toEqual(outcome);
      expect(await again.read('p2')).toEqual({ ...proposalOf(2), approvals: [] });
      expect(await again.readBatches()).toEqual([]);
      await again.createBatch({ id: 'b2', proposals: ['p2'], statements: [] });
      expect((await again.readBatches())[0]?.id).toBe('b2');
    });

    it('reads all that were ever kept, in pages that skip nothing', async () => {
      const { store } = await create();
      for (const i of [1, 2, 3]) await store.create(proposalOf(i));
      expect((await store.readAfter(undefined)).map(({ id }) => id)).toEqual(['p1', 'p2', 'p3']);
      expect((await store.readAfter('p2')).map(({ id }) => id)).toEqual(['p3']);
      expect(await store.readAfter('p3')).toEqual([]);
    });

    it('replaces the openings of what is over, and of nothing that somebody may still approve or carry out', async () => {
      const { store, reopen } = await create();
      for (const i of [1, 2, 3]) await store.create(proposalOf(i));
      const less = { targets: [], reasons: [], evidence: [] };
      await store.createBatch({ id: 'b', proposals: ['p1', 'p2'], statements: [] });
      expect(await store.replaceOpenings('p1', less, 9999)).toBe(false);
      await store.settle('b', [{ proposal: 'p1', outcome: { state: 'refused', why: 'quorum' } }]);
      expect(await store.replaceOpenings('p1', less, 0)).toBe(true);
      expect(await store.replaceOpenings('p2', less, 1001)).toBe(false);
      expect(await store.replaceOpenings('p2', less, 1002)).toBe(true);
      expect(await store.replaceOpenings('nobody', less, 0)).toBe(false);
      const again = await reopen();
      expect((await again.read('p1'))?.openings).toEqual(less);
      expect((await again.read('p3'))?.openings).toEqual(proposalOf(3).openings);
    });

    it('reads batches in the order in which they were made', async () => {
      const { store } = await create();
      for (const i of [1, 2, 3]) {
        await store.create(proposalOf(i));
        await store.createBatch({ id: `b${4 - i}`, proposals: [`p${i}`], statements: [] });
      }
      expect((await store.readBatches()).map(({ id }) => id)).toEqual(['b3', 'b2', 'b1']);
    });
  });
}

function approvalOf(officer: string): KeptApproval {
  return { officer, approval: `header.payload.${officer}`, at: 1_700_000_000_000 };
}

function proposalOf(i: number): NewProposal {
  const salt = 'AAAAAAAAAAAAAAAAAAAAAA';
  return {
    id: `p${i}`,
    idempotencyKey: `k${i}`,
    request: 'r'.repeat(43),
    digest: 'd'.repeat(43),
    terms: {
      genesis: 'g'.repeat(43),
      id: `p${i}`,
      power: 'suspend',
      parameters: { reasons: 'x'.repeat(43), until: 1_700_000_000_123 },
      targets: { root: 't'.repeat(43), count: 1 },
      class: 'under-review',
      rulebook: 0,
      expiry: 1000 + i,
    },
    openings: {
      targets: [{ salt, kind: 'target', value: { list: 'https://civic.example/1', index: 7 } }],
      reasons: [{ salt, kind: 'reason', value: 'f\u00fcr immer \u0000 weg' }],
      evidence: [],
    },
    quorum: 2,
    proposedAt: 1_700_000_000_000 + i,
  };
}
