import { CodedError } from '../errors.ts';

/** Money in minor units of its asset: 0 to 2^128 - 1. Only `parseAmount` makes one, so no float ever was one. */
export type Amount = bigint & { readonly brand: 'Amount' };

export const MAX_AMOUNT: Amount = ((1n << 128n) - 1n) as Amount;

/**
 * Takes an amount of minor units: a bigint, or decimal digits without sign, separators, exponent or leading zeros.
 * Throws `amount.malformed`, or `amount.too-large` beyond 2^128 - 1.
 */
export function parseAmount(value: unknown): Amount {
  const amount = typeof value === 'bigint' ? value : parseDigits(value);
  if (amount < 0n) throw malformed();
  if (amount > MAX_AMOUNT) throw new CodedError('amount.too-large', 'An amount is at most 2^128 - 1 minor units.');
  return amount as Amount;
}

/** The digits of 2^128 - 1, so that nobody makes us read a million of them. */
const MAX_DIGITS = 39;

function parseDigits(value: unknown): bigint {
  if (typeof value !== 'string' || !/^(0|[1-9][0-9]*)$/.test(value.slice(0, MAX_DIGITS + 1))) throw malformed();
  if (value.length > MAX_DIGITS) {
    throw new CodedError('amount.too-large', 'An amount has at most 39 digits of minor units.');
  }
  return BigInt(value);
}

function malformed(): CodedError<'amount.malformed'> {
  return new CodedError(
    'amount.malformed',
    'An amount is a whole number of minor units, written in digits alone: 1050, not 10.50, -5, 1,050 or 1e3.',
  );
}
