import type { webcrypto } from 'node:crypto';
import { expect, it, vi } from 'vitest';
import { describeHolderKeys } from './holder-keys.contract.ts';
import { createWebKeys } from './holder-keys.ts';

describeHolderKeys('holder keys by WebCrypto', async () => createWebKeys());

it('are made so that not even this process can take them out', async () => {
  const { subtle } = globalThis.crypto;
  const made = vi.spyOn(subtle, 'generateKey');
  await createWebKeys(subtle).create();
  const pair = (await made.mock.results[0]?.value) as webcrypto.CryptoKeyPair;
  made.mockRestore();
  expect(pair.privateKey.extractable).toBe(false);
  await expect(subtle.exportKey('jwk', pair.privateKey)).rejects.toThrow();
});
