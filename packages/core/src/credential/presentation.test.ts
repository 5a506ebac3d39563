import { describe, expect, it } from 'vitest';
import { BOUND, disclose, HOLDER_KEY, makeCredential, NOW, sha256, signText } from '../../test/sample-credential.ts';
import { judgeKeyBinding } from './key-binding.ts';
import { parseCredential } from './parsed-credential.ts';
import { createPresentationDraft, encodePresentation } from './presentation.ts';

const REQUEST = { nonce: 'n-1', audience: 'x509_hash:v', iat: NOW };
const name = disclose('given_name', 'Ada');
const street = disclose('street_address', 'Rue 1');
const address = disclose('address', { _sd: [sha256(street)] });
const be = disclose('BE');
const held = makeCredential({
  payload: { ...BOUND, _sd: [sha256(name), sha256(address)], countries: [{ '...': sha256(be) }] },
  disclosures: [street, name, address, be],
});

function present(disclosed: readonly string[]) {
  const draft = createPresentationDraft(held, disclosed, REQUEST);
  const parsed = parseCredential(encodePresentation(draft, signText(draft.signingInput, HOLDER_KEY)));
  if (!parsed.ok) throw new Error(parsed.detail);
  return parsed;
}

describe('a presentation of a held credential', () => {
  it('is bound to this request and this selection by the holder’s key', () => {
    const parsed = present(['given_name']);
    const judged = judgeKeyBinding(parsed, { ...REQUEST, now: NOW, maxAgeS: 1, skewS: 0 });
    expect(judged).toEqual([]);
    expect(parsed.keyBinding?.jws.header).toEqual({ alg: 'EdDSA', typ: 'kb+jwt' });
  });

  it('discloses a claim with everything below it, and nothing else', () => {
    expect(present([]).disclosures).toEqual([]);
    expect(present(['given_name']).disclosures.map(({ path }) => path)).toEqual([['given_name']]);
    expect(present(['address']).claims.address).toEqual(
      Object.assign(Object.create(null), { street_address: 'Rue 1' }),
    );
    expect(present(['countries']).claims.countries).toEqual(['BE']);
  });

  it('takes a claim that was never hidden as disclosed', () => {
    expect(present(['vct']).disclosures).toEqual([]);
  });

  it.each([
    ['a claim it does not have', held, ['email'], 'credential.claim-missing'],
    ['a claim of every object', held, ['constructor'], 'credential.claim-missing'],
    ['something that is no credential', 'hello', [], 'credential.unreadable'],
    [
      'what somebody else presented',
      `${makeCredential({ payload: BOUND, keyBinding: {} })}`,
      [],
      'credential.already-presented',
    ],
    ['a credential bound to no key', makeCredential(), [], 'credential.holder-key-missing'],
  ])('refuses %s', (_, text, disclosed, code) => {
    expect(() => createPresentationDraft(text, disclosed, REQUEST)).toThrow(expect.objectContaining({ code }));
  });
});
