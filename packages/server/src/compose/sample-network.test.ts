import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parsePublicJwk } from '@holdfast/core';
import { createPlatformClock } from '@holdfast/verifier';
import { createNodeEngine } from '@holdfast/verifier/node';
import { afterAll, expect, test } from 'vitest';
import { createDevelopmentCa, issueLeaf } from '../adapters/development-ca/development-ca.ts';
import { createMemorySigner } from '../adapters/memory/signer.ts';
import { systemEntropy } from '../adapters/system/entropy.ts';
import { createLogger } from '../adapters/system/logger.ts';
import { bringLeaf } from './brought-leaf.ts';
import { CREDENTIAL_KEY, sampleTenant } from './sample-network.ts';

const ORIGIN = 'http://localhost:4600';
const DAY_MS = 86_400_000;
// X.509 keeps whole seconds.
const NOW = Math.floor(Date.now() / 1000) * 1000;
const folder = await mkdtemp(join(tmpdir(), 'holdfast-leaf-'));
afterAll(() => rm(folder, { recursive: true }));

async function createLeaf() {
  const signer = createMemorySigner();
  await signer.create('ca', 'ES256');
  const authority = { signer, keyName: 'ca', entropy: systemEntropy };
  const validity = { notBefore: NOW - DAY_MS, notAfter: NOW + 1000 * DAY_MS };
  const ca = await createDevelopmentCa(authority, { name: 'Own', ...validity });
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = parsePublicJwk(publicKey.export({ format: 'jwk' }));
  const leaf = await issueLeaf(authority, ca.der, { name: 'civic', key, host: 'localhost', ...validity });
  return { leaf, keyPem: String(privateKey.export({ type: 'pkcs8', format: 'pem' })) };
}

const platform = {
  clock: createPlatformClock(),
  entropy: systemEntropy,
  engine: createNodeEngine(),
  logger: createLogger('silent'),
};

test('a leaf that was brought is what credentials carry, and another one is refused once it is taken', async () => {
  const { leaf, keyPem } = await createLeaf();
  await bringLeaf(folder, CREDENTIAL_KEY, { certificate: leaf.pem, key: keyPem }, NOW);
  expect((await sampleTenant(platform, ORIGIN, folder)).x5c).toEqual([leaf.text]);
  await bringLeaf(folder, CREDENTIAL_KEY, { certificate: leaf.pem, key: keyPem }, NOW);
  const other = await createLeaf();
  await expect(
    bringLeaf(folder, CREDENTIAL_KEY, { certificate: other.leaf.pem, key: other.keyPem }, NOW),
  ).rejects.toMatchObject({ code: 'key.exists' });
  expect((await sampleTenant(platform, ORIGIN, folder)).x5c).toEqual([leaf.text]);
});

test('a key that is not the certificate’s is refused before anything is kept', async () => {
  const [one, other] = [await createLeaf(), await createLeaf()];
  const empty = join(folder, 'empty');
  await expect(
    bringLeaf(empty, CREDENTIAL_KEY, { certificate: one.leaf.pem, key: other.keyPem }, NOW),
  ).rejects.toMatchObject({ code: 'leaf.key-mismatch' });
  expect((await sampleTenant(platform, ORIGIN, empty)).x5c).not.toEqual([one.leaf.text]);
});
