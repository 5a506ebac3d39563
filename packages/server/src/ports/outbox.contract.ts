import { describe, expect, it } from 'vitest';
import { MAX_EVENTS_PER_APPEND, MAX_WAITING_PER_ENDPOINT, type Outbox } from './outbox.ts';

/** Every outbox runs this suite. `create` gives an empty one; `reopen` the same one after a restart. */
export function describeOutbox(
  name: string,
  create: () => Promise<{ readonly outbox: Outbox; readonly reopen: () => Promise<Outbox> }>,
): void {
  describe(name, () => {
    it('still has to send after a restart what it had to send before, to whoever asked for that kind', async () => {
      const { outbox, reopen } = await create();
      await outbox.addEndpoint(endpoint('a'), 10);
      await outbox.addEndpoint({ ...endpoint('b'), kinds: ['other'] }, 10);
      expect(await outbox.append([event(1)], 100)).toBe(1);
      const reopened = await reopen();
      expect(await reopened.readDue(99, 10)).toEqual([]);
      expect(await reopened.readDue(100, 10)).toEqual([{ event: event(1), endpoint: endpoint('a'), attempts: 0 }]);
    });

    it('tells one event once for each endpoint, however often it is appended', async () => {
      const { outbox } = await create();
      await outbox.addEndpoint(endpoint('a'), 10);
      const appended = await Promise.all([1, 2, 3].map(() => outbox.append([event(1)], 100)));
      expect(appended.reduce((sum, count) => sum + count, 0)).toBe(1);
      await outbox.settle('e1', 'a', { state: 'sent' });
      expect([await outbox.append([event(1)], 100), await outbox.readDue(1000, 10)]).toEqual([0, []]);
    });

    it('is hastened once, and what has failed keeps its pause', async () => {
      const { outbox } = await create();
      await outbox.addEndpoint(endpoint('a'), 10);
      await outbox.append([event(1)], 1000);
      await outbox.hasten(['e1'], 50);
      expect(await outbox.readDue(50, 10)).toHaveLength(1);
      await outbox.settle('e1', 'a', { state: 'failed', nextAt: 500, failure: 'fetch.status' });
      await outbox.hasten(['e1'], 60);
      expect(await outbox.readDue(60, 10)).toEqual([]);
      expect((await outbox.readDue(500, 10)).map(({ attempts }) => attempts)).toEqual([1]);
    });

    it('says how an endpoint does: what waits and since when, what was given up, and why', async () => {
      const { outbox } = await create();
      await outbox.addEndpoint(endpoint('a'), 10);
      for (const i of [1, 2, 3]) await outbox.append([event(i)], 100);
      await outbox.settle('e1', 'a', { state: 'dead', failure: 'fetch.timeout' });
      await outbox.settle('e2', 'a', { state: 'failed', nextAt: 900, failure: 'fetch.status' });
      expect(await outbox.readEndpoints()).toEqual([
        { ...endpoint('a'), waiting: 2, waitingSince: 2, dead: 1, deadSince: 1, missed: 0, failure: 'fetch.status' },
      ]);
      await outbox.settle('e2', 'a', { state: 'sent' });
      await outbox.settle('e3', 'a', { state: 'dropped' });
      expect(await outbox.readEndpoints()).toEqual([
        { ...endpoint('a'), waiting: 0, dead: 1, deadSince: 1, missed: 0 },
      ]);
    });

    it('sends again what was given up, as if for the first time, and only that', async () => {
      const { outbox, reopen } = await create();
      for (const id of ['a', 'b']) await outbox.addEndpoint(endpoint(id), 10);
      await outbox.append([event(1), event(2)], 100);
      await outbox.settle('e1', 'a', { state: 'failed', nextAt: 200, failure: 'fetch.status' });
      for (const id of ['a', 'b']) await outbox.settle('e1', id, { state: 'dead', failure: 'fetch.timeout' });
      await outbox.settle('e2', 'a', { state: 'sent' });
      expect([await outbox.revive('a', 500), await outbox.revive('a', 600)]).toEqual([1, 0]);
      const due = (await (await reopen()).readDue(500, 10)).filter(({ endpoint: { id } }) => id === 'a');
      expect(due).toEqual([{ event: event(1), endpoint: endpoint('a'), attempts: 0 }]);
      expect((await outbox.readEndpoints()).map(({ dead }) => dead)).toEqual([0, 1]);
    });

    it('is full for an endpoint once too many wait for it, says how many it missed, and takes more when some are settled', async () => {
      const { outbox } = await create();
      for (const id of ['a', 'b']) await outbox.addEndpoint(endpoint(id), 10);
      for (let i = 0; i < MAX_WAITING_PER_ENDPOINT; i += MAX_EVENTS_PER_APPEND) {
        const events = Array.from({ length: MAX_EVENTS_PER_APPEND }, (_, j) => event(i + j));
        expect(await outbox.append(events, 100)).toBe(2 * MAX_EVENTS_PER_APPEND);
      }
      await outbox.settle('e0', 'b', { state: 'sent' });
      expect(await outbox.append([event(100_001), event(100_002)], 100)).toBe(2);
      expect((await outbox.readEndpoints()).map(({ missed }) => missed)).toEqual([2, 0]);
      await outbox.revive('a', 1);
      await outbox.settle('e0', 'a', { state: 'sent' });
      expect(await outbox.append([event(100_001)], 100)).toBe(1);
      expect((await outbox.readEndpoints()).map(({ missed }) => missed)).toEqual([0, 0]);
    });

    it('gives what one has taken to nobody else until then, or until it is settled', async () => {
      const { outbox, reopen } = await create();
      await outbox.addEndpoint(endpoint('a'), 10);
      await outbox.append([event(1), event(2), event(3), event(4)], 100);
      const other = await reopen();
      const taken = await Promise.all([outbox, other, outbox, other].map((one) => one.readDue(100, 2, 500)));
      const ids = taken.flat().map(({ event: { id } }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.toSorted()).toEqual(['e1', 'e2', 'e3', 'e4']);
      await outbox.hasten(['e1'], 50);
      await outbox.settle('e2', 'a', { state: 'waits', nextAt: 150 });
      await outbox.settle('e3', 'a', { state: 'sent' });
      // Whoever took the first and the last was killed: they are somebody else's when its time is over.
      expect((await other.readDue(499, 10)).map(({ event: { id } }) => id)).toEqual(['e2']);
      expect((await other.readDue(500, 10)).map(({ event: { id } }) => id).toSorted()).toEqual(['e1', 'e2', 'e4']);
    });

    it('counts no attempt while it waits for what it tells', async () => {
      const { outbox } = await create();
      await outbox.addEndpoint(endpoint('a'), 10);
      await outbox.append([event(1)], 100);
      await outbox.settle('e1', 'a', { state: 'waits', nextAt: 200 });
      expect(await outbox.readDue(199, 10)).toEqual([]);
      expect((await outbox.readDue(200, 10)).map(({ attempts }) => attempts)).toEqual([0]);
    });

    it('takes no more endpoints than it may, and forgets one with all that waits for it', async () => {
      const { outbox } = await create();
      expect([await outbox.addEndpoint(endpoint('a'), 1), await outbox.addEndpoint(endpoint('b'), 1)]).toEqual([
        true,
        false,
      ]);
      await outbox.append([event(1)], 100);
      expect([await outbox.removeEndpoint('a'), await outbox.removeEndpoint('a')]).toEqual([true, false]);
      expect([await outbox.readEndpoints(), await outbox.readDue(1000, 10)]).toEqual([[], []]);
    });

    it('reads the longest due first, within the limit, and forgets what is settled and old', async () => {
      const { outbox } = await create();
      await outbox.addEndpoint(endpoint('a'), 10);
      for (const i of [1, 2, 3]) await outbox.append([event(i)], 200 - i);
      expect((await outbox.readDue(1000, 2)).map((delivery) => delivery.event.id)).toEqual(['e3', 'e2']);
      for (const i of [1, 2]) await outbox.settle(`e${i}`, 'a', { state: 'sent' });
      expect([await outbox.remove(9, 1), await outbox.remove(9, 10), await outbox.remove(9, 10)]).toEqual([1, 1, 0]);
      expect(await outbox.readDue(1000, 10)).toHaveLength(1);
    });
  });
}

function endpoint(id: string) {
  return { id, url: `https://${id}.example/hook`, kinds: ['presentation'], createdAt: 1 };
}

function event(i: number) {
  return { id: `e${i}`, kind: 'presentation', subject: `p${i}`, at: i };
}
