import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { isCodedError } from '@holdfast/core';
import { beforeAll, expect, it } from 'vitest';
import {
  type AuthorityKey,
  type Certificate,
  createDevelopmentCa,
  issueLeaf,
} from '../development-ca/development-ca.ts';
import { createMemorySigner } from '../memory/signer.ts';
import { createKeyPair, type KeyPair } from './key-pair.ts';
import { readLeaf } from './leaf.ts';

const NOW = Date.UTC(2026, 10, 20);
const YEAR = 365 * 86_400_000;

let ca: Certificate;
let leaf: Certificate;
const key = createKeyPair('ES256');

const pemOf = (pair: KeyPair) =>
  String(
    createPrivateKey({ key: { ...pair.exportPrivate() }, format: 'jwk' }).export({ format: 'pem', type: 'pkcs8' }),
  );
const codeOf = async (work: Promise<unknown>) => {
  const outcome = await work.then(undefined, (error: unknown) => error);
  return isCodedError(outcome) ? [outcome.code, outcome.details.reason].filter(Boolean).join(' ') : 'gave a leaf';
};

beforeAll(async () => {
  const signer = createMemorySigner();
  await signer.create('ca', 'ES256');
  const authority: AuthorityKey = {
    signer,
    keyName: 'ca',
    entropy: { bytes: (count) => new Uint8Array(count).fill(9) },
  };
  const validity = { notBefore: NOW, notAfter: NOW + YEAR };
  ca = await createDevelopmentCa(authority, { name: 'Sample', ...validity });
  leaf = await issueLeaf(authority, ca.der, { name: 'Civic', key: key.publicKey, host: 'a.example', ...validity });
});

it('reads a leaf with its key, and leaves an anchor that came along out of x5c', async () => {
  const read = await readLeaf(leaf.pem, pemOf(key), NOW);
  expect(read.x5c).toEqual([leaf.text]);
  expect(read.key.kid).toBe(key.kid);
  expect(read.path.sanDns).toEqual(['a.example']);
  expect((await readLeaf(leaf.pem + ca.pem, pemOf(key), NOW)).x5c).toEqual([leaf.text]);
});

it('refuses what wallets would refuse later', async () => {
  expect(await codeOf(readLeaf(ca.pem + leaf.pem, pemOf(key), NOW))).toBe(
    'leaf.refused signature.certificate_self_signed',
  );
  expect(await codeOf(readLeaf(leaf.pem + leaf.pem, pemOf(key), NOW))).toBe(
    'leaf.refused signature.certificate_not_authority',
  );
  expect(await codeOf(readLeaf(leaf.pem, pemOf(key), NOW + 2 * YEAR))).toBe('leaf.refused trust.certificate_expired');
  expect(await codeOf(readLeaf(leaf.pem, pemOf(createKeyPair('ES256')), NOW))).toBe('leaf.key-mismatch');
  expect(await codeOf(readLeaf('nothing', pemOf(key), NOW))).toBe('certificate.malformed');
});

it('refuses a key that is none, is sealed, or is of another kind, and does not quote it', async () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const sealed = { format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' } as const;
  expect(await codeOf(readLeaf(leaf.pem, String(rsa.export({ format: 'pem', type: 'pkcs8' })), NOW))).toBe(
    'key.unsupported',
  );
  expect(await codeOf(readLeaf(leaf.pem, String(rsa.export(sealed)), NOW))).toBe('leaf.key-malformed');
  const broken = pemOf(key).replace('M', '*');
  const error = await readLeaf(leaf.pem, broken, NOW).then(undefined, (cause: unknown) => cause);
  expect(isCodedError(error) && error.code).toBe('leaf.key-malformed');
  expect((error as Error).cause).toBeUndefined();
});
