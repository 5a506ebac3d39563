import { encodeUtf8 } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import type { HolderKeys } from './holder-keys.ts';
import { createWebVerify } from './web-verify.ts';

/** Every keeper of holder keys runs this suite. */
export function describeHolderKeys(name: string, create: () => Promise<HolderKeys>): void {
  const data = encodeUtf8('a key binding');
  const verify = createWebVerify();

  describe(name, () => {
    it('makes another key each time, and signs with the one that is named', async () => {
      const keys = await create();
      const [one, other] = [await keys.create(), await keys.create()];
      expect(one.id).not.toBe(other.id);
      expect(one.publicKey).not.toEqual(other.publicKey);
      const signature = await keys.sign(one.id, data);
      expect(signature).toHaveLength(64);
      const check = { alg: 'ES256', data, signature } as const;
      expect(await verify({ ...check, key: one.publicKey })).toBe(true);
      expect(await verify({ ...check, key: other.publicKey })).toBe(false);
      expect(await verify({ ...check, key: one.publicKey, data: encodeUtf8('another text') })).toBe(false);
    });

    it('gives away no private part', async () => {
      const keys = await create();
      expect(Object.keys((await keys.create()).publicKey).sort()).toEqual(['crv', 'kty', 'x', 'y']);
    });

    it('signs no more with a key that was removed, and removes one that is not there without complaint', async () => {
      const keys = await create();
      const { id } = await keys.create();
      await keys.remove(id);
      await keys.remove(id);
      await expect(keys.sign(id, data)).rejects.toMatchObject({ code: 'wallet.key-unknown' });
    });
  });
}
