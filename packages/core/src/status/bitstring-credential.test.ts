import { gunzipSync, gzipSync } from 'node:zlib';
import { Bitstring } from '@digitalbazaar/bitstring';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jwt } from '../../test/sample-credential.ts';
import { MIN_BITSTRING_ENTRIES, packBitstring, readBitstring, readBitstringValue } from './bitstring.ts';
import { createBitstringPayload, parseBitstringCredential } from './bitstring-credential.ts';

const URI = 'https://issuer.example/lists/3';
const HEADER = { alg: 'EdDSA', typ: 'vc+jwt' };
const content = (values = new Uint8Array(8)) => ({
  ...{
    uri: URI,
    issuer: 'https://issuer.example',
    purpose: 'revocation' as const,
    iat: 1_700_000_000,
    exp: 1_700_086_400,
  },
  ...{ ttlMs: 300_000, compressed: new Uint8Array(gzipSync(packBitstring(values, 1))) },
});
const payload = createBitstringPayload(content());
const subject = payload.credentialSubject as object;
const parse = (changes: object = {}, header: object = HEADER) =>
  parseBitstringCredential(jwt(header, { ...payload, ...changes }));
const parseWith = (changes: object) => parse({ credentialSubject: { ...subject, ...changes } });

describe('a list as a W3C credential', () => {
  it('reads back as it was written', () => {
    expect(parse()).toMatchObject({
      ...{ ok: true, uri: URI, issuer: 'https://issuer.example', purposes: ['revocation'] },
      ...{ iat: 1_700_000_000, exp: 1_700_086_400, ttlMs: 300_000 },
    });
  });

  it('has its ttl in milliseconds, 300,000 when it names none', () => {
    expect(parseWith({ ttl: 60_000 })).toMatchObject({ ttlMs: 60_000 });
    expect(parseWith({ ttl: undefined })).toMatchObject({ ttlMs: 300_000 });
  });

  it('is dated by its signature, else by validFrom, and without either is none', () => {
    expect(parse({ validFrom: '2020-01-01T00:00:00Z' })).toMatchObject({ iat: 1_700_000_000 });
    expect(parse({ iat: undefined, validFrom: '2020-01-01T00:00:00Z' })).toMatchObject({ iat: 1_577_836_800 });
    expect(parse({ iat: undefined })).toMatchObject({ ok: false, reason: { code: 'status.malformed' } });
  });

  it.each([
    ['status.typ', () => parse({}, { ...HEADER, typ: 'JWT' })],
    ['status.typ', () => parse({ type: ['VerifiableCredential', 'Degree'] })],
    ['status.typ', () => parse({ '@context': ['https://www.w3.org/2018/credentials/v1'] })],
    ['status.alg_not_allowed', () => parse({}, { ...HEADER, alg: 'HS256' })],
    ['status.malformed', () => parse({ id: undefined })],
    ['status.malformed', () => parse({ credentialSubject: [subject] })],
    ['status.malformed', () => parseWith({ type: 'StatusList2021' })],
    ['status.malformed', () => parseWith({ statusPurpose: [] })],
    ['status.malformed', () => parseWith({ encodedList: 'H4sIAAAA' })],
    ['status.malformed', () => parseWith({ encodedList: 'u!' })],
    ['status.malformed', () => parseWith({ ttl: 0 })],
    ['status.malformed', () => parseWith({ ttl: '300000' })],
    ['status.malformed', () => parseBitstringCredential('a.b.c')],
    ['status.too_large', () => parseBitstringCredential('a'.repeat(4_194_305))],
  ])('is no list for %s', (code, given) => {
    expect(given()).toMatchObject({ ok: false, reason: { code } });
  });

  it('is never signed to end before anyone asks again', () => {
    const short = { ...content(), exp: 1_700_000_200 };
    expect(() => createBitstringPayload(short)).toThrow(expect.objectContaining({ code: 'status.token-times' }));
  });
});

describe('an implementation of others (@digitalbazaar/bitstring)', () => {
  const indices = fc.uniqueArray(fc.nat(MIN_BITSTRING_ENTRIES - 1), { minLength: 1, maxLength: 12 });

  it('reads what we write, bit for bit', async () => {
    await fc.assert(
      fc.asyncProperty(indices, async (revoked) => {
        const values = new Uint8Array(MIN_BITSTRING_ENTRIES);
        for (const index of revoked) values[index] = 1;
        const { encodedList } = createBitstringPayload(content(values)).credentialSubject as { encodedList: string };
        const buffer = await Bitstring.decodeBits({ encoded: encodedList.slice(1) });
        const theirs = new Bitstring({ buffer });
        for (const index of revoked) {
          for (const near of [index - 1, index, index + 1, index ^ 7]) {
            if (near < 0 || near >= MIN_BITSTRING_ENTRIES) continue;
            expect(theirs.get(near)).toBe(values[near] === 1);
          }
        }
      }),
      { numRuns: 15 },
    );
  });

  it('writes what we read, bit for bit', async () => {
    await fc.assert(
      fc.asyncProperty(indices, async (revoked) => {
        const theirs = new Bitstring({ length: MIN_BITSTRING_ENTRIES });
        for (const index of revoked) theirs.set(index, true);
        const encodedList = `u${await theirs.encodeBits()}`;
        const read = parseWith({ encodedList });
        const packed = new Uint8Array(gunzipSync(read.ok ? read.compressed : new Uint8Array()));
        for (const index of revoked) {
          expect(readBitstring(packed, index)).toBe(1);
          expect(readBitstring(packed, index ^ 7)).toBe(revoked.includes(index ^ 7) ? 1 : 0);
        }
      }),
      { numRuns: 15 },
    );
  });
});

it('reads entries of several bits with the most significant first', () => {
  const packed = Uint8Array.of(0b01_10_11_00, 0b1010_0001);
  expect([0, 1, 2, 3].map((index) => readBitstringValue(packed, index, 2))).toEqual([1, 2, 3, 0]);
  expect([2, 3].map((index) => readBitstringValue(packed, index, 4))).toEqual([10, 1]);
  expect(readBitstringValue(packed, 1, 8)).toBe(0b1010_0001);
});
