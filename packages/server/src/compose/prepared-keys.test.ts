import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PublicJwk, thumbprint } from '@holdfast/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { TenantConfig } from '../roles/issuer/config.ts';
import { ISSUER_KEYS } from './issuer-keys.ts';
import { openKeys } from './keyring.ts';
import { createPreparedKeys } from './prepared-keys.ts';

let keysFolder = '';
beforeEach(async () => {
  keysFolder = await mkdtemp(join(tmpdir(), 'holdfast-prepared-'));
});
afterEach(() => rm(keysFolder, { recursive: true }));

const tenant = { id: 'civic', credentialKey: 'civic-credential' } as TenantConfig;
const certify = async (name: string) => `certificate of ${name}`;

async function open(leaf: (name: string) => Promise<string> = certify) {
  const signer = await openKeys(keysFolder, ISSUER_KEYS);
  return { signer, ...createPreparedKeys({ signer, keysFolder, leaf }) };
}

const nobody = () => false;

test('a key is one until somebody has named it, then comes another', async () => {
  const { prepare, read, signer } = await open();
  await signer.create('civic-credential', 'ES256');
  await signer.create('civic-credential-old', 'ES256');
  const second = await prepare(tenant, nobody);
  expect(second).toEqual({ name: 'civic-credential-2', x5c: ['certificate of civic-credential-2'] });
  expect(await prepare(tenant, nobody)).toEqual(second);
  const key = thumbprint(await signer.readPublicKey(second.name));
  const third = await prepare(tenant, (other: PublicJwk) => thumbprint(other) === key);
  expect(third.name).toBe('civic-credential-3');
  expect(await read(tenant)).toEqual([second, third]);
  expect(await read({ ...tenant, credentialKey: 'harbour-credential' })).toEqual([]);
});

test('one that was cut off between key and certificate is not there, and is made whole when it is asked for again', async () => {
  const broken = await open(async () => {
    throw new Error('killed');
  });
  await expect(broken.prepare(tenant, nobody)).rejects.toThrow('killed');
  const { prepare, read, signer } = await open();
  const [made] = (await signer.readNames()).filter((name) => name.endsWith('-2'));
  expect(await read(tenant)).toEqual([]);
  expect((await prepare(tenant, nobody)).name).toBe(made);
  expect(await read(tenant)).toHaveLength(1);
});

test('two processes that prepare at once prepare the same', async () => {
  const [a, b] = [await open(), await open()];
  const [x, y] = await Promise.all([a.prepare(tenant, nobody), b.prepare(tenant, nobody)]);
  expect(x).toEqual(y);
  expect(await a.signer.readPublicKey(x.name)).toEqual(await b.signer.readPublicKey(y.name));
});
