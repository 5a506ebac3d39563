import { encodeUtf8, type PublicJwk, type SignatureCheck } from '@holdfast/core';
import { createNodeEngine } from '@holdfast/verifier/node';
import { describe, expect, it } from 'vitest';
import type { Signer } from './signer.ts';

/** Every signer runs this suite. `create` gives one without keys; `reopen` the same keys after a restart. */
export function describeSigner(
  name: string,
  create: () => Promise<{ readonly signer: Signer; readonly reopen: () => Promise<Signer> }>,
): void {
  const engine = createNodeEngine();
  const data = encodeUtf8('what was decided');
  const verify = (key: PublicJwk, signature: Uint8Array, signed = data) => {
    const check: SignatureCheck = { alg: key.kty === 'EC' ? 'ES256' : 'EdDSA', key, data: signed, signature };
    return engine.verifySync([check])[0];
  };
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      (value) => `gave ${JSON.stringify(value)}`,
      (error: { code?: string }) => error.code,
    );

  describe(name, () => {
    it('makes keys of both kinds and signs with them, 64 bytes that verify over these bytes and no others', async () => {
      const { signer } = await create();
      for (const [keyName, algorithm] of [
        ['statements', 'ES256'],
        ['log', 'EdDSA'],
      ] as const) {
        const key = await signer.create(keyName, algorithm);
        const signature = await signer.sign(keyName, data);
        expect(key.kty).toBe(algorithm === 'ES256' ? 'EC' : 'OKP');
        expect(signature).toHaveLength(64);
        expect(await signer.readPublicKey(keyName)).toEqual(key);
        expect(verify(key, signature)).toBe(true);
        expect(verify(key, signature, encodeUtf8('something else'))).toBe(false);
        expect(verify(key, await signer.sign(keyName, new Uint8Array()), new Uint8Array())).toBe(true);
      }
    });

    it('shows public members only', async () => {
      const { signer } = await create();
      expect(Object.keys(await signer.create('a', 'ES256')).sort()).toEqual(['crv', 'kty', 'x', 'y']);
      expect(Object.keys(await signer.create('b', 'EdDSA')).sort()).toEqual(['crv', 'kty', 'x']);
      expect(Object.keys(await signer.readPublicKey('a')).sort()).toEqual(['crv', 'kty', 'x', 'y']);
    });

    it('makes a key once, however often and from how many sides it is asked', async () => {
      const { signer, reopen } = await create();
      const other = await reopen();
      const asked = Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? signer : other).create('one', 'ES256'));
      const keys = await Promise.all(asked);
      expect(new Set(keys.map((key) => JSON.stringify(key))).size).toBe(1);
      expect(await signer.create('one', 'ES256')).toEqual(keys[0]);
      expect(verify(keys[0] as PublicJwk, await other.sign('one', data))).toBe(true);
    });

    it('gives each name its own key', async () => {
      const { signer } = await create();
      const [a, b] = [await signer.create('a', 'ES256'), await signer.create('b', 'ES256')];
      expect(a).not.toEqual(b);
      expect(verify(b, await signer.sign('a', data))).toBe(false);
    });

    it('has after a restart every key it has answered with', async () => {
      const { signer, reopen } = await create();
      const made = [await signer.create('b.2', 'EdDSA'), await signer.create('a-1', 'ES256')];
      const again = await reopen();
      expect(await again.readNames()).toEqual(['a-1', 'b.2']);
      expect([await again.readPublicKey('b.2'), await again.readPublicKey('a-1')]).toEqual(made);
      expect(verify(made[1] as PublicJwk, await again.sign('a-1', data))).toBe(true);
    });

    it('does not change what a name means: another algorithm is refused', async () => {
      const { signer } = await create();
      const key = await signer.create('log', 'EdDSA');
      expect(await codeOf(signer.create('log', 'ES256'))).toBe('key.other-algorithm');
      expect(await signer.readPublicKey('log')).toEqual(key);
    });

    it('does not know names it has not made, and makes none by being asked', async () => {
      const { signer } = await create();
      expect(await codeOf(signer.sign('nobody', data))).toBe('key.unknown');
      expect(await codeOf(signer.readPublicKey('nobody'))).toBe('key.unknown');
      expect(await signer.readNames()).toEqual([]);
    });

    it('refuses names that could mean something to a file system, a shell, or an object', async () => {
      const { signer } = await create();
      const bad = [
        '',
        '.',
        '..',
        '../a',
        'a/b',
        'a\\b',
        '/etc/passwd',
        '.a',
        '-a',
        'A',
        'é',
        'a b',
        'a\0',
        'a\n',
        '__proto__',
      ];
      for (const keyName of [...bad, 'a'.repeat(65)]) {
        expect([keyName, await codeOf(signer.create(keyName, 'ES256'))]).toEqual([keyName, 'key.name-malformed']);
        expect([keyName, await codeOf(signer.readPublicKey(keyName))]).toEqual([keyName, 'key.name-malformed']);
        expect([keyName, await codeOf(signer.sign(keyName, data))]).toEqual([keyName, 'key.name-malformed']);
      }
      expect(await signer.readNames()).toEqual([]);
      expect(await codeOf(signer.create('a'.repeat(64), 'ES256'))).toContain('gave');
      expect(await codeOf(signer.readPublicKey('constructor'))).toBe('key.unknown');
    });

    it('signs for many at once', async () => {
      const { signer } = await create();
      const key = await signer.create('busy', 'ES256');
      const texts = Array.from({ length: 30 }, (_, i) => encodeUtf8(`text ${i}`));
      const signatures = await Promise.all(texts.map((text) => signer.sign('busy', text)));
      expect(texts.every((text, i) => verify(key, signatures[i] ?? new Uint8Array(), text))).toBe(true);
    });
  });
}
