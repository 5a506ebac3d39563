import {
  type CodedError,
  MAX_ORDER_MS,
  openReceipt,
  parseAcceptance,
  signatureCheck,
  type TransferOrder,
} from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { createRealSignatures } from '../../../../core/test/test-keys.ts';
import { createCashierWorld, holder, signOrder } from '../../../test/cashier-world.ts';
import { passTime, unreachable } from '../../../test/ledger-world.ts';
import type { Ledger } from '../../ports/ledger.ts';
import type { CashierPorts } from './cashier.ts';

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => expect.fail('this should have been refused'),
    (error: CodedError) => error.code,
  );
}

describe('an order of a holder', () => {
  it('moves money of the account of their key to an account that nobody had to open, with a receipt for both', async () => {
    const { cashier, role, ada, order, balance } = await createCashierWorld();
    const { transfer, answer, receipt } = await cashier.carryOut(signOrder(ada.key, order()));
    expect(answer).toBe('created');
    expect([await balance('ada'), await balance('bo')]).toEqual([40n, 10n]);
    const { jws, acceptance } = parseAcceptance(receipt.acceptance);
    const [key] = await role.readKeys();
    if (key === undefined) throw new Error('no key');
    expect(createRealSignatures().verify(signatureCheck(jws, key))).toBe(true);
    expect(openReceipt(acceptance, receipt)).toMatchObject({ id: transfer, amount: '10', answer: 'created' });
    expect(await cashier.carryOut(signOrder(holder('bo').key, order({ to: ada.name, amount: '3' })))).toMatchObject({
      answer: 'created',
    });
    expect((await role.audit()).holds).toBe(true);
  });

  it('is one transfer however often it is sent and signed, at once and one after the other', async () => {
    const { cashier, ada, order, balance } = await createCashierWorld();
    const once = order();
    const texts = [signOrder(ada.key, once), signOrder(ada.key, once), signOrder(ada.key, once)];
    expect(new Set(texts).size).toBe(3);
    const answers = await Promise.all([...texts, ...texts].map((text) => cashier.carryOut(text)));
    expect(answers.map(({ answer }) => answer).sort()).toEqual(['created', ...Array(5).fill('exists')]);
    expect(new Set(answers.map(({ transfer }) => transfer)).size).toBe(1);
    expect(await balance('bo')).toBe(10n);
  });

  it('is two transfers when it is ordered twice', async () => {
    const { cashier, ada, order, balance } = await createCashierWorld();
    await cashier.carryOut(signOrder(ada.key, order()));
    await cashier.carryOut(signOrder(ada.key, order()));
    expect(await balance('bo')).toBe(20n);
  });

  it('never moves more than there is, and what was refused is refused for ever', async () => {
    const { cashier, ada, order, balance } = await createCashierWorld();
    const tooMuch = signOrder(ada.key, order({ amount: '51' }));
    expect((await cashier.carryOut(tooMuch)).answer).toBe('refused-exceeds-credits');
    await cashier.carryOut(signOrder(ada.key, order({ amount: '50' })));
    await cashier.carryOut(signOrder(holder('bo').key, order({ to: ada.name, amount: '50' })));
    const both = [order({ amount: '30' }), order({ amount: '30' })].map((each) => signOrder(ada.key, each));
    const answers = await Promise.all(both.map((text) => cashier.carryOut(text)));
    expect(answers.map(({ answer }) => answer)).toEqual(['created', 'refused-exceeds-credits']);
    expect((await cashier.carryOut(tooMuch)).answer).toBe('refused-exceeds-credits');
    expect([await balance('ada'), await balance('bo')]).toEqual([20n, 30n]);
  });

  it.each([
    ['nothing', { amount: '0' }, 'refused-amount-zero'],
    ['to oneself', { to: holder('ada').name }, 'refused-accounts-same'],
  ] satisfies [string, Partial<TransferOrder>, string][])('moves nothing: %s', async (_name, changed, answer) => {
    const { cashier, ada, order, balance } = await createCashierWorld();
    expect((await cashier.carryOut(signOrder(ada.key, order(changed)))).answer).toBe(answer);
    expect(await balance('ada')).toBe(50n);
  });

  it('moves nothing of anybody else: the account is the key that signed', async () => {
    const { cashier, ada, order, balance } = await createCashierWorld();
    const thief = holder('thief').key;
    expect(await codeOf(cashier.carryOut(signOrder(thief, order(), ada.key)))).toBe('order.signature');
    expect(await codeOf(cashier.carryOut(signOrder(thief, order())))).toBe('order.no-account');
    const [header, , signature] = signOrder(ada.key, order()).split('.');
    const payload = Buffer.from(JSON.stringify(order({ amount: '50' }))).toString('base64url');
    expect(await codeOf(cashier.carryOut(`${header}.${payload}.${signature}`))).toBe('order.signature');
    expect([await balance('ada'), await balance('thief')]).toEqual([50n, undefined]);
  });

  it('does nothing at another ledger, at another door, or as something else', async () => {
    const { cashier, ada, order } = await createCashierWorld();
    expect(await codeOf(cashier.carryOut(signOrder(ada.key, order({ ledger: 'town' }))))).toBe('order.other-ledger');
    expect(await codeOf(cashier.read(signOrder(ada.key, order())))).toBe('order.malformed');
    expect(await codeOf(cashier.carryOut(signOrder(ada.key, order({ asset: 'USD' }))))).toBe('order.no-account');
    for (const text of ['', 'a.b.c', `${'a'.repeat(3000)}.b.c`]) {
      expect(await codeOf(cashier.carryOut(text))).not.toBe('');
    }
  });

  it('is refused after its time and for too long a time; what was done in time is still told', async () => {
    const { cashier, ada, clock, order, balance } = await createCashierWorld();
    const inTime = signOrder(ada.key, order());
    const late = signOrder(ada.key, order());
    await cashier.carryOut(inTime);
    await clock.advance(60_000);
    expect(await codeOf(cashier.carryOut(late))).toBe('order.expired');
    expect((await cashier.carryOut(inTime)).answer).toBe('exists');
    const expiresAt = clock.now() + MAX_ORDER_MS + 1;
    expect(await codeOf(cashier.carryOut(signOrder(ada.key, order({ expiresAt }))))).toBe('order.expiry');
    expect(await balance('bo')).toBe(10n);
  });

  it('comes at a pace; nobody uses up the pace of a key that is not theirs', async () => {
    const { cashier, ada, clock, order } = await createCashierWorld({ bounds: { perSecond: 1, burst: 2 } });
    const forged = signOrder(holder('thief').key, order(), ada.key);
    for (let i = 0; i < 5; i += 1) expect(await codeOf(cashier.carryOut(forged))).toBe('order.signature');
    const text = signOrder(ada.key, order());
    await cashier.carryOut(text);
    await cashier.carryOut(text);
    expect(await codeOf(cashier.carryOut(text))).toBe('order.too-many');
    await clock.advance(1000);
    expect((await cashier.carryOut(text)).answer).toBe('exists');
  });
});

