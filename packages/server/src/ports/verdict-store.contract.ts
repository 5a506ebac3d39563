import { encodeUtf8 } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import type { VerdictPlace, VerdictRecord, VerdictStore } from './verdict-store.ts';

/** Every verdict store runs this suite. `create` gives an empty store; `reopen` the same one after a restart. */
export function describeVerdictStore(
  name: string,
  create: () => Promise<{ readonly store: VerdictStore; readonly reopen: () => Promise<VerdictStore> }>,
): void {
  describe(name, () => {
    it('reads after a restart what it has acknowledged, byte for byte', async () => {
      const { store, reopen } = await create();
      const record = { ...recordOf(1), credential: 'c'.repeat(43), sealed: new Uint8Array([0, 255, 7]) };
      await store.append(record);
      await store.append(recordOf(2, { sealed: undefined }));
      expect(await (await reopen()).read('v1')).toEqual(record);
      expect(await (await reopen()).read('v2')).toEqual(recordOf(2, { sealed: undefined }));
      expect(await store.read('v3')).toBeUndefined();
    });

    it('refuses an id it has, and keeps the first', async () => {
      const { store } = await create();
      await store.append(recordOf(1));
      await expect(store.append({ ...recordOf(1), signed: 'other' })).rejects.toMatchObject({ code: 'verdict.exists' });
      expect((await store.read('v1'))?.signed).toBe('signed-1');
    });

    it('keeps all of many that come at once, each as it is, and one of those with the same id', async () => {
      const { store } = await create();
      const many = Array.from({ length: 250 }, (_, i) =>
        i % 3 === 0 ? recordOf(i, { sealed: undefined }) : { ...recordOf(i), sealed: new Uint8Array(i).fill(i) },
      );
      const told = await Promise.allSettled(
        [...many, { ...recordOf(7), signed: 'another' }].map((record) => store.append(record)),
      );
      expect(told.filter(({ status }) => status === 'fulfilled')).toHaveLength(250);
      for (const i of [0, 1, 7, 100, 249]) expect(await store.read(`v${i}`)).toEqual(many[i]);
    });

    it('lists the newest first, by subject, by credential, and no more than asked', async () => {
      const { store } = await create();
      for (const i of [3, 1, 2]) await store.append({ ...recordOf(i), credential: i === 2 ? 'two' : 'odd' });
      await store.append({ ...recordOf(4), subject: 'other' });
      const ids = async (filter: object, limit = 10) =>
        (await store.readLatest({ ...filter, limit })).map(({ id }) => id);
      expect(await ids({})).toEqual(['v4', 'v3', 'v2', 'v1']);
      expect(await ids({ subject: 'subject' })).toEqual(['v3', 'v2', 'v1']);
      expect(await ids({ credential: 'odd' })).toEqual(['v3', 'v1']);
      expect(await ids({ subject: 'subject', credential: 'two' })).toEqual(['v2']);
      expect(await ids({}, 2)).toEqual(['v4', 'v3']);
      expect(await ids({ subject: 'nobody' })).toEqual([]);
    });

    it('goes on behind the one that was read last, also when it is gone, and leaves out none of the same moment', async () => {
      const { store } = await create();
      for (const i of [1, 2, 3, 4]) await store.append({ ...recordOf(i), answeredAt: i < 4 ? 100 : 200 });
      const read: string[] = [];
      let after: VerdictPlace | undefined;
      for (;;) {
        const page = await store.readLatest({ limit: 1, ...(after === undefined ? {} : { after }) });
        const [last] = page;
        if (last === undefined) break;
        read.push(last.id);
        after = { answeredAt: last.answeredAt, id: last.id };
      }
      expect(read).toEqual(['v4', 'v3', 'v2', 'v1']);
      const gone = await store.readLatest({ limit: 10, after: { answeredAt: 200, id: 'erased' } });
      expect(gone.map(({ id }) => id)).toEqual(['v3', 'v2', 'v1']);
    });

    it('keeps the order of appending within one millisecond', async () => {
      const { store } = await create();
      for (const id of ['b', 'a', 'c']) await store.append({ ...recordOf(1), id });
      expect((await store.readLatest({ limit: 10 })).map(({ id }) => id)).toEqual(['c', 'a', 'b']);
    });

    it('erases what replay needs from the oldest on, within the limit, and nothing else', async () => {
      const { store } = await create();
      for (const i of [1, 2, 3, 4]) await store.append(recordOf(i));
      expect(await store.eraseSealed(4, 2)).toBe(2);
      const kept = await Promise.all(['v1', 'v2', 'v3', 'v4'].map((id) => store.read(id)));
      expect(kept.map((record) => record?.sealed !== undefined)).toEqual([false, false, true, true]);
      expect(kept[0]).toEqual(recordOf(1, { sealed: undefined }));
      expect(await store.eraseSealed(4, 10)).toBe(1);
      expect(await store.eraseSealed(4, 10)).toBe(0);
    });

    it('erases what replay needs of one credential, however old, and keeps every verdict', async () => {
      const { store, reopen } = await create();
      for (const i of [1, 2]) await store.append(recordOf(i));
      await store.append({ ...recordOf(3), subject: 'other' });
      expect([await store.eraseSubject('subject'), await store.eraseSubject('subject')]).toEqual([2, 0]);
      const kept = await (await reopen()).readLatest({ limit: 10 });
      expect(kept.map(({ id, sealed }) => [id, sealed !== undefined])).toEqual([
        ['v3', true],
        ['v2', false],
        ['v1', false],
      ]);
    });

    it('forgets from the oldest on, within the limit', async () => {
      const { store } = await create();
      for (const i of [1, 2, 3]) await store.append(recordOf(i));
      expect(await store.remove(3, 1)).toBe(1);
      expect(await store.remove(3, 10)).toBe(1);
      expect((await store.readLatest({ limit: 10 })).map(({ id }) => id)).toEqual(['v3']);
    });

    it('takes what callers at once append', async () => {
      const { store } = await create();
      await Promise.all(Array.from({ length: 20 }, (_, i) => store.append(recordOf(i))));
      expect(await store.readLatest({ limit: 200 })).toHaveLength(20);
    });
  });
}

function recordOf(i: number, change: { readonly sealed?: undefined } | undefined = undefined): VerdictRecord {
  const record = { id: `v${i}`, subject: 'subject', answeredAt: i, signed: `signed-${i}` };
  return change === undefined ? { ...record, sealed: encodeUtf8(`sealed-${i}`) } : record;
}
