import { generateKeyPairSync } from 'node:crypto';
import { encodeBase64url, encodeUtf8, parseBase64url, parsePublicJwk } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { parseBase58 } from './base58.ts';
import { assertionKeys, didJwkKey, didKeyKey, didWebUrl, multikey, parseDidUrl } from './did.ts';
import { parseCompressedPoint } from './p256-point.ts';

const DID = 'did:web:issuer.example';
const p256 = { kty: 'EC', crv: 'P-256', x: 'fyNYMN0976ci7xqiSdag3buk-ZCwgXU4kz9XNkBlNUI' } as const;

const parsed = (text: string) => {
  const url = parseDidUrl(text);
  if (url === undefined) throw new Error(`${text} is no DID`);
  return url;
};

describe('did:key', () => {
  it('holds the keys that its specification says it holds', () => {
    // From the section "Test Vectors" of that specification.
    const ed = parsed('did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp');
    expect(didKeyKey(ed)).toEqual({ kty: 'OKP', crv: 'Ed25519', x: 'O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik' });
    const ec = parsed('did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169');
    expect(didKeyKey(ec)).toMatchObject({ kty: 'EC', crv: 'P-256', x: p256.x });
  });

  it('may be named by its own fragment and by no other', () => {
    const id = 'z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp';
    expect(didKeyKey(parsed(`did:key:${id}#${id}`))).toBeDefined();
    expect(didKeyKey(parsed(`did:key:${id}#0`))).toBeUndefined();
  });

  it('is not understood for other curves, other bases, wrong lengths, or text without end', () => {
    const others = [
      'did:key:z6LSeu9HkTHSfLLeUs2nnzUSNedgDUevfNQgQjQC23ZCit6F',
      'did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme',
      'did:key:m7QFIPK2pAw',
      'did:key:z',
      'did:key:z0OIl',
      `did:key:z${'z'.repeat(1500)}`,
    ];
    for (const did of others) expect([did, didKeyKey(parsed(did))]).toEqual([did, undefined]);
  });
});

describe('a compressed point', () => {
  it('gives back every key that was compressed, even and odd', () => {
    for (let i = 0; i < 20; i += 1) {
      const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
      const sign = 2 + ((parseBase64url(String(jwk.y))[31] ?? 0) & 1);
      const point = Uint8Array.from([sign, ...parseBase64url(String(jwk.x))]);
      expect(parseCompressedPoint(point)).toEqual(parsePublicJwk(jwk));
    }
  });

  it('is refused off the curve, beyond the field, uncompressed, or of another length', () => {
    const x = parseBase64url(p256.x);
    expect(parseCompressedPoint(Uint8Array.from([4, ...x]))).toBeUndefined();
    expect(parseCompressedPoint(Uint8Array.from([2, ...x, 0]))).toBeUndefined();
    expect(parseCompressedPoint(Uint8Array.from([2, ...new Uint8Array(32).fill(255)]))).toBeUndefined();
    const onCurve = Array.from({ length: 40 }, (_, i) =>
      parseCompressedPoint(Uint8Array.from([2, ...new Uint8Array(31), i])),
    );
    // About half of all x belong to no point.
    expect(onCurve.filter((key) => key === undefined).length).toBeGreaterThan(5);
    expect(onCurve.filter((key) => key !== undefined).length).toBeGreaterThan(5);
  });
});

it('decodes base58 with its leading zeros, and nothing outside its alphabet', () => {
  expect(parseBase58('2NEpo7TZRRrLZSi2U')).toEqual(encodeUtf8('Hello World!'));
  expect(parseBase58('11233QC4')).toEqual(Uint8Array.from([0, 0, 0x28, 0x7f, 0xb4, 0xcd]));
  for (const text of ['', '0', 'l', 'I', 'O', 'a b', 'é', '1'.repeat(129)]) expect(parseBase58(text)).toBeUndefined();
});

