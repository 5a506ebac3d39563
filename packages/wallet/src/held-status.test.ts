import { expect, test } from 'vitest';
import { createOutside, createSmallIssuer, createTestWallet, NOW } from '../test/outside.ts';

async function hold() {
  const outside = createOutside();
  const issuer = await createSmallIssuer(outside);
  const { wallet } = createTestWallet(outside);
  const [held] = await wallet.receive(issuer.offerUri);
  return { issuer, status: () => wallet.readStatus(held?.id ?? ''), wallet };
}

test('a held credential is told as its issuer’s signed list has it now', async () => {
  const { issuer, status } = await hold();
  expect(await status()).toBe('good');
  issuer.publish({ values: new Uint8Array(64).fill(1) });
  expect(await status()).toBe('revoked');
  issuer.publish({ values: new Uint8Array(64).fill(2) });
  expect(await status()).toBe('suspended');
});

test('nothing is told by a list that has ended, and nothing of what is not held', async () => {
  const { issuer, status, wallet } = await hold();
  issuer.publish({ payload: { exp: NOW / 1000 } });
  await expect(status()).rejects.toMatchObject({ code: 'wallet.status' });
  await expect(wallet.readStatus('nothing')).rejects.toMatchObject({ code: 'wallet.not-held' });
});
