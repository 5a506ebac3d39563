import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isCodedError } from '../errors.ts';
import type { JsonObject } from './json.ts';
import { parsePublicJwk } from './jwk.ts';
import { encodeJws, encodeSigningInput, parseJws, signatureCheck } from './jws.ts';
import { encodeBase64url, encodeUtf8 } from './text.ts';

const coded = (code: string) => expect.objectContaining({ code });

/** RFC 7515 appendix A.3. */
const RFC_KEY = {
  kty: 'EC',
  crv: 'P-256',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  d: 'jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI',
};
const RFC_TOKEN =
  'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ' +
  '.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q';
const { d: _private, ...RFC_PUBLIC } = RFC_KEY;
const key = parsePublicJwk(RFC_PUBLIC);

const object: fc.Arbitrary<JsonObject> = fc.dictionary(
  fc.string({ maxLength: 5 }).filter((name) => !/^(__proto__|crit)$|["\\]/.test(name)),
  fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.boolean(), fc.constant(null)),
  { noNullPrototype: true, maxKeys: 5 },
);

const part = (value: unknown) => encodeBase64url(encodeUtf8(JSON.stringify(value)));

test('the example of RFC 7515 appendix A.3 is read and verifies', () => {
  const jws = parseJws(RFC_TOKEN);
  expect(jws.header).toEqual({ alg: 'ES256' });
  expect(jws.payload).toEqual({ iss: 'joe', exp: 1_300_819_380, 'http://example.com/is_root': true });
  const { alg, data, signature } = signatureCheck(jws, key);
  expect(alg).toBe('ES256');
  const publicKey = createPublicKey({ key: RFC_PUBLIC, format: 'jwk' });
  expect(verify('sha256', data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true);
});

test('a token is read back as header, payload and signature', () => {
  fc.assert(
    fc.property(object, object, fc.uint8Array({ maxLength: 70 }), (header, payload, signature) => {
      const signingInput = encodeSigningInput(header, payload);
      const jws = parseJws(encodeJws(signingInput, signature));
      expect(jws).toEqual({ header, payload, signingInput, signature: Uint8Array.from(signature) });
    }),
  );
});

test('a token signed over the signing input verifies, and over any other does not', () => {
  const privateKey = createPrivateKey({ key: RFC_KEY, format: 'jwk' });
  const publicKey = createPublicKey(privateKey);
  const signingInput = encodeSigningInput({ alg: 'ES256' }, { a: 1 });
  const signature = sign('sha256', encodeUtf8(signingInput), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  const holds = (text: string) => {
    const check = signatureCheck(parseJws(text), key);
    return verify('sha256', check.data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, check.signature);
  };
  expect(holds(encodeJws(signingInput, signature))).toBe(true);
  expect(holds(encodeJws(encodeSigningInput({ alg: 'ES256' }, { a: 2 }), signature))).toBe(false);
  expect(createHash('sha256').update(signingInput).digest()).toHaveLength(32);
});

describe('parseJws', () => {
  const [header = '', payload = '', signature = ''] = RFC_TOKEN.split('.');

  test.each([
    ['nothing', ''],
    ['one part', header],
    ['two parts', `${header}.${payload}`],
    ['four parts', `${RFC_TOKEN}.${signature}`],
    ['no header', `.${payload}.${signature}`],
    ['no payload', `${header}..${signature}`],
    ['dots only', '..'],
  ])('refuses %s', (_case, text) => {
    expect(() => parseJws(text)).toThrowError(coded('jws.malformed'));
  });

  test.each([
    ['a header with padding', `${header}=.${payload}.${signature}`, 'encoding.base64url'],
    ['a signature with white space', `${RFC_TOKEN}\n`, 'encoding.base64url'],
    ['a signature with bits left over', `${RFC_TOKEN.slice(0, -1)}R`, 'encoding.base64url'],
    ['a header that is not UTF-8', `${encodeBase64url(Uint8Array.of(0xff))}.${payload}.`, 'encoding.utf8'],
    ['a payload that is a list', `${header}.${part([1])}.`, 'json.not-an-object'],
    ['a payload that is no JSON', `${header}.${encodeBase64url(encodeUtf8('{'))}.`, 'json.malformed'],
    [
      'a member twice',
      `${encodeBase64url(encodeUtf8('{"alg":"ES256","alg":"none"}'))}.${payload}.`,
      'json.duplicate-member',
    ],
    ['a critical extension', `${part({ alg: 'ES256', crit: ['b64'], b64: false })}.${payload}.`, 'jws.critical'],
    ['an empty list of critical extensions', `${part({ alg: 'ES256', crit: [] })}.${payload}.`, 'jws.critical'],
  ])('refuses %s', (_case, text, code) => {
    expect(() => parseJws(text)).toThrowError(coded(code));
  });

  test('keeps to the bounds it is given', () => {
    const text = `${part({ alg: 'ES256' })}.${part({ a: 'a'.repeat(90) })}.`;
    expect(parseJws(text, { maxLength: 100, maxDepth: 1 }).signature).toHaveLength(0);
    expect(() => parseJws(text, { maxLength: 90, maxDepth: 1 })).toThrowError(coded('json.too-long'));
    expect(() => parseJws(text, { maxLength: 100, maxDepth: 0 })).toThrowError(coded('json.too-deep'));
  });

  test('answers any text with a token or a code', () => {
    const pieces = fc.array(fc.constantFrom('.', header, payload, signature, 'e30', 'A', '=', ' '), { maxLength: 7 });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          pieces.map((list) => list.join('')),
        ),
        (text) => {
          try {
            const { signingInput, signature: bytes } = parseJws(text);
            expect(encodeJws(signingInput, bytes)).toBe(text);
          } catch (error) {
            expect(isCodedError(error)).toBe(true);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('signatureCheck', () => {
  const tokenWith = (alg: unknown, length = 64) =>
    parseJws(encodeJws(encodeSigningInput({ alg }, {}), new Uint8Array(length)));

  test.each(['none', 'None', 'HS256', 'ES384', 'EdDSA', 'es256', '', null, 5, ['ES256']])(
    'refuses a header that asks for %j with a P-256 key',
    (alg) => {
      expect(() => signatureCheck(tokenWith(alg), key)).toThrowError(coded('jws.algorithm'));
    },
  );

  test('refuses a header without an algorithm', () => {
    const jws = parseJws(encodeJws(encodeSigningInput({}, {}), new Uint8Array(64)));
    expect(() => signatureCheck(jws, key)).toThrowError(coded('jws.algorithm'));
  });

  test('refuses ES256 with an Ed25519 key', () => {
    const ed25519 = { kty: 'OKP', crv: 'Ed25519', x: key.x } as const;
    expect(() => signatureCheck(tokenWith('ES256'), ed25519)).toThrowError(coded('jws.algorithm'));
    expect(signatureCheck(tokenWith('EdDSA'), ed25519).alg).toBe('EdDSA');
  });

  test.each([0, 63, 65, 71])('refuses a signature of %d bytes', (length) => {
    expect(() => signatureCheck(tokenWith('ES256', length), key)).toThrowError(coded('jws.malformed'));
  });
});
