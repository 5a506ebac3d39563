import {
  applySettlement,
  createSettlement,
  type Settlement,
  type SettlementEvent,
  settlementLineId,
  stateOfSettlement,
} from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import type { KeptBatch, KeptLine, LineChange, PlannedLine, SettlementStore } from './settlement-store.ts';

/** Every settlement store runs this suite. `create` gives an empty store; `reopen` the same one after a restart. */
export function describeSettlementStore(
  name: string,
  create: () => Promise<{ readonly store: SettlementStore; readonly reopen: () => Promise<SettlementStore> }>,
): void {
  const conflict = { code: 'settlement.store-conflict' };

  describe(name, () => {
    it('reads after a restart what it has acknowledged', async () => {
      const { store, reopen } = await create();
      expect(await store.plan([planned(1)])).toEqual(['created']);
      const line = await readOne(store, 1);
      const settlement = applyAll(line.settlement, submit('b1'), handOver('b1'), partly);
      await store.createBatch(batch('b1', 1), [{ ...line, settlement, since: 5 }]);
      await store.recordAcceptance({ batch: 'b1', digest: 'd', receipt: 'r' }, []);
      const again = await reopen();
      expect(await readOne(again, 1)).toEqual({ ...planned(1), settlement, since: 5, version: 2 });
      expect(await again.readAcceptance('b1')).toEqual({ batch: 'b1', digest: 'd', receipt: 'r' });
      expect(await again.read([planned(2).id])).toEqual([undefined]);
      expect(await again.readAcceptance('b2')).toBeUndefined();
    });

    it('keeps amounts that no double holds, to the last unit', async () => {
      const { store, reopen } = await create();
      const amount = 2n ** 127n - 1n;
      await store.plan([{ ...planned(1), amount }]);
      const line = await readOne(store, 1);
      const answer: SettlementEvent = {
        kind: 'answer',
        attempt: 1,
        answer: { outcome: 'partly', code: 'ACWC', paid: amount - 1n },
      };
      await store.change([{ ...line, settlement: applyAll(line.settlement, submit('b1'), answer) }]);
      const kept = await readOne(await reopen(), 1);
      expect(kept.amount).toBe(amount);
      expect(kept.settlement.attempts[0]?.answers[0]?.paid).toBe(amount - 1n);
    });

    it('answers a repeated line with what differs, and keeps the first', async () => {
      const { store } = await create();
      const first = planned(1);
      expect(await store.plan([first, { ...first, amount: 7n }, planned(2)])).toEqual([
        'created',
        'exists-with-different-amount',
        'created',
      ]);
      const repeats: PlannedLine[] = [
        { ...first, sealed: Uint8Array.of(9), plannedAt: 77 },
        { ...first, rail: 'other' },
        { ...first, destination: 'other' },
        { ...first, asset: { code: 'EUR', decimals: 3 } },
        { ...first, asset: { code: 'USD', decimals: 2 } },
        { ...first, reference: 'other' },
      ];
      for (const [i, field] of [undefined, 'rail', 'destination', 'asset', 'asset', 'reference'].entries()) {
        const expected = field === undefined ? 'exists' : `exists-with-different-${field}`;
        expect(await store.plan(repeats.slice(i, i + 1))).toEqual([expected]);
      }
      expect(await readOne(store, 1)).toMatchObject(first);
    });

    it('keeps one of many plans of one line that come at once', async () => {
      const { store } = await create();
      const answers = await Promise.all(Array.from({ length: 8 }, () => store.plan([planned(1), planned(2)])));
      expect(answers.flat().filter((answer) => answer === 'created')).toHaveLength(2);
      expect(await store.readPlanned('bank', 10)).toHaveLength(2);
    });

    it('reads what is planned for one rail in the order planned, until it is submitted', async () => {
      const { store } = await create();
      await store.plan([planned(3), { ...planned(2), rail: 'chain' }, planned(1)]);
      const lines = await store.readPlanned('bank', 10);
      expect(lines.map(({ transferId }) => transferId)).toEqual(['t-3', 't-1']);
      expect(await store.readPlanned('bank', 1)).toHaveLength(1);
      await store.createBatch(batch('b1', 3), changesOf(lines.slice(0, 1), submit('b1')));
      expect((await store.readPlanned('bank', 10)).map(({ transferId }) => transferId)).toEqual(['t-1']);
    });

    it('puts all of a batch in or nothing, and one of two that take the same line', async () => {
      const { store } = await create();
      await store.plan([planned(1), planned(2), planned(3)]);
      const lines = await store.readPlanned('bank', 10);
      const attempts = ['b1', 'b2', 'b3'].map((id) =>
        store.createBatch(batch(id, 1, 2, 3), changesOf(lines, submit(id))),
      );
      const settled = await Promise.allSettled(attempts);
      expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(settled.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))).toEqual([
        expect.objectContaining(conflict),
        expect.objectContaining(conflict),
      ]);
      const [kept, ...others] = await store.readUnaccepted('bank', 10);
      expect(others).toEqual([]);
      const now = await store.read([1, 2, 3].map((i) => planned(i).id));
      expect(now.map((line) => line?.settlement.attempts[0]?.batch)).toEqual([kept?.id, kept?.id, kept?.id]);
    });

    it('takes no batch under an id that is taken', async () => {
      const { store } = await create();
      await store.plan([planned(1), planned(2)]);
      const [one, two] = await store.readPlanned('bank', 10);
      await store.createBatch(batch('b1', 1), changesOf([one], submit('b1')));
      await expect(store.createBatch(batch('b1', 2), changesOf([two], submit('b1')))).rejects.toMatchObject(conflict);
      expect((await readOne(store, 2)).settlement).toEqual(createSettlement());
    });

    it('reads batches without an acceptance, oldest first, and keeps the first acceptance', async () => {
      const { store } = await create();
      for (const id of ['b2', 'b1', 'b3']) await store.createBatch(batch(id, 1), []);
      await store.createBatch({ ...batch('b4', 1), rail: 'chain' }, []);
      await store.recordAcceptance({ batch: 'b1', digest: 'd1', receipt: 'r1' }, []);
      await store.recordAcceptance({ batch: 'b1', digest: 'd2', receipt: 'r2' }, []);
      expect(await store.readAcceptance('b1')).toMatchObject({ digest: 'd1' });
      expect(await store.readUnaccepted('bank', 10)).toEqual([batch('b2', 1), batch('b3', 1)]);
      expect(await store.readUnaccepted('bank', 1)).toEqual([batch('b2', 1)]);
    });

    it('moves the cursor with what it came with, or neither', async () => {
      const { store, reopen } = await create();
      await store.plan([planned(1), planned(2)]);
      const lines = await store.readPlanned('bank', 10);
      expect(await store.readCursor('bank')).toBeUndefined();
      const stale = lines.map((line) => ({ ...line, version: line.version + 1 }));
      await expect(store.recordOutcomes('bank', { from: undefined, to: '1' }, stale, [])).rejects.toMatchObject(
        conflict,
      );
      await expect(store.recordOutcomes('bank', { from: '0', to: '1' }, [], [notice(1)])).rejects.toMatchObject(
        conflict,
      );
      expect(await store.readCursor('bank')).toBeUndefined();
      await store.recordOutcomes('bank', { from: undefined, to: '1' }, changesOf(lines.slice(0, 1), submit('b1')), []);
      await expect(store.recordOutcomes('bank', { from: undefined, to: '2' }, [], [])).rejects.toMatchObject(conflict);
      await store.recordOutcomes('bank', { from: '1', to: '2' }, [], []);
      await store.recordOutcomes('chain', { from: undefined, to: '7' }, [], []);
      const again = await reopen();
      expect([await again.readCursor('bank'), await again.readCursor('chain')]).toEqual(['2', '7']);
      expect(await again.readNotices(10)).toEqual([]);
      expect((await readOne(again, 1)).version).toBe(2);
    });

    it('lets one of two readers of the same outcomes win', async () => {
      const { store } = await create();
      const readers = ['1', '2', '3'].map((to) => store.recordOutcomes('bank', { from: undefined, to }, [], []));
      const settled = await Promise.allSettled(readers);
      expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    it('keeps each notice once, newest first', async () => {
      const { store } = await create();
      await store.recordOutcomes('bank', { from: undefined, to: '1' }, [], [notice(1), notice(2)]);
      await store.recordOutcomes('bank', { from: '1', to: '2' }, [], [{ ...notice(1), at: 99 }, notice(3)]);
      await store.recordOutcomes('chain', { from: undefined, to: '1' }, [], [notice(1)]);
      const kept = await store.readNotices(10);
      expect(kept.map(({ rail, id, at }) => [rail, id, at])).toEqual([
        ['chain', 'n1', 1],
        ['bank', 'n3', 3],
        ['bank', 'n2', 2],
        ['bank', 'n1', 1],
      ]);
      expect(await store.readNotices(2)).toHaveLength(2);
    });

    it('changes no line that has changed since it was read', async () => {
      const { store } = await create();
      await store.plan([planned(1), planned(2)]);
      const [one, two] = await store.readPlanned('bank', 10);
      await store.change(changesOf([two], submit('b')));
      await expect(store.change(changesOf([one, two], submit('c')))).rejects.toMatchObject(conflict);
      expect((await readOne(store, 1)).version).toBe(1);
      const missing = { id: planned(3).id, version: 1, settlement: createSettlement(), since: 1 };
      await expect(store.change([missing])).rejects.toMatchObject(conflict);
    });

    it('reads who waits for an answer since when, by rail', async () => {
      const { store } = await create();
      await store.plan([planned(1), planned(2), planned(3), planned(4)]);
      const [one, two, three, four] = await store.readPlanned('bank', 10);
      await store.change([
        ...changesOf([one], submit('b1'), handOver('b1', 30)),
        ...changesOf([two], submit('b1'), handOver('b1', 10)),
        ...changesOf([three], submit('b2')),
        ...changesOf([four], submit('b2'), handOver('b2', 10), accepted),
      ]);
      expect((await store.readWaiting('bank', 30, 10)).map(({ transferId }) => transferId)).toEqual(['t-2', 't-1']);
      expect((await store.readWaiting('bank', 29, 10)).map(({ transferId }) => transferId)).toEqual(['t-2']);
      expect(await store.readWaiting('bank', 30, 1)).toHaveLength(1);
      expect(await store.readWaiting('chain', 30, 10)).toEqual([]);
    });

    it('reads what is open, longest first, and counts by state', async () => {
      const { store } = await create();
      await store.plan([planned(1), planned(2), planned(3)]);
      const [one, two] = await store.readPlanned('bank', 10);
      await store.change([
        ...changesOf([one], submit('b1'), accepted),
        ...changesOf([two], submit('b1'), rejected).map((change) => ({ ...change, since: 1 })),
      ]);
      const open = await store.readOpen(10);
      expect(open.map(({ transferId, settlement }) => [transferId, stateOfSettlement(settlement)])).toEqual([
        ['t-2', 'rejected'],
        ['t-3', 'planned'],
      ]);
      expect(await store.readOpen(1)).toHaveLength(1);
      expect(await store.countByState()).toEqual({
        planned: 1,
        submitted: 0,
        accepted: 1,
        rejected: 1,
        partly: 0,
        unknown: 0,
        conflict: 0,
      });
    });

    it('forgets where the accepted payments of one program went, and nothing else', async () => {
      const { store, reopen } = await create();
      const lines = ['post.a.1', 'post.a.2', 'post.a.3', 'post.a_.1', 'post.ab.1'].map((transferId, i) => ({
        ...planned(i),
        transferId,
      }));
      await store.plan(lines);
      const read = await store.readPlanned('bank', 10);
      const change = ['post.a.1', 'post.a.2', 'post.a_.1', 'post.ab.1'].map((name) =>
        read.find(({ transferId }) => transferId === name),
      );
      await store.change(changesOf(change, submit('b1'), accepted));
      expect(await store.erase('post.a.', 1)).toEqual({ erased: 1, left: 2 });
      expect(await store.erase('post.a.', 10)).toEqual({ erased: 1, left: 1 });
      expect(await store.erase('post.a.', 10)).toEqual({ erased: 0, left: 1 });
      const kept = await (await reopen()).read(lines.map(({ id }) => id));
      expect(kept.map((line) => line?.sealed !== undefined)).toEqual([false, false, true, true, true]);
      expect(await store.plan([lines[0] ?? planned(0)])).toEqual(['exists']);
    });
  });
}

