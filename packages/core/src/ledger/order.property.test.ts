import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createIdealSignatures } from '../../test/test-keys.ts';
import { encodeJws, encodeSigningInput } from '../encoding/jws.ts';
import { encodeBase64url } from '../encoding/text.ts';
import { isCodedError } from '../errors.ts';
import { holderAccount } from './holder-account.ts';
import { orderSigningParts, parseOrder, type TransferOrder, transferOfOrder } from './order.ts';

const signatures = createIdealSignatures();

const anyOrder: fc.Arbitrary<TransferOrder> = fc.record(
  {
    v: fc.constant(1 as const),
    kind: fc.constant('transfer' as const),
    ledger: fc.string({ minLength: 1, maxLength: 60 }),
    asset: fc.stringMatching(/^[A-Za-z0-9_.:/-]{1,30}$/),
    expiresAt: fc.nat(),
    to: fc.stringMatching(/^[A-Za-z0-9_.:-]{1,60}$/),
    amount: fc.bigInt({ min: 0n, max: (1n << 120n) - 1n }).map(String),
    salt: fc.uint8Array({ minLength: 16, maxLength: 64 }).map(encodeBase64url),
    reference: fc.uint8Array({ minLength: 32, maxLength: 32 }).map(encodeBase64url),
  },
  { requiredKeys: ['v', 'kind', 'ledger', 'asset', 'expiresAt', 'to', 'amount', 'salt'] },
);

function sign(order: TransferOrder, holder: string): string {
  const key = signatures.key(holder);
  const input = encodeSigningInput(...orderSigningParts(order, key.jwk));
  return encodeJws(input, key.sign(input));
}

describe('an order', () => {
  it('comes back as it was signed', () => {
    fc.assert(
      fc.property(anyOrder, (order) => {
        const parsed = parseOrder(sign(order, 'ada'));
        expect(parsed.order).toEqual(order);
        expect(parsed.key).toEqual(signatures.key('ada').jwk);
      }),
    );
  });

  it('is named by all of what it says and by whose it is', () => {
    fc.assert(
      fc.property(anyOrder, anyOrder, fc.boolean(), (one, other, isSameKey) => {
        const [a, b] = [signatures.key('ada').jwk, signatures.key(isSameKey ? 'ada' : 'bo').jwk];
        const isSame = isSameKey && JSON.stringify(one) === JSON.stringify(other);
        expect(transferOfOrder(one, a).id === transferOfOrder(other, b).id).toBe(isSame);
        expect(transferOfOrder(one, a)).toEqual(transferOfOrder({ ...one }, a));
        const changed = { ...one, amount: String(BigInt(one.amount) + 1n) };
        expect(transferOfOrder(changed, a).id).not.toBe(transferOfOrder(one, a).id);
      }),
    );
  });

  it('takes of the account of its key alone, whatever it says', () => {
    fc.assert(
      fc.property(anyOrder, (order) => {
        const { kid, jwk } = signatures.key('ada');
        expect(transferOfOrder(order, jwk).debit).toBe(holderAccount(order.asset, `key.${kid}`));
      }),
    );
  });
});

describe('what is no order', () => {
  const good: TransferOrder = {
    v: 1,
    kind: 'transfer',
    ledger: 'city',
    asset: 'EUR',
    expiresAt: 1,
    to: 'shop',
    amount: '10',
    salt: encodeBase64url(new Uint8Array(16)),
  };
  it.each([
    ['a negative amount', { amount: '-5' }],
    ['a fraction', { amount: '1.5' }],
    ['leading zeros', { amount: '05' }],
    ['no salt to speak of', { salt: 'AA' }],
    ['another version', { v: 2 }],
    ['another kind', { kind: 'post' }],
    ['a name with a slash', { to: 'a/b' }],
    ['something besides', { memo: 'rent of Ada' }],
    ['a reference in words', { reference: 'rent' }],
  ])('has a code: %s', (_name, changed) => {
    const text = sign({ ...good, ...changed } as TransferOrder, 'ada');
    let thrown: unknown;
    try {
      parseOrder(text);
    } catch (error) {
      thrown = error;
    }
    expect(isCodedError(thrown) && thrown.code).toBe('order.malformed');
  });

  it('is another kind of signed text by the same key', () => {
    const key = signatures.key('ada');
    const [header, payload] = orderSigningParts(good, key.jwk);
    const input = encodeSigningInput({ ...header, typ: 'kb+jwt' }, payload);
    expect(() => parseOrder(encodeJws(input, key.sign(input)))).toThrow(
      expect.objectContaining({ code: 'order.malformed' }),
    );
  });
});
