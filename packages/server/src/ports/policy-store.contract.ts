import { describe, expect, it } from 'vitest';
import { MAX_POLICIES, type PolicyStore } from './policy-store.ts';

/** Every policy store runs this suite. `create` gives an empty store; `reopen` the same one after a restart. */
export function describePolicyStore(
  name: string,
  create: () => Promise<{ readonly store: PolicyStore; readonly reopen: () => Promise<PolicyStore> }>,
): void {
  describe(name, () => {
    it('reads after a restart what was put in force last, and what was before', async () => {
      const { store, reopen } = await create();
      expect([await store.readCurrent(), await store.read('p1')]).toEqual([undefined, undefined]);
      expect(await store.replace(policy(1), undefined)).toBe(true);
      expect(await store.replace(policy(2), 'p1')).toBe(true);
      const reopened = await reopen();
      expect(await reopened.readCurrent()).toEqual(policy(2));
      expect(await reopened.read('p1')).toEqual(policy(1));
    });

    it('changes nothing for whoever expects another policy than the one in force', async () => {
      const { store } = await create();
      expect(await store.replace(policy(1), 'p9')).toBe(false);
      await store.replace(policy(1), undefined);
      expect([await store.replace(policy(2), undefined), await store.replace(policy(2), 'p0')]).toEqual([false, false]);
      expect(await store.readCurrent()).toEqual(policy(1));
    });

    it('takes one of those that replace the same policy at once', async () => {
      const { store } = await create();
      await store.replace(policy(0), undefined);
      const taken = await Promise.all([1, 2, 3, 4, 5].map((i) => store.replace(policy(i), 'p0')));
      expect(taken.filter(Boolean)).toHaveLength(1);
      expect((await store.readCurrent())?.digest).toBe(`p${taken.indexOf(true) + 1}`);
    });

    it('may come back to an earlier policy', async () => {
      const { store } = await create();
      await store.replace(policy(1), undefined);
      await store.replace(policy(2), 'p1');
      expect(await store.replace({ ...policy(1), since: 9 }, 'p2')).toBe(true);
      expect(await store.readCurrent()).toEqual({ ...policy(1), since: 9 });
    });

    it('forgets the oldest beyond its bound', async () => {
      const { store } = await create();
      await store.replace(policy(0), undefined);
      for (let i = 1; i <= MAX_POLICIES + 2; i += 1) await store.replace(policy(i), `p${i - 1}`);
      expect((await store.readCurrent())?.digest).toBe(`p${MAX_POLICIES + 2}`);
      expect([await store.read('p0'), (await store.read('p5'))?.digest]).toEqual([undefined, 'p5']);
    });
  });
}

function policy(i: number) {
  return { digest: `p${i}`, text: `{"id":"${i}"}`, since: i };
}
