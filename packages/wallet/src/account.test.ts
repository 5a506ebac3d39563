import {
  acceptanceOf,
  acceptedTransfers,
  type CodedError,
  type JsonObject,
  parseOrder,
  receiptOf,
  type TransferAnswer,
  transferOfOrder,
} from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { createRealSignatures } from '../../core/test/test-keys.ts';
import { createOutside, createTestWallet, json } from '../test/outside.ts';

const LEDGER = { url: 'https://ledger.example' };
const signatures = createRealSignatures();
const ledgerKey = signatures.key('ledger');
const stranger = signatures.key('stranger');

function sign(key: typeof ledgerKey, payload: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${part({ alg: 'ES256', kid: key.kid, typ: 'acceptance+jwt' })}.${part(payload)}`;
  return `${input}.${Buffer.from(key.sign(input)).toString('base64url')}`;
}

/** A ledger that answers to every order with this, signed by this key. */
function ledgerAnswering(answer: TransferAnswer, key = ledgerKey, iss = 'city') {
  return (text: string): JsonObject => {
    const { order, key: holder } = parseOrder(text);
    if (order.kind !== 'transfer') throw new Error('a transfer was expected');
    const command = transferOfOrder(order, holder);
    const leaves = acceptedTransfers([command], [{ id: command.id, answer }]);
    const acceptance = sign(key, acceptanceOf(leaves, { iss, iat: 1 }));
    return { transfer: command.id, answer, receipt: { ...receiptOf(acceptance, leaves, 0) } } as unknown as JsonObject;
  };
}

async function createWorld() {
  const outside = createOutside();
  const { wallet } = createTestWallet(outside);
  const account = await wallet.openAccount();
  outside.on(`${LEDGER.url}/ledger/keys`, { party: 'city', keys: [{ ...ledgerKey.jwk }] });
  const answer = (by: (order: string) => JsonObject) =>
    outside.on(`${LEDGER.url}/ledger/orders`, ({ body }) => json(by(JSON.parse(body).order), 201));
  const prepared = await wallet.prepareTransfer(LEDGER, { account, asset: 'EUR', to: 'shop', amount: '10' });
  return { outside, wallet, account, prepared, answer };
}

async function failure(work: Promise<unknown>): Promise<CodedError> {
  return work.then(
    () => expect.fail('this should have been refused'),
    (reason: unknown) => reason as CodedError,
  );
}

describe('a transfer from a wallet', () => {
  it('is signed by the key of the account, and believed by the ledger signature alone', async () => {
    const { wallet, account, prepared, answer, outside } = await createWorld();
    answer(ledgerAnswering('created'));
    const sent = await wallet.transfer(LEDGER, prepared);
    expect(sent).toMatchObject({ answer: 'created', order: prepared.order });
    const { key, order } = parseOrder(prepared.order);
    expect(key).toEqual(account.publicKey);
    expect(order).toMatchObject({ ledger: 'city', to: 'shop', amount: '10' });
    expect(outside.asksOf(`${LEDGER.url}/ledger/orders`)).toHaveLength(1);
  });

  it('is the same one when it is sent again', async () => {
    const { wallet, prepared, answer } = await createWorld();
    answer(ledgerAnswering('created'));
    const first = await wallet.transfer(LEDGER, prepared);
    answer(ledgerAnswering('exists'));
    expect(await wallet.transfer(LEDGER, prepared)).toMatchObject({ answer: 'exists', transfer: first.transfer });
  });

  it.each([
    ['another key', ledgerAnswering('created', stranger)],
    ['another party', ledgerAnswering('created', ledgerKey, 'town')],
    ['nothing', () => ({})],
    [
      'another answer than was signed',
      (text: string) => ({ ...ledgerAnswering('refused-exceeds-credits')(text), answer: 'created' }),
    ],
    ['another transfer', (text: string) => ({ ...ledgerAnswering('created')(text), transfer: 'order.other' })],
  ])('is not believed when what answers is %s', async (_name, by) => {
    const { wallet, prepared, answer } = await createWorld();
    answer(by as (order: string) => JsonObject);
    expect((await failure(wallet.transfer(LEDGER, prepared))).code).toBe('wallet.receipt');
  });

  it('says why the ledger does not do it', async () => {
    const { wallet, prepared, outside } = await createWorld();
    outside.on(`${LEDGER.url}/ledger/orders`, () => json({ code: 'order.no-account', detail: 'Nothing there.' }, 404));
    expect(await failure(wallet.transfer(LEDGER, prepared))).toMatchObject({
      code: 'wallet.refused',
      details: { code: 'order.no-account', status: 404 },
    });
  });

  it('needs no ledger to be prepared, when its party is known', async () => {
    const { wallet, account, outside } = await createWorld();
    const asked = outside.asked.length;
    const address = { ...LEDGER, party: 'city', keys: [ledgerKey.jwk] };
    await wallet.prepareTransfer(address, { account, asset: 'EUR', to: 'shop', amount: '1' });
    expect(outside.asked).toHaveLength(asked);
  });
});

describe('a balance', () => {
  it('is what may be ordered: without what is set aside', async () => {
    const { wallet, account, outside } = await createWorld();
    outside.on(`${LEDGER.url}/ledger/balances`, {
      asset: { code: 'EUR', decimals: 2 },
      creditsPosted: '90',
      debitsPosted: '20',
      debitsPending: '5',
    });
    expect(await wallet.readBalance(LEDGER, account, 'EUR')).toEqual({ available: 65n, decimals: 2 });
    outside.on(`${LEDGER.url}/ledger/balances`, { asset: { code: 'EUR', decimals: 2 }, creditsPosted: 90 });
    expect((await failure(wallet.readBalance(LEDGER, account, 'EUR'))).code).toBe('wallet.receipt');
  });
});
