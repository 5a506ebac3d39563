import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { destinationSchema, maskDestination } from './destination.ts';
import { encodeEip55Address, isEip55Address } from './eip55.ts';

type Vector = { readonly name: string; readonly input: unknown; readonly why?: string };

function vectors(file: string): readonly Vector[] {
  const url = new URL(`../../../../spec/vectors/destination/${file}`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')) as Vector[];
}

test.each(vectors('valid/destinations.json'))('$name is a destination', ({ input }) => {
  expect(destinationSchema.parse(input)).toEqual(input);
});

test.each(vectors('invalid/destinations.json'))('$name is none', ({ input }) => {
  expect(destinationSchema.safeParse(input).success).toBe(false);
});

describe('EIP-55', () => {
  test.each([
    '0x52908400098527886E0F7030069857D2E4169EE7',
    '0xde709f2102306220921060314715629080e2fb77',
    '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
    '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359',
    '0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB',
    '0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb',
  ])('spells %s as the standard does', (address) => {
    expect(encodeEip55Address(address.toLowerCase())).toBe(address);
    expect(isEip55Address(address)).toBe(true);
  });
});

describe('a screen shows', () => {
  test.each([
    [{ kind: 'iban', iban: 'GB82WEST12345698765432', name: 'Ada Lovelace' }, 'GB\u20265432'],
    [{ kind: 'msisdn', msisdn: '+4915123456789' }, '+49\u202689'],
    [
      { kind: 'eip155', chainId: 10, address: '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed' },
      '0x5aAe\u2026eAed on eip155:10',
    ],
    [{ kind: 'internal', account: 'holder:4711' }, 'internal \u20264711'],
    [{ kind: 'internal', account: 'a' }, 'internal \u2026'],
  ] as const)('%o as %s', (destination, shown) => {
    expect(maskDestination(destination)).toBe(shown);
  });
});
