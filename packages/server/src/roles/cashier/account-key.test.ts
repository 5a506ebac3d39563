import { type CodedError, KEY_CHANGE_DELAY_MS, type KeyOrder, thumbprint } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { createCashierWorld, holder, signOrder } from '../../../test/cashier-world.ts';

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => expect.fail('this should have been refused'),
    (error: CodedError) => error.code,
  );

async function createWorld() {
  const world = await createCashierWorld();
  const { ada, clock } = world;
  const next = holder('ada, later');
  const common = () => ({ v: 1 as const, ledger: 'city', expiresAt: clock.now() + 60_000 });
  const salt = Buffer.from('sixteen bytes or more').toString('base64url');
  const rekey = (to = thumbprint(next.key.jwk)): KeyOrder => ({
    kind: 'rekey',
    ...common(),
    account: ada.name,
    to,
    salt,
  });
  const keep = (change: string): KeyOrder => ({ kind: 'keep-key', ...common(), account: ada.name, change });
  return { ...world, next, rekey, keep };
}

describe('another key for an account', () => {
  it('takes over after its delay and not before; from then on the old key moves nothing', async () => {
    const { cashier, ada, next, order, rekey, clock, balance } = await createWorld();
    const change = await cashier.changeKey(signOrder(ada.key, rekey()));
    expect(change.effectiveAt - change.at).toBe(KEY_CHANGE_DELAY_MS);
    const byNext = () => signOrder(next.key, order({ from: ada.name }));
    expect(await codeOf(cashier.carryOut(byNext()))).toBe('order.not-its-key');
    const early = order();
    expect((await cashier.carryOut(signOrder(ada.key, early))).answer).toBe('created');
    clock.jump(KEY_CHANGE_DELAY_MS);
    expect((await cashier.carryOut(byNext())).answer).toBe('created');
    expect(await codeOf(cashier.carryOut(signOrder(ada.key, order())))).toBe('order.not-its-key');
    // What the old key had moved in time is still told to whoever asks again.
    expect((await cashier.carryOut(signOrder(ada.key, early))).answer).toBe('exists');
    expect([await balance('ada'), await balance('bo')]).toEqual([30n, 20n]);
  });

  it('is called off by the key in force while it waits, and not afterwards', async () => {
    const { cashier, ada, next, order, rekey, keep, clock } = await createWorld();
    const { id } = await cashier.changeKey(signOrder(ada.key, rekey()));
    expect(await codeOf(cashier.changeKey(signOrder(next.key, keep(id))))).toBe('order.not-its-key');
    const off = keep(id);
    expect(await cashier.changeKey(signOrder(ada.key, off))).toMatchObject({ id, cancelledBy: expect.any(String) });
    expect(await cashier.changeKey(signOrder(ada.key, off))).toMatchObject({ id, cancelledBy: expect.any(String) });
    clock.jump(KEY_CHANGE_DELAY_MS);
    expect((await cashier.carryOut(signOrder(ada.key, order()))).answer).toBe('created');
    const again = await cashier.changeKey(
      signOrder(ada.key, { ...rekey(), salt: 'another-salt-of-16-bytes'.slice(0, 24) } as KeyOrder),
    );
    clock.jump(KEY_CHANGE_DELAY_MS);
    expect(await codeOf(cashier.changeKey(signOrder(next.key, keep(again.id))))).toBe('order.no-key-change');
    expect(await codeOf(cashier.changeKey(signOrder(ada.key, keep(again.id))))).toBe('order.not-its-key');
  });

  it('is one change however often it is sent, and one at a time', async () => {
    const { cashier, ada, rekey } = await createWorld();
    const one = rekey();
    const sent = await Promise.all([1, 2, 3].map(() => cashier.changeKey(signOrder(ada.key, one))));
    expect(new Set(sent.map(({ id }) => id)).size).toBe(1);
    const other = { ...rekey(thumbprint(holder('somebody').key.jwk)) };
    expect(await codeOf(cashier.changeKey(signOrder(ada.key, other)))).toBe('order.key-pending');
  });

  it('is nobody else’s to order, and an account is never taken by naming it', async () => {
    const { cashier, ada, next, order, rekey } = await createWorld();
    expect(await codeOf(cashier.changeKey(signOrder(next.key, rekey())))).toBe('order.not-its-key');
    expect(await codeOf(cashier.carryOut(signOrder(next.key, order({ from: ada.name }))))).toBe('order.not-its-key');
    expect(await codeOf(cashier.changeKey(signOrder(ada.key, order())))).toBe('order.malformed');
  });

  it('is told to whoever has the account’s key', async () => {
    const { cashier, ada, next, rekey, clock } = await createWorld();
    await cashier.changeKey(signOrder(ada.key, rekey()));
    const asked = { v: 1, kind: 'balance', ledger: 'city', asset: 'EUR', expiresAt: clock.now() + 60_000 } as const;
    expect(await cashier.keyChanges(signOrder(ada.key, asked))).toMatchObject([{ to: thumbprint(next.key.jwk) }]);
    expect(await codeOf(cashier.keyChanges(signOrder(next.key, { ...asked, from: ada.name })))).toBe(
      'order.not-its-key',
    );
  });
});
