import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOLDER_KEY, ISSUER_KEY, NOW, signText } from '../../test/sample-credential.ts';
import { canonicalJson, type JsonObject } from '../encoding/json.ts';
import {
  type CredentialContent,
  type CredentialDraft,
  createCredentialDraft,
  encodeCredential,
  entropyForCredential,
} from './issue.ts';
import { type Credential, parseCredential } from './parsed-credential.ts';
import { createPresentationDraft, encodePresentation } from './presentation.ts';

/** Entropy that repeats nothing and is the same in every run. */
function entropy(bytes: number, seed = 'seed'): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(bytes / 32) }, (_, i) =>
    createHash('sha256').update(`${seed}${i}`).digest(),
  );
  return new Uint8Array(Buffer.concat(blocks).subarray(0, bytes));
}

const CLAIMS = {
  vct: 'urn:x:residence',
  iss: 'https://issuer.example',
  iat: NOW,
  given_name: 'Ada',
  resident_id: 'R-1',
};

function content(change: Partial<CredentialContent> = {}): CredentialContent {
  const base = { header: { alg: 'EdDSA' }, claims: CLAIMS, disclosable: ['given_name', 'resident_id'] } as const;
  return { ...base, salts: entropy(4096), holderKey: HOLDER_KEY.jwk, ...change };
}

function issued(draft: CredentialDraft): string {
  return encodeCredential(draft.signingInput, signText(draft.signingInput, ISSUER_KEY), draft.disclosures);
}

function parsed(text: string): Credential {
  const result = parseCredential(text);
  if (!result.ok) throw new Error(result.detail);
  return result;
}

function payloadOf({ signingInput }: CredentialDraft): JsonObject {
  return JSON.parse(Buffer.from(signingInput.split('.')[1] ?? '', 'base64url').toString()) as JsonObject;
}

const value = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.integer(),
  fc.boolean(),
  fc.array(fc.string(), { maxLength: 3 }),
);
const claimName = fc.stringMatching(/^[a-z_]{1,12}$/).filter((name) => !name.startsWith('_sd') && name !== '__proto__');
const subject = fc
  .dictionary(claimName, value, { maxKeys: 10, noNullPrototype: true })
  .map(({ vct: _v, iss: _i, nbf: _n, exp: _e, cnf: _c, iat: _a, status: _s, network: _w, ...claims }) => claims);

describe('a credential that is issued', () => {
  it('is read back as the claims it was made of, whichever are hidden, shown or decoys', () => {
    fc.assert(
      fc.property(subject, fc.infiniteStream(fc.boolean()), fc.nat(5), (claims, coin, decoys) => {
        const flip = () => coin.next().value === true;
        const disclosable = Object.keys(claims).filter(flip);
        const all = { ...claims, vct: 'urn:x', iss: 'https://issuer.example' };
        const salts = entropy(entropyForCredential(disclosable.length, decoys));
        const text = issued(createCredentialDraft(content({ claims: all, disclosable, salts, decoys })));
        const credential = parsed(text);
        expect(canonicalJson(credential.claims)).toBe(canonicalJson({ ...all, cnf: { jwk: HOLDER_KEY.jwk } }));
        expect(credential.disclosures.map(({ name }) => name).sort()).toEqual(disclosable.sort());
        const shown = disclosable.filter(flip);
        const draft = createPresentationDraft(text, shown, { nonce: 'n', audience: 'a', iat: NOW });
        const presentation = parsed(encodePresentation(draft, signText(draft.signingInput, HOLDER_KEY)));
        expect(presentation.disclosures.map(({ name }) => name).sort()).toEqual(shown.sort());
        for (const name of disclosable) expect(name in presentation.claims).toBe(shown.includes(name));
      }),
    );
  });

  it('carries status, network and holder key where verifiers look for them', () => {
    const status = { uri: 'https://issuer.example/lists/1', index: 12 };
    const network = { log: 'issuer.example/log', size: 9 };
    const header = { alg: 'EdDSA', kid: 'k', x5c: ['MIIB'] } as const;
    const credential = parsed(issued(createCredentialDraft(content({ header, status, network }))));
    expect(credential).toMatchObject({ status, network, cnf: HOLDER_KEY.jwk, vct: CLAIMS.vct, issuer: CLAIMS.iss });
    expect(credential.header).toEqual({ ...header, typ: 'dc+sd-jwt' });
  });

  it('tells nothing by the order or the number of its digests', () => {
    const first = payloadOf(createCredentialDraft(content({ decoys: 3 })));
    const turned = payloadOf(createCredentialDraft(content({ decoys: 3, disclosable: ['resident_id', 'given_name'] })));
    for (const { _sd } of [first, turned]) {
      expect(_sd).toHaveLength(5);
      expect(_sd).toEqual([...(_sd as string[])].sort());
    }
  });

  it('has no _sd at all when nothing is hidden', () => {
    expect(Object.keys(payloadOf(createCredentialDraft(content({ disclosable: [] }))))).not.toContain('_sd');
    expect(Object.keys(payloadOf(createCredentialDraft(content({ disclosable: [] }))))).not.toContain('_sd_alg');
  });

  it('keeps a private member of the holder’s key out', () => {
    const holderKey = { ...HOLDER_KEY.jwk, d: 'AAAA' };
    expect(() => createCredentialDraft(content({ holderKey }))).toThrow(
      expect.objectContaining({ code: 'jwk.private' }),
    );
    const named = { ...HOLDER_KEY.jwk, kid: 'ada@example.com' };
    expect(payloadOf(createCredentialDraft(content({ holderKey: named }))).cnf).toEqual({ jwk: HOLDER_KEY.jwk });
  });
});

