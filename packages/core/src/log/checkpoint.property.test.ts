import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeBase64 } from '../encoding/text.ts';
import { isCodedError } from '../errors.ts';
import { type Checkpoint, encodeCheckpoint, isOrigin, parseCheckpoint } from './checkpoint.ts';
import { EMPTY_ROOT, leafHash } from './tree.ts';

const line = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).filter((text) => !/\p{Cc}/u.test(text));
const root = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Uint8Array.from(bytes));
const checkpoint: fc.Arbitrary<Checkpoint> = fc.oneof(
  fc.record({
    origin: line,
    size: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    root,
    extensions: fc.array(line, { maxLength: 3 }),
  }),
  fc.record({ origin: line, size: fc.constant(0), root: fc.constant(EMPTY_ROOT), extensions: fc.constant([]) }),
);

test('a checkpoint is read back as it was written', () => {
  fc.assert(
    fc.property(checkpoint, (value) => {
      expect(parseCheckpoint(encodeCheckpoint(value))).toEqual(value);
    }),
  );
});

test('a text that is read as a checkpoint is the only one for it', () => {
  const text = fc
    .tuple(fc.constantFrom('log.example', '', ' '), fc.constantFrom('0', '1', '01', '1 ', '9007199254740993'), root)
    .map(([origin, size, hash]) => `${origin}\n${size}\n${encodeBase64(hash)}\n`);
  fc.assert(
    fc.property(fc.oneof(text, fc.string()), (candidate) => {
      try {
        expect(encodeCheckpoint(parseCheckpoint(candidate))).toBe(candidate);
      } catch (error) {
        expect(isCodedError(error) && error.code).toBe('checkpoint.malformed');
      }
    }),
  );
});

test.each<[string, Partial<Checkpoint>]>([
  ['an origin of two lines', { origin: 'log.example\n7' }],
  ['no origin', { origin: '' }],
  ['a size below zero', { size: -1 }],
  ['a size with a fraction', { size: 1.5 }],
  ['a size that loses its last digit', { size: 2 ** 53 }],
  ['a size written with an exponent', { size: 1e21 }],
  ['a short root', { root: new Uint8Array(31) }],
  ['the empty size with another root', { size: 0 }],
  ['an extension of two lines', { extensions: ['a\nb'] }],
  ['an empty extension', { extensions: [''] }],
])('%s cannot be written', (_case, part) => {
  const value = { origin: 'log.example', size: 3, root: leafHash(new Uint8Array(0)), extensions: [], ...part };
  expect(() => encodeCheckpoint(value)).toThrowError(expect.objectContaining({ code: 'checkpoint.malformed' }));
});

test('an origin is one line of at most 255 bytes', () => {
  expect(isOrigin('a'.repeat(255))).toBe(true);
  expect(isOrigin('a'.repeat(256))).toBe(false);
  expect(isOrigin('\u00e9'.repeat(128))).toBe(false);
  expect(isOrigin('')).toBe(false);
  expect(isOrigin('a\nb')).toBe(false);
  expect(isOrigin('a\tb')).toBe(false);
  expect(isOrigin('a\udfff')).toBe(false);
});
