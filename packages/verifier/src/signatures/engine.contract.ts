/// <reference types="node" />
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { encodeBase64url, type PublicJwk, parsePublicJwk, type SignatureCheck } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import type { SignatureEngine } from './engine.ts';

type Pair = { readonly jwk: PublicJwk; readonly privateKey: KeyObject };

const message = new TextEncoder().encode('The same message for everyone.');

/** Every engine runs this suite: whatever the platform thinks, the answers are equal. */
export function describeSignatureEngine(name: string, engine: () => SignatureEngine): void {
  const es256 = createPair('ES256');
  const eddsa = createPair('EdDSA');
  const good = [createCheck(es256), createCheck(eddsa)] as const;
  const verify = (...checks: SignatureCheck[]) => engine().verify(checks);

  describe(name, () => {
    it('answers each check in the order given', async () => {
      const bad = { ...good[0], data: new Uint8Array([1]) };
      expect(await verify(good[0], bad, good[1], good[0], bad)).toEqual([true, false, true, true, false]);
      expect(await verify()).toEqual([]);
    });

    it('gives the same answers when keys come back often enough to be cached, and tells mirror images apart', async () => {
      const mirrored = { ...good[0], key: mirror(es256.jwk) };
      for (let i = 0; i < 4; i += 1) {
        expect(await verify(good[0], mirrored, good[1])).toEqual([true, false, true]);
      }
    });

    it('verifies the vectors of RFC 8032 section 7.1 and RFC 7515 appendix A.3', async () => {
      expect(await verify(...publishedVectors())).toEqual([true, true]);
    });

    it('refuses a signature by another key, over other data, cut short or too long', async () => {
      for (const [pair, check] of [
        [es256, good[0]],
        [eddsa, good[1]],
      ] as const) {
        const stranger = createPair(check.alg).jwk;
        expect(
          await verify(
            { ...check, key: stranger },
            { ...check, data: new Uint8Array() },
            { ...check, signature: check.signature.subarray(0, 63) },
            { ...check, signature: new Uint8Array([...check.signature, 0]) },
            { ...check, signature: new Uint8Array() },
            { ...check, signature: derSignature(pair) },
          ),
        ).toEqual([false, false, false, false, false, false]);
      }
    });

    it('takes the algorithm from the key: a key of another kind never verifies', async () => {
      expect(
        await verify(
          { ...good[0], key: eddsa.jwk },
          { ...good[1], key: es256.jwk },
          { ...good[0], alg: 'EdDSA' },
          { ...good[1], alg: 'ES256' },
        ),
      ).toEqual([false, false, false, false]);
    });

    it('refuses r or s of zero, of the group order or above (the "psychic" signature)', async () => {
      const order = bytes('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');
      const zero = new Uint8Array(32);
      const [r, s] = [good[0].signature.subarray(0, 32), good[0].signature.subarray(32)];
      const pairs = [
        [zero, zero],
        [zero, s],
        [r, zero],
        [order, s],
        [r, order],
        [new Uint8Array(32).fill(255), s],
        [r, new Uint8Array(32).fill(255)],
        [order, order],
      ];
      const checks = pairs.map((parts) => ({ ...good[0], signature: join(...parts) }));
      expect(await verify(...checks)).toEqual(pairs.map(() => false));
    });

    it('refuses an Ed25519 signature whose S is not reduced', async () => {
      const order = 2n ** 252n + 27742317777372353535851937790883648493n;
      const s = fromLittleEndian(good[1].signature.subarray(32)) + order;
      const forged = { ...good[1], signature: join(good[1].signature.subarray(0, 32), toLittleEndian(s)) };
      expect(await verify(good[1], forged)).toEqual([true, false]);
    });

    it('refuses keys and nonces of small order, under which one signature fits any message', async () => {
      const checks = smallOrderPoints().flatMap((point) => [
        { ...good[1], key: okp(point), signature: join(point, new Uint8Array(32)) },
        { ...good[1], key: okp(point), signature: join(smallOrderPoints()[1] ?? point, new Uint8Array(32)) },
        { ...good[1], signature: join(point, good[1].signature.subarray(32)) },
      ]);
      expect(await verify(...checks)).toEqual(checks.map(() => false));
    });

    it('refuses a P-256 key that is not a point of the curve', async () => {
      const zero = encodeBase64url(new Uint8Array(32));
      const keys: PublicJwk[] = [
        { kty: 'EC', crv: 'P-256', x: zero, y: zero },
        { kty: 'EC', crv: 'P-256', x: eddsa.jwk.x, y: zero },
        { kty: 'EC', crv: 'P-256', x: encodeBase64url(new Uint8Array(32).fill(255)), y: zero },
      ];
      expect(await verify(...keys.map((key) => ({ ...good[0], key })))).toEqual([false, false, false]);
    });

    it('answers false, and does not throw, for what should never have been passed in', async () => {
      const wrong: unknown[] = [
        { ...good[0], key: { ...es256.jwk, x: `${es256.jwk.x}=` } },
        { ...good[0], key: { ...es256.jwk, x: 'AA' } },
        { ...good[0], key: { kty: 'EC', crv: 'P-384', x: es256.jwk.x, y: es256.jwk.x } },
        { ...good[1], key: { kty: 'oct', k: 'AAAA' } },
        { ...good[1], key: null },
        { ...good[1], alg: 'none' },
        { ...good[1], alg: 'HS256' },
      ];
      expect(await verify(...(wrong as SignatureCheck[]))).toEqual(wrong.map(() => false));
    });

    it('serves many callers at once, each with its own answers', async () => {
      const calls = Array.from({ length: 40 }, (_, i) => {
        const check = i % 3 === 0 ? good[0] : { ...good[i % 2 === 0 ? 0 : 1], data: new Uint8Array([i]) };
        return verify(check, good[1]).then((answer) => [i, ...answer]);
      });
      const expected = calls.map((_, i) => [i, i % 3 === 0, true]);
      expect(await Promise.all(calls)).toEqual(expected);
    });
  });
}

