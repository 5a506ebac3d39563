import type { SettlementBatch, SettlementLine } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { type LineOutcome, MAX_BATCH_LINES, type SettlementRail } from './settlement-rail.ts';

export type RailUnderTest = {
  readonly rail: SettlementRail;
  /** A line that the rail carries; its id is made of the number. */
  readonly line: (number: number) => SettlementLine;
  /** The same line, to a kind of destination that the rail does not carry. */
  readonly foreign: (number: number) => SettlementLine;
  /** The other side says these things of lines of one batch, all at once. */
  readonly say: (batch: string, outcomes: readonly LineOutcome[]) => Promise<void>;
  /** The same rail after a restart. */
  readonly reopen: () => Promise<SettlementRail>;
};

/** Every settlement rail runs this suite. `create` gives one that says nothing by itself. */
export function describeSettlementRail(name: string, create: () => Promise<RailUnderTest>): void {
  describe(name, () => {
    const batchOf = (id: string, ...lines: readonly SettlementLine[]): SettlementBatch => ({
      id,
      createdAt: Date.UTC(2026, 10, 28, 12),
      lines,
    });

    it('gives the same acceptance to the same batch, also after a restart', async () => {
      const { rail, line, reopen } = await create();
      const batch = batchOf('b1', line(1), line(2));
      const first = await rail.submit(batch);
      expect(first.batch).toBe('b1');
      expect(await rail.submit(structuredClone(batch))).toEqual(first);
      expect(await (await reopen()).submit(batch)).toEqual(first);
    });

    it('makes one of two submissions at once', async () => {
      const { rail, line } = await create();
      const batch = batchOf('b1', line(1));
      const [first, second] = await Promise.all([rail.submit(batch), rail.submit(batch)]);
      expect(second).toEqual(first);
    });

    it('refuses another content under the same id, and keeps what it has', async () => {
      const { rail, line } = await create();
      const batch = batchOf('b1', line(1));
      const first = await rail.submit(batch);
      for (const other of [
        batchOf('b1', line(2)),
        batchOf('b1', line(1), line(2)),
        { ...batch, createdAt: batch.createdAt + 1 },
        batchOf('b1', { ...line(1), amount: line(1).amount + 1n }),
      ]) {
        await expect(rail.submit(other)).rejects.toMatchObject({ code: 'settlement.batch-conflict' });
      }
      expect(await rail.submit(batch)).toEqual(first);
    });

    it('writes nothing of a batch with a line that it does not carry', async () => {
      const { rail, line, foreign } = await create();
      expect(rail.check(line(1))).toBeUndefined();
      const code = rail.check(foreign(2))?.code;
      expect(code).toBe('settlement.kind');
      await expect(rail.submit(batchOf('b1', line(1), foreign(2)))).rejects.toMatchObject({ code });
      expect((await rail.submit(batchOf('b1', line(1), line(3)))).batch).toBe('b1');
    });

    it('refuses amounts of nothing or less', async () => {
      const { rail, line } = await create();
      for (const amount of [0n, -1n]) {
        expect(rail.check({ ...line(1), amount })?.code).toBe('settlement.amount');
        await expect(rail.submit(batchOf('b1', { ...line(1), amount }))).rejects.toMatchObject({
          code: 'settlement.amount',
        });
      }
    });

    it('takes a batch of its bound, and none beyond', async () => {
      const { rail, line } = await create();
      const lines = Array.from({ length: MAX_BATCH_LINES + 1 }, (_, i) => line(i));
      const code = 'settlement.batch-size';
      await expect(rail.submit(batchOf('b1', ...lines))).rejects.toMatchObject({ code });
      await expect(rail.submit(batchOf('b2'))).rejects.toMatchObject({ code });
      expect((await rail.submit(batchOf('b3', ...lines.slice(1)))).batch).toBe('b3');
    });

    it('says nothing of a line before the other side does', async () => {
      const { rail, line } = await create();
      await rail.submit(batchOf('b1', line(1)));
      expect(await rail.readOutcomes(undefined, 10)).toMatchObject({ outcomes: [], notices: [], more: false });
    });

    it('tells every outcome by a cursor, in pages, and again from the same cursor and after a restart', async () => {
      const { rail, line, say, reopen } = await create();
      const ids = [1, 2, 3].map((number) => line(number).lineId);
      await rail.submit(batchOf('b1', line(1), line(2), line(3)));
      const answers = ids.map(
        (lineId, i): LineOutcome =>
          i === 1 ? { lineId, outcome: 'rejected', code: 'AC04' } : { lineId, outcome: 'accepted', code: 'ACSC' },
      );
      await say('b1', answers);
      const first = await rail.readOutcomes(undefined, 2);
      expect(first.outcomes).toEqual(answers.slice(0, 2));
      expect(first.more).toBe(true);
      const second = await rail.readOutcomes(first.cursor, 2);
      expect(second).toMatchObject({ outcomes: answers.slice(2), more: false });
      const again = await reopen();
      expect(await again.readOutcomes(undefined, 2)).toEqual(first);
      expect(await again.readOutcomes(first.cursor, 2)).toEqual(second);
      expect((await again.readOutcomes(second.cursor, 2)).outcomes).toEqual([]);
    });

    it('goes on from a cursor at the end when there is more', async () => {
      const { rail, line, say } = await create();
      await rail.submit(batchOf('b1', line(1)));
      await rail.submit(batchOf('b2', line(2)));
      const { cursor } = await rail.readOutcomes(undefined, 10);
      const one: LineOutcome = { lineId: line(1).lineId, outcome: 'accepted', code: 'ACSC' };
      const two: LineOutcome = { lineId: line(2).lineId, outcome: 'rejected', code: 'AM04' };
      await say('b1', [one]);
      const next = await rail.readOutcomes(cursor, 10);
      expect(next.outcomes).toEqual([one]);
      await say('b2', [two]);
      expect((await rail.readOutcomes(next.cursor, 10)).outcomes).toEqual([two]);
    });

    it('passes on a contradiction as it came', async () => {
      const { rail, line, say } = await create();
      await rail.submit(batchOf('b1', line(1)));
      const { lineId } = line(1);
      await say('b1', [{ lineId, outcome: 'accepted', code: 'ACSP' }]);
      await rail.readOutcomes(undefined, 10);
      await say('b1', [{ lineId, outcome: 'rejected', code: 'AC04' }]);
      const { outcomes } = await rail.readOutcomes(undefined, 10);
      expect(outcomes.map(({ outcome }) => outcome)).toEqual(['accepted', 'rejected']);
    });
  });
}