const submit = (batch: string): SettlementEvent => ({ kind: 'submit', batch, at: 5 });
const handOver = (batch: string, at = 6): SettlementEvent => ({ kind: 'hand-over', batch, at });
const accepted: SettlementEvent = { kind: 'answer', attempt: 1, answer: { outcome: 'accepted', code: 'ACSC' } };
const rejected: SettlementEvent = { kind: 'answer', attempt: 1, answer: { outcome: 'rejected', code: 'AC04' } };
const partly: SettlementEvent = { kind: 'answer', attempt: 1, answer: { outcome: 'partly', paid: 5n } };

function applyAll(settlement: Settlement, ...events: readonly SettlementEvent[]): Settlement {
  return events.reduce((before, event) => {
    const result = applySettlement(before, event);
    if (!result.ok) throw new Error(result.refusal);
    return result.settlement;
  }, settlement);
}

function changesOf(lines: readonly (KeptLine | undefined)[], ...events: readonly SettlementEvent[]): LineChange[] {
  return lines.flatMap((line) =>
    line === undefined ? [] : [{ ...line, settlement: applyAll(line.settlement, ...events) }],
  );
}

async function readOne(store: SettlementStore, number: number): Promise<KeptLine> {
  const [line] = await store.read([planned(number).id]);
  if (line === undefined) throw new Error(`there is no line ${number}`);
  return line;
}

function planned(number: number): PlannedLine {
  return {
    id: settlementLineId(`t-${number}`),
    transferId: `t-${number}`,
    rail: 'bank',
    sealed: Uint8Array.of(1, 0, 255, number),
    destination: `pseudonym-${number}`,
    amount: 1000n + BigInt(number),
    asset: { code: 'EUR', decimals: 2 },
    reference: 'winter relief \u2603',
    plannedAt: 3,
  };
}

function batch(id: string, ...numbers: readonly number[]): KeptBatch {
  return { id, rail: 'bank', createdAt: 4, lines: numbers.map((number) => planned(number).id) };
}

function notice(number: number) {
  return { id: `n${number}`, code: 'settlement.report-malformed', message: 'This is no report.', at: number };
}