function createPair(alg: 'ES256' | 'EdDSA'): Pair {
  const { privateKey, publicKey } =
    alg === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519');
  return { privateKey, jwk: parsePublicJwk(publicKey.export({ format: 'jwk' })) };
}

function createCheck({ jwk, privateKey }: Pair): SignatureCheck {
  return jwk.kty === 'EC'
    ? {
        alg: 'ES256',
        key: jwk,
        data: message,
        signature: sign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
      }
    : { alg: 'EdDSA', key: jwk, data: message, signature: sign(null, message, privateKey) };
}

function derSignature({ jwk, privateKey }: Pair): Uint8Array {
  return jwk.kty === 'EC' ? sign('sha256', message, privateKey) : new Uint8Array(70);
}

function mirror(jwk: PublicJwk): PublicJwk {
  if (jwk.kty !== 'EC') return jwk;
  const prime = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
  const y = BigInt(`0x${Buffer.from(jwk.y, 'base64url').toString('hex')}`);
  return { ...jwk, y: Buffer.from((prime - y).toString(16).padStart(64, '0'), 'hex').toString('base64url') };
}

function publishedVectors(): SignatureCheck[] {
  const rfc8032 = createPublicKey(createPrivateKey({ key: pkcs8(), format: 'der', type: 'pkcs8' }));
  return [
    {
      alg: 'EdDSA',
      key: parsePublicJwk(rfc8032.export({ format: 'jwk' })),
      data: bytes('72'),
      signature: bytes(
        '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
      ),
    },
    {
      alg: 'ES256',
      key: {
        kty: 'EC',
        crv: 'P-256',
        x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
        y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
      },
      data: new TextEncoder().encode(
        'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ',
      ),
      signature: Buffer.from(
        'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q',
        'base64url',
      ),
    },
  ];
}

/** RFC 8032 section 7.1, test 2: the secret key in its PKCS #8 frame. */
function pkcs8(): Buffer {
  return Buffer.from(
    '302e020100300506032b6570042204204ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    'hex',
  );
}

/** The eight points of small order and the spellings of them that are not canonical. */
function smallOrderPoints(): Uint8Array[] {
  return [
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0100000000000000000000000000000000000000000000000000000000000000',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    '0000000000000000000000000000000000000000000000000000000000000080',
    '0100000000000000000000000000000000000000000000000000000000000080',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  ].map(bytes);
}

function okp(point: Uint8Array): PublicJwk {
  return { kty: 'OKP', crv: 'Ed25519', x: encodeBase64url(point) };
}

function bytes(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

function join(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function fromLittleEndian(wire: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(wire).reverse().toString('hex')}`);
}

function toLittleEndian(value: bigint): Uint8Array {
  return new Uint8Array(Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse());
}
