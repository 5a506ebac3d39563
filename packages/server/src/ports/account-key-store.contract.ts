import type { KeyChange } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import type { AccountKeyStore } from './account-key-store.ts';

/** Every store runs this suite. `create` gives an empty one; `reopen` the same one after a restart. */
export function describeAccountKeyStore(
  name: string,
  create: () => Promise<{ readonly store: AccountKeyStore; readonly reopen: () => Promise<AccountKeyStore> }>,
): void {
  const change = (number: number, changes: Partial<KeyChange> = {}): KeyChange => ({
    ...{ id: `id-${number}`, account: 'key.a', number, to: `key-${number}` },
    ...{ at: 1_796_000_000_000, effectiveAt: 1_796_000_000_001, order: 'an order', ...changes },
  });

  describe(name, () => {
    it('reads after a restart what it has kept, by number, of one account only', async () => {
      const { store, reopen } = await create();
      for (const one of [change(2), change(1), change(1, { account: 'key.b', id: 'other' })]) {
        expect(await store.append(one)).toEqual(one);
      }
      await store.cancel({ ...change(1), cancelledBy: 'another order' });
      const again = await reopen();
      expect(await again.read('key.a')).toEqual([change(1, { cancelledBy: 'another order' }), change(2)]);
      expect(await again.read('key.c')).toEqual([]);
    });

    it('keeps one of those that come at once for the same place, and tells all which', async () => {
      const { store } = await create();
      const answers = await Promise.all([1, 2, 3].map((i) => store.append(change(1, { id: `id-${i}` }))));
      expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
      expect(await store.read('key.a')).toEqual([answers[0]]);
    });

    it('keeps the first order that called a change off', async () => {
      const { store } = await create();
      await store.append(change(1));
      for (const cancelledBy of ['first', 'second']) await store.cancel({ ...change(1), cancelledBy });
      expect(await store.read('key.a')).toEqual([change(1, { cancelledBy: 'first' })]);
    });
  });
}
