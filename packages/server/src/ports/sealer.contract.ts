import { encodeUtf8, parseUtf8 } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import type { Sealer } from './sealer.ts';

/** Every sealer runs this suite. `create` with the same name opens what an earlier one sealed; another name does not. */
export function describeSealer(name: string, create: (key: 'one' | 'another') => Promise<Sealer>): void {
  const plain = encodeUtf8('eyJhbGciOiJFUzI1NiJ9.presented~');

  describe(name, () => {
    it('gives back what was sealed, also after a restart', async () => {
      const sealed = await (await create('one')).seal(plain, 'verdict:1');
      expect(await (await create('one')).open(sealed, 'verdict:1')).toEqual(plain);
      const nothing = await (await create('one')).seal(new Uint8Array(), 'verdict:1');
      expect(await (await create('one')).open(nothing, 'verdict:1')).toEqual(new Uint8Array());
    });

    it('shows nothing of the text, and never the same sealed text twice', async () => {
      const sealer = await create('one');
      const [a, b] = [await sealer.seal(plain, 'verdict:1'), await sealer.seal(plain, 'verdict:1')];
      expect(a).not.toEqual(b);
      expect(Buffer.from(a).includes(Buffer.from(plain.subarray(0, 8)))).toBe(false);
    });

    it('does not open in another row, under another key, changed anywhere, cut short or empty', async () => {
      const sealer = await create('one');
      const sealed = await sealer.seal(plain, 'verdict:1');
      const refused = { code: 'sealer.unopenable' };
      await expect(sealer.open(sealed, 'verdict:2')).rejects.toMatchObject(refused);
      await expect((await create('another')).open(sealed, 'verdict:1')).rejects.toMatchObject(refused);
      for (let at = 0; at < sealed.length; at += 1) {
        const changed = sealed.map((byte, i) => (i === at ? byte ^ 1 : byte));
        await expect(sealer.open(changed, 'verdict:1'), `byte ${at}`).rejects.toMatchObject(refused);
      }
      await expect(sealer.open(sealed.subarray(0, -1), 'verdict:1')).rejects.toMatchObject(refused);
      await expect(sealer.open(new Uint8Array(), 'verdict:1')).rejects.toMatchObject(refused);
      expect(parseUtf8(await sealer.open(sealed, 'verdict:1'))).toContain('presented');
    });

    it('names the same text the same after a restart, and otherwise in another context or under another key', async () => {
      const named = await (await create('one')).pseudonym('https://example.com/list 7', 'subject');
      expect(named).toMatch(/^[A-Za-z0-9_-]{43}$/);
      expect(await (await create('one')).pseudonym('https://example.com/list 7', 'subject')).toBe(named);
      const others = await Promise.all([
        (await create('one')).pseudonym('https://example.com/list 8', 'subject'),
        (await create('one')).pseudonym('https://example.com/list 7', 'other'),
        (await create('another')).pseudonym('https://example.com/list 7', 'subject'),
        // Text and context must not run into each other.
        (await create('one')).pseudonym(' https://example.com/list 7', 'subjec'),
      ]);
      expect(new Set([named, ...others]).size).toBe(5);
    });
  });
}