describe('did:jwk', () => {
  const did = (jwk: unknown) => `did:jwk:${encodeBase64url(encodeUtf8(JSON.stringify(jwk)))}`;
  const jwk = parsePublicJwk(generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }));

  it('is its key', () => {
    expect(didJwkKey(parsed(did(jwk)))).toEqual(jwk);
    expect(didJwkKey(parsed(`${did({ ...jwk, use: 'sig', kid: 'x' })}#0`))).toEqual(jwk);
  });

  it('is not understood when private, for encryption, of another kind, or no JSON', () => {
    const bad = [{ ...jwk, d: 'AAAA' }, { ...jwk, use: 'enc' }, { kty: 'RSA' }, [], 'x', { ...jwk, x: 'short' }];
    for (const value of bad) expect(didJwkKey(parsed(did(value)))).toBeUndefined();
    expect(didJwkKey(parsed('did:jwk:not-json'))).toBeUndefined();
    expect(didJwkKey(parsed(`${did(jwk)}#1`))).toBeUndefined();
  });
});

describe('did:web', () => {
  const urlOf = (did: string) => didWebUrl(parsed(did), (host) => host === 'localhost');

  it('lies where the method says', () => {
    expect(urlOf('did:web:w3c-ccg.github.io')).toBe('https://w3c-ccg.github.io/.well-known/did.json');
    expect(urlOf('did:web:w3c-ccg.github.io:user:alice')).toBe('https://w3c-ccg.github.io/user/alice/did.json');
    expect(urlOf('did:web:example.com%3A3000:user:alice')).toBe('https://example.com:3000/user/alice/did.json');
    expect(urlOf('did:web:localhost%3A4600:i:civic')).toBe('http://localhost:4600/i/civic/did.json');
  });

  it('never leaves its host or its folder', () => {
    const bad = [
      ...['did:web:a.example%2Fb', 'did:web:a.example%40evil.example', 'did:web:a.example:..', 'did:web:a.example:.'],
      ...['did:web:a.example::b', 'did:web:a.example:%2e%2e', 'did:web:a.example%3Ax', 'did:web:a.example%3A80%3A90'],
    ];
    for (const did of bad) expect([did, urlOf(did)]).toEqual([did, undefined]);
  });

  it('is not every text that begins with did', () => {
    const bad = [
      'did:web',
      'did:web:',
      'did:Web:a',
      'did:web:a/b',
      'did:web:a?b',
      'did:web:a b',
      `did:web:${'a'.repeat(3000)}`,
    ];
    for (const text of bad) expect([text, parseDidUrl(text)]).toEqual([text, undefined]);
  });
});

describe('a DID document', () => {
  const jwk = { ...p256, y: 'igrFmi0whuihKnj9R3Om1SoMph72wUGeFaBbzG2vzns' };
  const multibase = 'z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp';
  const methods = [
    { id: `${DID}#a`, publicKeyJwk: jwk },
    { id: '#b', publicKeyMultibase: multibase },
    { id: `${DID}#c`, publicKeyJwk: { kty: 'RSA', n: 'x', e: 'AQAB' } },
    { id: `${DID}#login`, publicKeyJwk: jwk },
  ];
  const keysOf = (document: object) => assertionKeys({ id: DID, verificationMethod: methods, ...document }, DID);

  it('gives the keys for assertions, by reference or embedded, and leaves out what cannot verify', () => {
    const embedded = { id: `${DID}#d`, publicKeyJwk: jwk };
    const keys = keysOf({
      authentication: [`${DID}#login`],
      assertionMethod: [`${DID}#a`, '#b', `${DID}#c`, embedded],
    });
    expect(keys).toEqual([
      { name: `${DID}#a`, key: jwk },
      { name: `${DID}#b`, key: multikey(multibase) },
      { name: `${DID}#d`, key: jwk },
    ]);
  });

  it('gives none that are for another purpose, unknown, or nonsense, and is not taken for another DID', () => {
    expect(keysOf({ authentication: [`${DID}#login`] })).toEqual([]);
    expect(keysOf({ assertionMethod: [`${DID}#missing`, 7, null, {}, { id: 7, publicKeyJwk: jwk }] })).toEqual([]);
    expect(keysOf({ assertionMethod: 'all', verificationMethod: 'none' })).toEqual([]);
    expect(
      assertionKeys({ id: 'did:web:other.example', verificationMethod: methods, assertionMethod: ['#a'] }, DID),
    ).toBe(undefined);
  });
});
