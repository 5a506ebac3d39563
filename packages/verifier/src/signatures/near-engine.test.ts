import { expect, it } from 'vitest';
import { describeSignatureEngine } from './engine.contract.ts';
import { createNearEngine } from './near-engine.ts';
import { createNodeEngine } from './node-engine.ts';

const shared = createNearEngine(createNodeEngine(), createNodeEngine());
describeSignatureEngine('the engine that hands over what is more than one', () => shared);

it('hands over what is more than one', async () => {
  const here = { verify: async (checks: readonly unknown[]) => checks.map(() => true) };
  const behind = { verify: async (checks: readonly unknown[]) => checks.map(() => false) };
  const engine = createNearEngine(here, behind);
  const key = { kty: 'OKP', crv: 'Ed25519', x: '' } as const;
  const check = { alg: 'EdDSA', key, data: new Uint8Array(), signature: new Uint8Array() } as const;
  expect(await engine.verify([check])).toEqual([true]);
  expect(await engine.verify([check, check])).toEqual([false, false]);
});
