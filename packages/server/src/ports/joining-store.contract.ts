import { describe, expect, it } from 'vitest';
import type { JoiningStore, NewJoining } from './joining-store.ts';

/** Every store of requests to join runs this suite. `create` gives an empty one; `reopen` the same one after a restart. */
export function describeJoiningStore(
  name: string,
  create: () => Promise<{ readonly store: JoiningStore; readonly reopen: () => Promise<JoiningStore> }>,
): void {
  const joining = (id: string, changes: Partial<NewJoining> = {}): NewJoining => ({
    ...{ id, party: `https://${id}.example`, request: `{"of":"${id}"}` },
    ...{ sealed: Uint8Array.of(0, 255, id.length), receivedAt: 1_796_000_000_000 },
    ...changes,
  });
  const bounds = { maxOpen: 3, maxOpenPerParty: 2 };

  describe(name, () => {
    it('reads after a restart what it was given, and keeps the first under an id', async () => {
      const { store, reopen } = await create();
      expect(await store.add(joining('a'), bounds)).toEqual({ answer: 'kept', kept: joining('a') });
      const again = await reopen();
      expect(await again.add(joining('a', { receivedAt: 5 }), bounds)).toEqual({
        answer: 'repeat',
        kept: joining('a'),
      });
      expect(await again.read('a')).toEqual(joining('a'));
      expect(await again.read('b')).toBeUndefined();
      const many = await Promise.all(Array.from({ length: 6 }, () => again.add(joining('c'), bounds)));
      expect(many.filter(({ answer }) => answer === 'kept')).toHaveLength(1);
    });

    it('keeps no more than asked, of all and of one party; what was declined counts no more', async () => {
      const { store } = await create();
      const party = 'https://x.example';
      await store.add(joining('a', { party }), bounds);
      await store.add(joining('b', { party }), bounds);
      expect(await store.add(joining('c', { party }), bounds)).toEqual({ answer: 'party-full' });
      await store.add(joining('d'), bounds);
      expect(await store.add(joining('e'), bounds)).toEqual({ answer: 'full' });
      expect(await store.decline('a', 'incomplete')).toBe(true);
      expect(await store.add(joining('c', { party }), bounds)).toMatchObject({ answer: 'kept' });
    });

    it('lists the open ones oldest first, and says how many are before one', async () => {
      const { store } = await create();
      for (const [i, id] of ['c', 'a', 'b'].entries()) await store.add(joining(id, { receivedAt: 100 + i }), bounds);
      expect((await store.readOpen()).map(({ id }) => id)).toEqual(['c', 'a', 'b']);
      expect(await store.countBefore('b')).toBe(2);
      await store.decline('c', 'incomplete');
      expect((await store.readOpen()).map(({ id }) => id)).toEqual(['a', 'b']);
      expect(await store.countBefore('b')).toBe(1);
    });

    it('erases what was sealed with what is declined, and keeps the first reason', async () => {
      const { store, reopen } = await create();
      await store.add(joining('a'), bounds);
      await store.decline('a', 'incomplete');
      await store.decline('a', 'another');
      const { sealed: _, ...rest } = joining('a');
      expect(await (await reopen()).read('a')).toEqual({ ...rest, declined: 'incomplete' });
      expect(await store.decline('b', 'x')).toBe(false);
    });

    it('forgets what is older than asked, no more at a time than asked', async () => {
      const { store } = await create();
      for (const [i, id] of ['a', 'b', 'c'].entries()) await store.add(joining(id, { receivedAt: i }), bounds);
      expect(await store.forget(2, 1)).toBe(1);
      expect(await store.forget(2, 9)).toBe(1);
      expect((await store.readOpen()).map(({ id }) => id)).toEqual(['c']);
    });
  });
}
