import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeUtf8 } from '../encoding/text.ts';
import { isCodedError } from '../errors.ts';
import { parseAddCheckpoint } from './add-checkpoint.ts';
import { parseFraudProof } from './fraud-proof.ts';
import { parseSignatureLines, parseVkey } from './note.ts';
import { parseTlogPolicy } from './tlog-policy.ts';
import { parseTlogProof } from './tlog-proof.ts';

type Vector = { readonly input: { readonly proof?: string; readonly body?: string; readonly policy?: string } };

const read = (name: string) =>
  JSON.parse(
    readFileSync(new URL(`../../../../spec/vectors/log/valid/${name}.json`, import.meta.url), 'utf8'),
  ) as Vector[];
const texts = ['tlog-proofs', 'add-checkpoint', 'tlog-policies']
  .flatMap(read)
  .map(({ input }) => input.proof ?? input.body ?? input.policy ?? '');

/** What is right but for a piece that was cut out, doubled or put in: most of it gets past the first look. */
const almost = fc
  .tuple(fc.constantFrom(...texts), fc.nat(2000), fc.nat(40), fc.string({ unit: 'binary', maxLength: 12 }))
  .map(([text, at, length, put]) => {
    const from = at % (text.length + 1);
    return text.slice(0, from) + put + text.slice(from + length);
  });
const anything = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), almost);

const PARSERS: Readonly<Record<string, (text: string) => unknown>> = {
  'a request to cosign': (text) => parseAddCheckpoint(encodeUtf8(text)),
  'a proof': parseTlogProof,
  'a policy': parseTlogPolicy,
  'signature lines': parseSignatureLines,
  'a key': parseVkey,
  'a proof of fraud': (text) => parseFraudProof({ checkpoints: [text, text] }, []),
};

test.each(Object.entries(PARSERS))('whatever a stranger writes for %s is read, or refused with a code', (_, parse) => {
  fc.assert(
    fc.property(anything, (text) => {
      try {
        parse(text);
      } catch (error) {
        expect(isCodedError(error), String(error)).toBe(true);
      }
    }),
  );
});

test('bytes that are no text, and texts beyond the bounds, are refused with a code too', () => {
  const coded = expect.objectContaining({ name: 'CodedError' });
  const bytes = Uint8Array.of(0xff, 0xfe);
  for (const parse of [parseAddCheckpoint, parseTlogProof, parseTlogPolicy]) expect(() => parse(bytes)).toThrow(coded);
  const long = 'x'.repeat(1_000_000);
  for (const parse of Object.values(PARSERS).slice(0, 5)) expect(() => parse(long)).toThrow(coded);
});
