import { expect, it } from 'vitest';
import { describeSigner } from '../../ports/signer.contract.ts';
import { createMemorySigner, type MemoryKeys } from './signer.ts';

describeSigner('the signer in memory', async () => {
  const keys: MemoryKeys = new Map();
  return { signer: createMemorySigner({ keys }), reopen: async () => createMemorySigner({ keys }) };
});

describeSigner('the signer in memory with a seed', async () => {
  const keys: MemoryKeys = new Map();
  return {
    signer: createMemorySigner({ keys, seed: '7' }),
    reopen: async () => createMemorySigner({ keys, seed: '7' }),
  };
});

it('gives the same keys for the same seed, and others for another seed, name or algorithm', async () => {
  const keyOf = async (seed: string, name: string, algorithm: 'ES256' | 'EdDSA') =>
    JSON.stringify(await createMemorySigner({ seed }).create(name, algorithm));
  expect(await keyOf('7', 'log', 'EdDSA')).toBe(await keyOf('7', 'log', 'EdDSA'));
  expect(await keyOf('7', 'log', 'ES256')).toBe(await keyOf('7', 'log', 'ES256'));
  const keys = await Promise.all([
    keyOf('7', 'log', 'ES256'),
    keyOf('8', 'log', 'ES256'),
    keyOf('7', 'statements', 'ES256'),
    keyOf('7', 'log', 'EdDSA'),
  ]);
  expect(new Set(keys).size).toBe(4);
});
