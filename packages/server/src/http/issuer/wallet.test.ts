import { parseCredential } from '@holdfast/core';
import { afterAll, describe, expect, it } from 'vitest';
import { createWallet, type Fetch } from '../../../../wallet/src/index.ts';
import { ADA, createIssuerWorld } from '../../../test/issuer-world.ts';

const world = await createIssuerWorld();
afterAll(() => world[Symbol.asyncDispose]());

const createTestWallet = (fetch: Fetch = globalThis.fetch) =>
  createWallet({ now: () => world.clock.now(), allowLoopback: true, fetch });

const placeOf = (text: string | undefined) => {
  const parsed = parseCredential(text ?? '');
  return parsed.ok ? parsed.status : undefined;
};

describe('a wallet of ours', () => {
  it('receives what a strict verifier reads, and names it in the words of the issuer', async () => {
    const { offerUri } = await world.offer();
    const [held] = await createTestWallet().receive(offerUri);
    expect(held).toMatchObject({
      issuer: `${world.origin}/i/civic`,
      name: 'Residence',
      issuerName: 'The civic office',
    });
    expect(parseCredential(held?.credential ?? '')).toMatchObject({ ok: true, claims: ADA });
  });

  it('asks for the transaction code, and is told when it is wrong', async () => {
    const { offerUri, txCode = '' } = await world.offer({ type: 'residence', claims: ADA, txCode: true });
    const wallet = createTestWallet();
    await expect(wallet.receive(offerUri)).rejects.toMatchObject({
      code: 'wallet.tx-code-needed',
      details: { inputMode: 'numeric', length: 6 },
    });
    const wrong = txCode === '000000' ? '000001' : '000000';
    await expect(wallet.receive(offerUri, { txCode: wrong })).rejects.toMatchObject({
      details: { error: 'invalid_grant', description: 'This transaction code is wrong. Tries left: 4.' },
    });
    await expect(wallet.receive(offerUri, { txCode })).resolves.toHaveLength(1);
  });

  it('receives copies that no two verifiers can link by what is theirs', async () => {
    const { offerUri } = await world.offer();
    const copies = await createTestWallet().receive(offerUri, { copies: 4 });
    expect(new Set(copies.map(({ credential }) => JSON.stringify(placeOf(credential)))).size).toBe(4);
  });

  it('takes up an offer once', async () => {
    const { offerUri } = await world.offer();
    await createTestWallet().receive(offerUri);
    await expect(createTestWallet().receive(offerUri)).rejects.toMatchObject({ code: 'wallet.answer-unexpected' });
  });

  it('whose answer was lost after it was issued gets the same credential, and nothing more is issued', async () => {
    const { offerUri } = await world.offer({ type: 'residence', claims: ADA, label: 'lossy' });
    let lost: string | undefined;
    const lossy: Fetch = async (input, init) => {
      const response = await fetch(input, init);
      if (lost !== undefined || !String(input).endsWith('/credential')) return response;
      lost = ((await response.json()) as { credentials: { credential: string }[] }).credentials[0]?.credential;
      throw new TypeError('the connection was reset');
    };
    const [held] = await createTestWallet(lossy).receive(offerUri);
    expect(placeOf(held?.credential)).toEqual(placeOf(lost));
    expect(await world.issuer.readIssued('civic', 'lossy')).toHaveLength(1);
  });

  it('keeps nothing when the list does not stand behind the credential', async () => {
    const { offerUri } = await world.offer();
    const withoutList: Fetch = async (input, init) =>
      String(input).includes('/status/') ? new Response('', { status: 503 }) : fetch(input, init);
    const wallet = createTestWallet(withoutList);
    await expect(wallet.receive(offerUri)).rejects.toMatchObject({ code: 'wallet.status' });
    expect(await wallet.readAll()).toEqual([]);
  });

  it('reads no list behind a clock that is wrong by hours', async () => {
    const { offerUri } = await world.offer();
    const early = createWallet({ now: () => world.clock.now() - 7_200_000, allowLoopback: true });
    await expect(early.receive(offerUri)).rejects.toMatchObject({ details: { error: 'invalid_proof' } });
  });
});
