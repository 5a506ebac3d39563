import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_AMOUNT, parseAmount } from './amount.ts';

describe('an amount', () => {
  it('is digits of minor units, and comes back as it was written', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: MAX_AMOUNT }), (value) => {
        expect(parseAmount(String(value))).toBe(value);
        expect(parseAmount(value)).toBe(value);
      }),
    );
  });

  it.each([
    '',
    '-5',
    '+5',
    '10.50',
    '10,50',
    '1,050',
    '1 050',
    '1e3',
    '0x10',
    '007',
    ' 5',
    '5\n',
    '٥',
    'NaN',
    '5n',
    '1_000',
  ])('refuses %j', (text) => {
    expect(() => parseAmount(text)).toThrow(expect.objectContaining({ code: 'amount.malformed' }));
  });

  it.each([[5], [0.1], [Number.MAX_SAFE_INTEGER], [null], [undefined], [['5']], [-1n]])(
    'refuses %s, which is no text of digits',
    (value) => {
      expect(() => parseAmount(value)).toThrow(expect.objectContaining({ code: 'amount.malformed' }));
    },
  );

  it('has 128 bits at most, however long the text is', () => {
    for (const value of [String(MAX_AMOUNT + 1n), MAX_AMOUNT + 1n, '9'.repeat(1_000_000)]) {
      expect(() => parseAmount(value)).toThrow(expect.objectContaining({ code: 'amount.too-large' }));
    }
    expect(parseAmount(String(MAX_AMOUNT))).toBe(MAX_AMOUNT);
  });
});
