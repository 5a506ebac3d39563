import { describe, expect, it } from 'vitest';
import type { HeldCredential, WalletStore } from './wallet-store.ts';

/** Every wallet store runs this suite. `create` gives an empty store that holds at most `max` credentials. */
export function describeWalletStore(name: string, create: (max: number) => Promise<WalletStore>): void {
  describe(name, () => {
    it('gives back what it was given, in the order received', async () => {
      const store = await create(9);
      await store.append([heldOf('b'), { ...heldOf('a'), expiresAt: 5, name: 'Residence' }]);
      await store.append([heldOf('c')]);
      expect((await store.readAll()).map(({ id }) => id)).toEqual(['b', 'a', 'c']);
      expect(await store.read('a')).toEqual({ ...heldOf('a'), expiresAt: 5, name: 'Residence' });
      expect(await store.read('d')).toBeUndefined();
    });

    it('replaces what it has under the same id, in its place', async () => {
      const store = await create(2);
      await store.append([heldOf('a'), heldOf('b')]);
      await store.append([{ ...heldOf('a'), uses: 1 }]);
      expect((await store.readAll()).map(({ id, uses }) => [id, uses])).toEqual([
        ['a', 1],
        ['b', 0],
      ]);
    });

    it('keeps all of a call or nothing when it is full', async () => {
      const store = await create(2);
      await store.append([heldOf('a')]);
      await expect(store.append([heldOf('b'), heldOf('c')])).rejects.toMatchObject({ code: 'wallet.full' });
      expect(await store.readAll()).toHaveLength(1);
      await store.append([heldOf('b')]);
    });

    it('forgets, and does not mind what it never had', async () => {
      const store = await create(2);
      await store.append([heldOf('a')]);
      await store.remove('a');
      await store.remove('a');
      expect(await store.readAll()).toEqual([]);
    });
  });
}

function heldOf(id: string): HeldCredential {
  const issued = { issuer: 'https://issuer.example', vct: 'https://issuer.example/vct' };
  return { id, credential: 'a.b.c~', keyId: `key-${id}`, ...issued, batch: 'batch', uses: 0, receivedAt: 1 };
}
