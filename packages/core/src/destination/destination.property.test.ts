import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Destination, destinationSchema, encodeDestination, maskDestination } from './destination.ts';
import { encodeEip55Address } from './eip55.ts';
import { isIban } from './iban.ts';

const capital = fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ');
const digit = fc.constantFrom(...'0123456789');

/** The check digits are found by trying, so that this generator knows no arithmetic that the code could share. */
const iban = fc
  .tuple(
    fc.string({ unit: capital, minLength: 2, maxLength: 2 }),
    fc.string({ unit: fc.oneof(capital, digit), minLength: 11, maxLength: 30 }),
  )
  .map(([country, account]) => {
    const tried = Array.from({ length: 97 }, (_, i) => `${country}${String(i + 2).padStart(2, '0')}${account}`);
    return tried.find(isIban) ?? 'none';
  });
const name = fc.string({ unit: fc.constantFrom(...'Aaz\u00e9\u0142 -'), maxLength: 60 }).map((text) => `A${text}B`);

const destination: fc.Arbitrary<Destination> = fc.oneof(
  fc.record({ kind: fc.constant('iban' as const), iban }),
  fc.record({ kind: fc.constant('iban' as const), iban, name }),
  fc.record({
    kind: fc.constant('msisdn' as const),
    msisdn: fc.string({ unit: digit, minLength: 6, maxLength: 14 }).map((digits) => `+1${digits}`),
  }),
  fc.record({
    kind: fc.constant('eip155' as const),
    chainId: fc.integer({ min: 1 }),
    address: fc
      .string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 40, maxLength: 40 })
      .map((digits) => encodeEip55Address(`0x${digits}`)),
  }),
  fc.record({ kind: fc.constant('internal' as const), account: fc.stringMatching(/^[a-z0-9][a-z0-9:-]{0,40}$/) }),
);

describe('a destination', () => {
  test('is read back as it was written, in one spelling', () => {
    fc.assert(
      fc.property(destination, (value) => {
        const text = encodeDestination(value);
        expect(destinationSchema.parse(JSON.parse(text))).toEqual(value);
        expect(encodeDestination(destinationSchema.parse(JSON.parse(text)))).toBe(text);
      }),
    );
  });

  test('is never shown whole', () => {
    fc.assert(
      fc.property(destination, (value) => {
        // The kind is said in words, which an account may be a part of.
        const shown = maskDestination(value).replace(/^internal /, '');
        const { kind, ...members } = value;
        for (const member of Object.values(members)) {
          if (typeof member === 'string') expect(shown).not.toContain(member);
        }
      }),
    );
  });

  test('is another one when a digit of its account is another one', () => {
    fc.assert(
      fc.property(iban, fc.nat(), fc.integer({ min: 1, max: 9 }), (text, where, by) => {
        const places = [...text].flatMap((character, i) => (/[0-9]/.test(character) ? [i] : []));
        const place = places[where % places.length] ?? 2;
        const other = (Number(text.charAt(place)) + by) % 10;
        expect(isIban(text)).toBe(true);
        expect(isIban(`${text.slice(0, place)}${other}${text.slice(place + 1)}`)).toBe(false);
      }),
    );
  });
});
