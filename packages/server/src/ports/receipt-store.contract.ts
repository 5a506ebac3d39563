import { acceptanceOf, openReceipt } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import type { NewReceipt, ReceiptStore } from './receipt-store.ts';

function receipt(acceptance: string, ...ids: readonly string[]): NewReceipt {
  const transfers = ids.map((id) => ({ id, leaf: `{"answer":"created","id":"${id}","kind":"void","pending":"p"}` }));
  return { acceptance, transfers };
}

/** Every receipt store runs this suite. `create` gives an empty store; `reopen` the same one after a restart. */
export function describeReceiptStore(
  name: string,
  create: () => Promise<{ readonly store: ReceiptStore; readonly reopen: () => Promise<ReceiptStore> }>,
): void {
  describe(name, () => {
    it('proves after a restart each transfer that it has acknowledged, and no other', async () => {
      const { store, reopen } = await create();
      const call = receipt('jws', 'a', 'b', 'c', 'd', 'e');
      await store.add(call);
      await store.add(receipt('other', 'x'));
      const again = await reopen();
      const signed = acceptanceOf(
        call.transfers.map(({ leaf }) => leaf),
        { iss: 'city', iat: 1 },
      );
      for (const { id } of call.transfers) {
        const found = await again.read(id);
        expect(found?.acceptance).toBe('jws');
        expect(found && openReceipt(signed, found)).toMatchObject({ id, answer: 'created' });
      }
      expect(await again.read('x')).toMatchObject({ acceptance: 'other', index: 0, proof: [] });
      expect(await again.read('nobody')).toBeUndefined();
    });

    it('keeps the first receipt of each transfer', async () => {
      const { store } = await create();
      await store.add(receipt('first', 'a', 'b'));
      await store.add(receipt('second', 'b', 'c'));
      await store.add(receipt('third', 'c', 'c', 'a'));
      expect((await store.read('b'))?.acceptance).toBe('first');
      expect(await store.read('c')).toMatchObject({ acceptance: 'second', index: 1 });
    });

    it('keeps one of many that come at once', async () => {
      const { store } = await create();
      await Promise.all(Array.from({ length: 8 }, (_, i) => store.add(receipt(`jws ${i}`, 'a', `own ${i}`))));
      expect((await store.read('a'))?.index).toBe(0);
      for (let i = 0; i < 8; i += 1) expect((await store.read(`own ${i}`))?.acceptance).toBe(`jws ${i}`);
    });

    it('takes a call of nothing for nothing', async () => {
      const { store } = await create();
      await store.add(receipt('empty'));
      expect(await store.read('')).toBeUndefined();
    });
  });
}
