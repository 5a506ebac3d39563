import { describe, expect, it } from 'vitest';
import type { NoticeStore, NoticeSubscription } from './notice-store.ts';

type Create = () => Promise<{ readonly store: NoticeStore; readonly reopen: () => Promise<NoticeStore> }>;

const noticeOf = (code: string, over: Partial<NoticeSubscription> = {}): NoticeSubscription => ({
  ...{ code, sealed: new Uint8Array([0, 255, 7]), told: 't', nextAt: 100, attempts: 0, createdAt: 50 },
  ...over,
});

/** Every store of notices runs this suite. */
export function describeNoticeStore(name: string, create: Create): void {
  describe(name, () => {
    it('keeps the last of a code, within its bound, and forgets what is taken back', async () => {
      const { store, reopen } = await create();
      expect(await store.put(noticeOf('a'), 2)).toBe(true);
      expect(await store.put(noticeOf('a', { told: 'u' }), 2)).toBe(true);
      expect(await store.put(noticeOf('b'), 2)).toBe(true);
      expect(await store.put(noticeOf('c'), 2)).toBe(false);
      expect(await store.put(noticeOf('b', { told: 'v' }), 2)).toBe(true);
      const again = await reopen();
      expect(await again.find('a')).toEqual(noticeOf('a', { told: 'u' }));
      await again.remove('a');
      await again.remove('a');
      expect(await store.find('a')).toBeUndefined();
      expect(await store.put(noticeOf('c'), 2)).toBe(true);
    });

    it('reads what is due, the longest first, and not more than asked for', async () => {
      const { store } = await create();
      for (const [code, nextAt] of Object.entries({ a: 30, b: 10, c: 20, d: 41 })) {
        await store.put(noticeOf(code, { nextAt }), 10);
      }
      expect((await store.readDue(40, 2)).map(({ code }) => code)).toEqual(['b', 'c']);
      expect((await store.readDue(40, 9)).map(({ code }) => code)).toEqual(['b', 'c', 'a']);
    });

    it('notes what came of it only where nobody was told something else in between', async () => {
      const { store, reopen } = await create();
      await store.put(noticeOf('a'), 10);
      await store.settle('a', 't', { told: 't', nextAt: 200, attempts: 1, failure: 'notice.unreachable' });
      expect(await (await reopen()).find('a')).toEqual(
        noticeOf('a', { nextAt: 200, attempts: 1, failure: 'notice.unreachable' }),
      );
      await store.settle('a', 'other', { told: 'x', nextAt: 300, attempts: 0 });
      await store.settle('a', 't', { told: 'u', nextAt: 300, attempts: 0 });
      expect(await store.find('a')).toEqual(noticeOf('a', { told: 'u', nextAt: 300 }));
      await store.settle('nobody', 't', { told: 'u', nextAt: 300, attempts: 0 });
    });

    it('counts those that failed again and again, and since when', async () => {
      const { store } = await create();
      expect(await store.countStuck(3)).toEqual({ count: 0 });
      await store.put(noticeOf('a', { attempts: 3, createdAt: 70 }), 10);
      await store.put(noticeOf('b', { attempts: 9, createdAt: 60 }), 10);
      await store.put(noticeOf('c', { attempts: 2, createdAt: 10 }), 10);
      expect(await store.countStuck(3)).toEqual({ count: 2, since: 60 });
    });
  });
}
