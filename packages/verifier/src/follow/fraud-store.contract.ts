import { describe, expect, it } from 'vitest';
import { type FraudStore, MAX_KEPT_FRAUD } from './fraud-store.ts';

/** An opened store under test; `reopen` is what a restart of the process finds. */
export type OpenedFraudStore = { readonly store: FraudStore; readonly reopen: () => Promise<FraudStore> };

/** Every store of proofs of fraud runs this suite. `create` gives a new, empty one. */
export function describeFraudStore(name: string, create: () => Promise<OpenedFraudStore>): void {
  describe(`${name} keeps proofs of fraud`, () => {
    it('once each, in the order of their digests, also over a restart', async () => {
      const { store, reopen } = await create();
      expect(await store.readFraud()).toEqual([]);
      const [a, b] = [
        { digest: 'a', proof: '{"é":"\\u0000"}' },
        { digest: 'b', proof: '{}' },
      ];
      for (const fraud of [b, a, b, { ...a, proof: 'other' }]) await store.keepFraud(fraud);
      for (const opened of [store, await reopen()]) expect(await opened.readFraud()).toEqual([a, b]);
    });

    it('and no more than a few', async () => {
      const { store } = await create();
      for (let i = 0; i < MAX_KEPT_FRAUD + 3; i += 1) await store.keepFraud({ digest: `${i + 10}`, proof: `${i}` });
      expect((await store.readFraud()).map(({ proof }) => Number(proof))).toEqual(
        Array.from({ length: MAX_KEPT_FRAUD }, (_, i) => i),
      );
    });
  });
}
