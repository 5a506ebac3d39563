import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jwt } from '../../test/sample-credential.ts';
import { parseCredential } from './parsed-credential.ts';

const HEADER = { alg: 'EdDSA', typ: 'vc+jwt', kid: 'did:web:issuer.example#1' };
const ENTRY = {
  id: 'https://issuer.example/lists/3#94567',
  type: 'BitstringStatusListEntry',
  statusPurpose: 'revocation',
  statusListIndex: '94567',
  statusListCredential: 'https://issuer.example/lists/3',
};
const VC = {
  '@context': ['https://www.w3.org/ns/credentials/v2', 'https://www.w3.org/ns/credentials/examples/v2'],
  id: 'http://university.example/credentials/3732',
  type: ['VerifiableCredential', 'ExampleDegreeCredential'],
  issuer: { id: 'did:web:issuer.example', name: 'Example' },
  validFrom: '2010-01-01T19:23:24Z',
  credentialSubject: { id: 'did:example:ada', degree: { type: 'ExampleBachelorDegree' } },
};
const parse = (changes: object = {}, header: object = HEADER) => parseCredential(jwt(header, { ...VC, ...changes }));

describe('a W3C credential as a JWT', () => {
  it('is read for what a verifier decides by', () => {
    expect(parse({ credentialStatus: ENTRY, validUntil: '2030-01-01T00:00:00Z' })).toMatchObject({
      ok: true,
      format: 'vc+jwt',
      legacyTyp: false,
      vct: 'ExampleDegreeCredential',
      issuer: 'did:web:issuer.example',
      nbf: 1_262_373_804,
      exp: 1_893_456_000,
      bitstrings: [{ uri: ENTRY.statusListCredential, index: 94_567, purpose: 'revocation', size: 1 }],
      disclosures: [],
      header: { alg: 'EdDSA', typ: 'vc+jwt', kid: HEADER.kid },
    });
  });

  it('has the narrower of its own dates and those of its signature, each rounded towards refusal', () => {
    const dates = { validFrom: '2010-01-01T19:23:24.2Z', validUntil: '2030-01-01T00:00:00.7Z' };
    expect(parse({ ...dates, nbf: 1, exp: 2_000_000_000 })).toMatchObject({ nbf: 1_262_373_805, exp: 1_893_456_000 });
    expect(parse({ ...dates, nbf: 1_300_000_000, exp: 1_400_000_000 })).toMatchObject({
      nbf: 1_300_000_000,
      exp: 1_400_000_000,
    });
  });

  it('may have entries for several purposes, and entries of another kind are named', () => {
    const others = [
      ENTRY,
      { ...ENTRY, statusPurpose: 'message', statusSize: 2, statusListIndex: 5 },
      { type: 'StatusList2021Entry' },
    ];
    expect(parse({ credentialStatus: others })).toMatchObject({
      bitstrings: [{ purpose: 'revocation' }, { purpose: 'message', size: 2, index: 5 }],
      otherStatus: ['StatusList2021Entry'],
    });
    expect(parse({ credentialStatus: { type: 'StatusList2021Entry' } })).not.toHaveProperty('bitstrings');
  });

  it('finds nothing in its claims that nobody claimed', () => {
    const parsed = parse();
    expect(parsed.ok && parsed.claims.constructor).toBeUndefined();
  });

  it.each([
    ['/issuer', { issuer: undefined }],
    ['/issuer', { issuer: { name: 'no id' } }],
    ['/iss', { iss: 'https://another.example' }],
    ['/type', { type: 'ExampleDegreeCredential' }],
    ['/type', { type: ['VerifiableCredential', 7] }],
    ['/credentialSubject', { credentialSubject: 'ada' }],
    ['/credentialSubject', { credentialSubject: [] }],
    ['/validFrom', { validFrom: '2010-01-01' }],
    ['/validUntil', { validUntil: 1_893_456_000 }],
    ['/exp', { exp: '2030' }],
    ['/credentialStatus', { credentialStatus: [] }],
    ['/credentialStatus', { credentialStatus: 'https://issuer.example/lists/3' }],
    ['/credentialStatus/statusListIndex', { credentialStatus: { ...ENTRY, statusListIndex: '-1' } }],
    ['/credentialStatus/statusListIndex', { credentialStatus: { ...ENTRY, statusListIndex: '07' } }],
    ['/credentialStatus/statusListIndex', { credentialStatus: { ...ENTRY, statusListIndex: 1.5 } }],
    ['/credentialStatus/statusSize', { credentialStatus: { ...ENTRY, statusSize: 33 } }],
    ['/credentialStatus/statusPurpose', { credentialStatus: { ...ENTRY, statusPurpose: undefined } }],
    ['/credentialStatus/statusListCredential', { credentialStatus: { ...ENTRY, statusListCredential: 5 } }],
  ])('is refused at %s for what it cannot be: %j', (path, changes) => {
    expect(parse(changes)).toMatchObject({ ok: false, reason: { code: 'format.claim_malformed', path } });
  });

  it.each([
    ['format.unsupported', {}, { ...HEADER, typ: 'vp+jwt' }],
    ['format.unsupported', { '@context': ['https://www.w3.org/2018/credentials/v1'] }, HEADER],
    ['format.unsupported', { vc: {} }, HEADER],
    ['signature.alg_not_allowed', {}, { ...HEADER, alg: 'none' }],
    ['signature.alg_not_allowed', {}, { ...HEADER, alg: 'HS256' }],
  ])('of another kind, or signed by nothing we take, is told so: %s', (code, changes, header) => {
    expect(parse(changes, header)).toMatchObject({ ok: false, reason: { code } });
  });

  it('never throws, whatever stands in its place', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(VC), 'credentialStatus', 'exp'), fc.jsonValue(), (member, value) => {
        expect(() => parse({ [member]: value })).not.toThrow();
      }),
    );
  });
});
