import type { Party } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { createKeyPair } from '../../server/src/adapters/key-files/key-pair.ts';
import { sealKey } from '../../server/src/adapters/key-files/sealed-key.ts';
import { openKeyFile, parseKeyFile } from '../src/officer/key-file.ts';

const NOW = 1_800_000_000_000;
const PASSPHRASE = 'seven words that a person wrote down';
const own = createKeyPair('ES256');
const officerOf = (publicKey: Party['keys'][number]['key'], more: object = {}): Party => {
  return { id: 'officer-a', kind: 'officer', keys: [{ use: 'approval', key: publicKey, ...more }], accreditations: [] };
};
const parties = [officerOf(own.publicKey)];
const file = await sealKey(own, PASSPHRASE, 10);

describe('a key file that the command line wrote, opened by a browser', () => {
  test('is told whose it is before its passphrase, signs then, and cannot be read', async () => {
    const sealed = parseKeyFile(`${file}\n`, parties, NOW);
    expect(sealed).toMatchObject({ officer: { id: 'officer-a' }, publicJwk: own.publicKey });
    const key = await openKeyFile(sealed, PASSPHRASE);
    expect([key.usages, key.extractable]).toEqual([['sign'], false]);
    await expect(crypto.subtle.exportKey('jwk', key)).rejects.toThrow();
  });

  test('does not open by another passphrase, nor when a letter of it was changed', async () => {
    const wrong = openKeyFile(parseKeyFile(file, parties, NOW), 'seven other words');
    await expect(wrong).rejects.toMatchObject({ code: 'key.passphrase-wrong' });
    const [head, key, nonce, cipher = '', tag] = file.split('.');
    const changed = [head, key, nonce, `${cipher.startsWith('A') ? 'B' : 'A'}${cipher.slice(1)}`, tag].join('.');
    const damaged = openKeyFile(parseKeyFile(changed, parties, NOW), PASSPHRASE);
    await expect(damaged).rejects.toMatchObject({ code: 'key.passphrase-wrong' });
  });

  test('is refused where it is no officer’s in force: an issuer’s, a stolen one, one that has ended', () => {
    const issuer: Party = { ...officerOf(own.publicKey), id: 'civic', kind: 'issuer' };
    for (const others of [
      [],
      [issuer],
      [officerOf(own.publicKey, { compromised: 1 })],
      [officerOf(own.publicKey, { until: NOW })],
    ]) {
      expect(() => parseKeyFile(file, others, NOW)).toThrow(expect.objectContaining({ code: 'key.not-an-officers' }));
    }
  });

  test('that names an officer’s key and carries another is not kept', async () => {
    const other = createKeyPair('ES256');
    const posing = await sealKey({ ...other, kid: own.kid }, PASSPHRASE, 10);
    const opened = openKeyFile(parseKeyFile(posing, parties, NOW), PASSPHRASE);
    await expect(opened).rejects.toMatchObject({ code: 'key.file-malformed' });
  });

  test('on a curve that browsers keep no keys on is said to be so', async () => {
    const edwards = createKeyPair('EdDSA');
    const sealed = await sealKey(edwards, PASSPHRASE, 10);
    const read = () => parseKeyFile(sealed, [officerOf(edwards.publicKey)], NOW);
    expect(read).toThrow(expect.objectContaining({ code: 'key.unsupported' }));
  });

  const header = (change: object) => {
    const [head = '', ...rest] = file.split('.');
    const before = JSON.parse(Buffer.from(head, 'base64url').toString()) as object;
    return [Buffer.from(JSON.stringify({ ...before, ...change })).toString('base64url'), ...rest].join('.');
  };
  test.each([
    ['cut short', file.slice(0, -30).split('.').slice(0, 4).join('.')],
    ['a private key in the clear', JSON.stringify({ kty: 'EC', crv: 'P-256', d: 'x' })],
    ['sealed in another way', header({ alg: 'dir' })],
    ['so many rounds that the browser would hang', header({ p2c: 1_000_000_000 })],
    ['far too long', file + 'A'.repeat(20_000)],
    ['of another alphabet', file.replaceAll('.', '.ü')],
  ])('%s is no key file', (_what, text) => {
    expect(() => parseKeyFile(text, parties, NOW)).toThrow(expect.objectContaining({ code: 'key.file-malformed' }));
  });
});