describe('a credential that is not issued', () => {
  const refusals: [string, Partial<CredentialContent>, string][] = [
    ['has no type', { claims: { given_name: 'Ada', resident_id: 'R' } }, 'credential.claim-missing'],
    ['hides a claim it does not have', { disclosable: ['email'] }, 'credential.claim-missing'],
    ['hides a claim only a prototype has', { disclosable: ['toString'] }, 'credential.claim-missing'],
    ['hides its type', { disclosable: ['vct'] }, 'credential.claim-not-disclosable'],
    ['hides its expiry', { claims: { ...CLAIMS, exp: 1 }, disclosable: ['exp'] }, 'credential.claim-not-disclosable'],
    ['brings its own cnf', { claims: { ...CLAIMS, cnf: {} } }, 'credential.claim-reserved'],
    ['brings its own status', { claims: { ...CLAIMS, status: {} } }, 'credential.claim-reserved'],
    ['brings its own network', { claims: { ...CLAIMS, network: {} } }, 'credential.claim-reserved'],
    ['brings its own digests', { claims: { ...CLAIMS, _sd: [] } }, 'credential.claim-reserved'],
    ['brings digests inside a value', { claims: { ...CLAIMS, a: [{ b: { _sd: [] } }] } }, 'credential.claim-reserved'],
    ['brings an array digest', { claims: { ...CLAIMS, a: [{ '...': 'x' }] } }, 'credential.claim-reserved'],
    ['brings _sd_alg', { claims: { ...CLAIMS, a: { _sd_alg: 'md5' } } }, 'credential.claim-reserved'],
    ['has too little entropy', { salts: entropy(31) }, 'credential.entropy-short'],
    ['has too little entropy for its decoys', { salts: entropy(63), decoys: 1 }, 'credential.entropy-short'],
    ['has the same salt twice', { salts: new Uint8Array(32) }, 'credential.entropy-repeats'],
    [
      'has the same decoy twice',
      { disclosable: [], decoys: 2, salts: new Uint8Array(64) },
      'credential.entropy-repeats',
    ],
  ];

  it.each(refusals)('because it %s', (_, change, code) => {
    expect(() => createCredentialDraft(content(change))).toThrow(expect.objectContaining({ code }));
  });

  it('because a verifier would refuse it: too long, too deep, too many certificates', () => {
    let deep: JsonObject = {};
    for (let i = 0; i < 20; i += 1) deep = { deep };
    for (const change of [
      { claims: { ...CLAIMS, note: 'x'.repeat(65_536) } },
      { claims: { ...CLAIMS, deep } },
      { header: { alg: 'EdDSA', x5c: Array<string>(9).fill('MIIB') } as const },
    ]) {
      const draft = createCredentialDraft(content(change));
      expect(() => issued(draft)).toThrow(expect.objectContaining({ code: 'credential.unreadable' }));
    }
  });
});
