import { parseCredential } from '@holdfast/core';
import { afterAll, expect, it } from 'vitest';
import { createWallet } from '../../../../wallet/src/index.ts';
import { createIssuerWorld, type IssuerWorld, type WorldOptions } from '../../../test/issuer-world.ts';

const worlds: IssuerWorld[] = [];
afterAll(async () => {
  for (const world of worlds) await world[Symbol.asyncDispose]();
});

async function createWorld(options: WorldOptions = {}) {
  const world = await createIssuerWorld(options);
  worlds.push(world);
  return { world, wallet: createWallet({ now: () => world.clock.now(), allowLoopback: true }) };
}

it('gives a wallet a credential that a strict verifier reads, and forgets the claims', async () => {
  const { world, wallet } = await createWorld();
  const { offerUri } = await world.offer();
  const [held] = await wallet.receive(offerUri);
  const parsed = parseCredential(held?.credential ?? '');
  expect(parsed).toMatchObject({ ok: true, issuer: `${world.origin}/i/civic` });
});
