import { createHash } from 'node:crypto';
import { SDJwtInstance } from '@sd-jwt/core';
import { describe, expect, it } from 'vitest';
import { HOLDER_KEY, ISSUER_KEY, NOW, type SampleKey, signText } from '../../test/sample-credential.ts';
import { canonicalJson } from '../encoding/json.ts';
import { createCredentialDraft, encodeCredential } from './issue.ts';
import { judgeKeyBinding } from './key-binding.ts';
import { parseCredential } from './parsed-credential.ts';
import { createPresentationDraft, encodePresentation } from './presentation.ts';

const signer = (key: SampleKey) => (text: string) => Buffer.from(signText(text, key)).toString('base64url');
let salts = 0;

class TheirCredential extends SDJwtInstance<Record<string, unknown>> {
  protected override type = 'dc+sd-jwt';
}

/** Another implementation. It accepts more than it should, so it can only tell whether we refuse too much. */
const theirs = new TheirCredential({
  signer: signer(ISSUER_KEY),
  signAlg: 'EdDSA',
  verifier: (text, signature) => signer(ISSUER_KEY)(text) === signature,
  hasher: (text) =>
    createHash('sha256')
      .update(Buffer.from(text as string))
      .digest(),
  hashAlg: 'sha-256',
  saltGenerator: () => `salt-${salts++}`,
  kbSigner: signer(HOLDER_KEY),
  kbSignAlg: 'EdDSA',
  kbVerifier: (text, signature) => signer(HOLDER_KEY)(text) === signature,
});

const SUBJECT = {
  vct: 'urn:x:residence',
  iss: 'https://issuer.example',
  given_name: 'Ada',
  nationalities: ['BE', 'DE', 'FR'],
  address: { street_address: 'Rue 1', country: 'BE' },
};
const CLAIMS = { ...SUBJECT, cnf: { jwk: HOLDER_KEY.jwk } };
const FRAME = {
  _sd: ['given_name', 'address'],
  _sd_decoy: 2,
  address: { _sd: ['street_address', 'country'] },
  nationalities: { _sd: [0, 2] },
};
const REQUEST = { nonce: 'n-1', audience: 'x509_hash:v', iat: NOW };

describe('with another implementation', () => {
  it('reads what it issues: recursive, in arrays, with decoys', async () => {
    const parsed = parseCredential(await theirs.issue(CLAIMS, FRAME as never));
    if (!parsed.ok) throw new Error(parsed.detail);
    expect(canonicalJson(parsed.claims)).toBe(canonicalJson(CLAIMS));
    expect(parsed.disclosures).toHaveLength(6);
  });

  it('reads what it presents, and finds the holder bound', async () => {
    const { nonce, audience: aud, iat } = REQUEST;
    const frame = { given_name: true, nationalities: { 2: true } };
    const text = await theirs.present(await theirs.issue(CLAIMS, FRAME as never), frame as never, {
      kb: { payload: { nonce, aud, iat } },
    });
    const parsed = parseCredential(text);
    if (!parsed.ok) throw new Error(parsed.detail);
    const { address: _, ...shown } = { ...CLAIMS, nationalities: ['DE', 'FR'] };
    expect(canonicalJson(parsed.claims)).toBe(canonicalJson(shown));
    expect(judgeKeyBinding(parsed, { ...REQUEST, now: NOW, maxAgeS: 1, skewS: 0 })).toEqual([]);
  });

  it('is read by it: what we issue and what we present', async () => {
    const draft = createCredentialDraft({
      header: { alg: 'EdDSA' },
      claims: SUBJECT,
      disclosable: ['given_name', 'nationalities', 'address'],
      holderKey: HOLDER_KEY.jwk,
      salts: new Uint8Array(createHash('sha512').update('entropy').digest()),
    });
    const text = encodeCredential(draft.signingInput, signText(draft.signingInput, ISSUER_KEY), draft.disclosures);
    expect((await theirs.verify(text)).payload).toEqual(CLAIMS);
    const presentation = createPresentationDraft(text, ['given_name'], REQUEST);
    const presented = encodePresentation(presentation, signText(presentation.signingInput, HOLDER_KEY));
    const { payload, kb } = await theirs.verify(presented, { keyBindingNonce: REQUEST.nonce });
    expect(payload).toEqual({ vct: SUBJECT.vct, iss: SUBJECT.iss, given_name: 'Ada', cnf: CLAIMS.cnf });
    expect(kb?.payload).toMatchObject({ nonce: REQUEST.nonce, aud: REQUEST.audience });
  });
});