describe('a ledger that is slow, gone or lies', () => {
  it('leaves the order with its holder, who sends it again and is paid for once', async () => {
    const { cashier, ada, store, clock, order, balance } = await createCashierWorld();
    await cashier.carryOut(signOrder(ada.key, order({ amount: '1' })));
    for (const fault of ['lost', 'unheard', 'late'] as const) {
      const text = signOrder(ada.key, order({ amount: '2' }));
      store.commits.push(fault);
      await passTime(
        clock,
        cashier.carryOut(text).catch(() => undefined),
      );
      await passTime(clock, cashier.carryOut(text));
    }
    expect(await balance('bo')).toBe(7n);
  });

  it('has moved nothing as far as anybody may believe, until its key has signed that', async () => {
    const { role, ada } = await createCashierWorld();
    const stranger = createRealSignatures().key('stranger');
    const lies: readonly (readonly [string, Partial<Ledger>, Partial<CashierPorts>])[] = [
      ['another key', {}, { ledgerKeys: () => [stranger.jwk] }],
      ['another party', {}, { party: 'town' }],
      ['no answer', { transfer: async () => ({ results: [], acceptance: 'x' }) }, {}],
      [
        'another answer',
        {
          transfer: async (commands) => {
            const said = await role.transfer(commands.map((command) => ({ ...command, id: 'order.other' as never })));
            return { ...said, results: commands.map(({ id }) => ({ id, answer: 'created' as const })) };
          },
        },
        {},
      ],
    ];
    for (const [, ledger, changes] of lies) {
      const world = await createCashierWorld({ ledger: { ...role, ...ledger }, ledgerKeys: role.readKeys, ...changes });
      const order = world.order({ ledger: changes.party ?? 'city' });
      expect(await codeOf(world.cashier.carryOut(signOrder(ada.key, order)))).toBe('ledger.answer');
    }
  });

  it('passes on that it cannot be reached', async () => {
    const { role, ada } = await createCashierWorld();
    const ledger = { ...role, readAccounts: async () => Promise.reject(unreachable()) };
    const { cashier, order } = await createCashierWorld({ ledger });
    expect(await codeOf(cashier.carryOut(signOrder(ada.key, order())))).toBe('database.unreachable');
  });
});

describe('a question for a balance', () => {
  it('is answered to the key of the account, for as long as it is good', async () => {
    const { cashier, ada, clock } = await createCashierWorld();
    const ask = (expiresAt: number, key = ada.key) =>
      cashier.read(signOrder(key, { v: 1, kind: 'balance', ledger: 'city', asset: 'EUR', expiresAt }));
    expect(await ask(clock.now() + 60_000)).toMatchObject({ creditsPosted: 50n, asset: { code: 'EUR' } });
    expect(await codeOf(ask(clock.now()))).toBe('order.expired');
    expect(await codeOf(ask(clock.now() + MAX_ORDER_MS))).toBe('order.expiry');
    expect(await codeOf(ask(clock.now() + 60_000, holder('bo').key))).toBe('order.no-account');
  });
});
