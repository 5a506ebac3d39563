import { expect, test } from 'vitest';
import { algorithmOf, parsePublicJwk, thumbprint } from './jwk.ts';

const coded = (code: string) => expect.objectContaining({ code });

/** RFC 8037 appendix A. */
const ED25519 = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' } as const;
/** RFC 7517 appendix A.1. */
const P256 = {
  kty: 'EC',
  crv: 'P-256',
  x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
  y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
} as const;

test('the thumbprint is that of RFC 8037 appendix A.3', () => {
  expect(thumbprint(parsePublicJwk(ED25519))).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
});

test('members beyond the key itself do not change its name', () => {
  const dressed = { ...P256, kid: 'mine', use: 'sig', alg: 'ES256' };
  expect(thumbprint(dressed)).toBe(thumbprint(P256));
  expect(parsePublicJwk(dressed)).toEqual(P256);
  expect(thumbprint(parsePublicJwk(dressed))).toBe(thumbprint(P256));
});

test('the key chooses the algorithm', () => {
  expect(algorithmOf(P256)).toBe('ES256');
  expect(algorithmOf(ED25519)).toBe('EdDSA');
});

test.each([
  ['d', { ...P256, d: 'AAAA' }],
  ['d of another kind of key', { kty: 'RSA', n: 'AQAB', e: 'AQAB', d: 'AQ' }],
  ['k', { kty: 'oct', k: 'AAAA' }],
  ['p', { kty: 'RSA', p: 'AQ' }],
  ['d of null', { ...P256, d: null }],
])('a private member is named as such: %s', (_case, value) => {
  expect(() => parsePublicJwk(value)).toThrowError(coded('jwk.private'));
});

test.each([
  ['RSA', { kty: 'RSA', n: 'AQAB', e: 'AQAB' }],
  ['P-384', { ...P256, crv: 'P-384' }],
  ['X25519', { ...ED25519, crv: 'X25519' }],
  ['a curve of another kind', { ...P256, kty: 'OKP' }],
  ['an empty object', {}],
])('another kind of key is not supported: %s', (_case, value) => {
  expect(() => parsePublicJwk(value)).toThrowError(coded('jwk.unsupported'));
});

test.each([
  ['null', null],
  ['a text', 'key'],
  ['an array', [P256]],
  ['no y', { ...P256, y: undefined }],
  ['a number for x', { ...P256, x: 5 }],
  ['x too short', { ...P256, x: P256.x.slice(1) }],
  ['x too long', { ...P256, x: `${P256.x}A` }],
  ['x with padding', { ...P256, x: `${P256.x.slice(1)}=` }],
  ['x with bits left over', { ...P256, x: `${P256.x.slice(0, -1)}5` }],
  ['x in standard base64', { ...P256, x: `+${P256.x.slice(1)}` }],
])('a malformed key is named as such: %s', (_case, value) => {
  expect(() => parsePublicJwk(value)).toThrowError(coded('jwk.malformed'));
});
