import { encodeBase64url, type SignatureCheck } from '@holdfast/core';
import { expect, it } from 'vitest';
import { isStrictCheck } from './strict-check.ts';

// Some platforms refuse these by themselves and some do not: the answer must not depend on them.

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
const join = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
const some = bytes(`${'11'.repeat(31)}0f`);
const zero = new Uint8Array(32);

const p256 = (signature: Uint8Array): SignatureCheck => {
  const coordinate = encodeBase64url(some);
  return { alg: 'ES256', key: { kty: 'EC', crv: 'P-256', x: coordinate, y: coordinate }, data: zero, signature };
};
const ed25519 = (point: Uint8Array, signature: Uint8Array): SignatureCheck => ({
  alg: 'EdDSA',
  key: { kty: 'OKP', crv: 'Ed25519', x: encodeBase64url(point) },
  data: zero,
  signature,
});

it('lets through what only arithmetic can refuse', () => {
  expect(isStrictCheck(p256(join(some, some)))).toBe(true);
  expect(isStrictCheck(ed25519(some, join(some, some)))).toBe(true);
  expect(isStrictCheck(ed25519(some, join(some, zero)))).toBe(true);
});

it('refuses r and s outside [1, n - 1]', () => {
  const order = bytes('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');
  const last = bytes('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550');
  expect(isStrictCheck(p256(join(last, last)))).toBe(true);
  for (const bad of [zero, order, new Uint8Array(32).fill(255)]) {
    expect(isStrictCheck(p256(join(bad, some)))).toBe(false);
    expect(isStrictCheck(p256(join(some, bad)))).toBe(false);
  }
});

it('refuses an S that is not reduced', () => {
  const order = bytes('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010');
  const last = bytes('ecd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010');
  expect(isStrictCheck(ed25519(some, join(some, last)))).toBe(true);
  expect(isStrictCheck(ed25519(some, join(some, order)))).toBe(false);
  expect(isStrictCheck(ed25519(some, join(some, new Uint8Array(32).fill(255))))).toBe(false);
});

it('refuses points of small order, and y beyond the field, as key and as R', () => {
  const points = [
    '00'.repeat(32),
    `01${'00'.repeat(31)}`,
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    `ec${'ff'.repeat(30)}7f`,
    `ed${'ff'.repeat(30)}7f`,
    `ee${'ff'.repeat(30)}7f`,
    'ff'.repeat(32),
  ].map(bytes);
  for (const point of points) {
    const mirrored = point.slice();
    mirrored[31] = (mirrored[31] ?? 0) ^ 0x80;
    for (const bad of [point, mirrored]) {
      expect(isStrictCheck(ed25519(bad, join(some, some)))).toBe(false);
      expect(isStrictCheck(ed25519(some, join(bad, some)))).toBe(false);
    }
  }
});

it('changes nothing that it is given, not even where a Buffer would share its memory', () => {
  const signature = Buffer.concat([some, some]);
  const before = signature.toString('hex');
  isStrictCheck(ed25519(some, signature));
  isStrictCheck(p256(signature));
  expect(signature.toString('hex')).toBe(before);
});
