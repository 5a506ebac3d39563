import { type Family, type Refused, refused } from './refused-credentials.ts';
import { disclose, HOLDER_KEY, makeCredential, sha256 } from './sample-credential.ts';

const NAME = disclose('given_name', 'Ada');
const sd = (...encoded: readonly string[]) => encoded.map(sha256);
const show = (payload: object, ...disclosures: string[]) => makeCredential({ payload, disclosures });
const withheld = sha256('withheld');

export function refusedDigests(): Refused[] {
  const unreferenced: Family = { rule: 'RFC 9901 section 7.1 step 5', code: 'disclosure.unreferenced' };
  const duplicate: Family = { rule: 'RFC 9901 section 7.1', code: 'disclosure.duplicate' };
  const repeated: Family = { rule: 'RFC 9901 section 7.1 step 4', code: 'disclosure.duplicate_digest' };
  const exists: Family = { rule: 'RFC 9901 section 7.1 step 3.c.ii', code: 'disclosure.claim_exists' };
  const other = disclose('given_name', 'Eve');
  const inner = disclose('locality', 'Ghent');
  const address = disclose('address', { _sd: sd(inner) });
  const twice = show({ given_name: 'Eve', _sd: sd(NAME) }, NAME);
  return [
    refused(unreferenced, 'a disclosure nobody signed', show({ _sd: sd(NAME) }, NAME, other), 'disclosures/1'),
    refused(unreferenced, 'a disclosure where nothing is hidden', show({}, NAME), 'disclosures/0'),
    refused(unreferenced, 'a child without its parent', show({ _sd: sd(address) }, inner), 'disclosures/0'),
    refused(duplicate, 'the same disclosure twice', show({ _sd: sd(NAME) }, NAME, NAME), 'disclosures/1'),
    refused(repeated, 'a disclosed digest twice in one _sd', show({ _sd: sd(NAME, NAME) }, NAME), ''),
    refused(repeated, 'a withheld digest twice in one _sd', show({ _sd: [withheld, withheld] }), ''),
    refused(repeated, 'a digest at two levels', show({ _sd: [withheld], a: { _sd: [withheld] } }), ''),
    refused(repeated, 'a digest in _sd and in an array', show({ _sd: [withheld], a: [{ '...': withheld }] }), ''),
    refused(repeated, 'a digest twice in an array', show({ a: [{ '...': withheld }, { '...': withheld }] }), '/a/0'),
    refused(repeated, 'a digest again in a disclosed value', show({ _sd: sd(address, inner) }, address), ''),
    refused(exists, 'a disclosed claim that is there already', twice, '/given_name'),
    refused(exists, 'two disclosed claims of one name', show({ _sd: sd(NAME, other) }, NAME, other), '/given_name'),
  ];
}

export function refusedMarkers(): Refused[] {
  const marker: Family = { rule: 'RFC 9901 section 4.1', code: 'disclosure.digest_malformed' };
  const unsupported: Family = { rule: 'RFC 9901 section 4.1.1', code: 'disclosure.hash_unsupported' };
  const misplaced: Family = { rule: 'RFC 9901 section 4.1.1', code: 'disclosure.hash_misplaced' };
  const nested = disclose('a', { _sd_alg: 'sha-256' });
  return [
    refused(marker, '_sd is text', show({ _sd: withheld }), ''),
    refused(marker, '_sd is an object', show({ a: { _sd: {} } }), '/a'),
    refused(marker, '_sd holds a number', show({ _sd: [1] }), ''),
    refused(marker, '_sd holds an array', show({ _sd: [[withheld]] }), ''),
    refused(marker, '... is a number', show({ a: [{ '...': 1 }] }), '/a/0'),
    refused(marker, '... with another member', show({ a: [{ '...': withheld, b: 1 }] }), '/a/0'),
    refused(marker, '... outside an array', show({ a: { '...': withheld } }), '/a'),
    refused(marker, '... at the top', show({ '...': withheld }), ''),
    refused(unsupported, '_sd_alg sha-512', show({ _sd_alg: 'sha-512' }), '/_sd_alg'),
    refused(unsupported, '_sd_alg sha-1', show({ _sd_alg: 'sha-1' }), '/_sd_alg'),
    refused(unsupported, '_sd_alg in capitals', show({ _sd_alg: 'SHA-256' }), '/_sd_alg'),
    refused(unsupported, '_sd_alg a number', show({ _sd_alg: 256 }), '/_sd_alg'),
    refused(misplaced, '_sd_alg below the top', show({ a: { _sd_alg: 'sha-256' } }), '/a'),
    refused(misplaced, '_sd_alg in a disclosed value', show({ _sd: sd(nested) }, nested), '/a'),
  ];
}

/** What a holder must not be able to leave out, because a verifier decides by it. */
export function refusedHiding(): Refused[] {
  const hidden: Family = { rule: 'SD-JWT VC section 3.2.2.2', code: 'disclosure.reserved_claim' };
  const values: Readonly<Record<string, unknown>> = {
    iss: 'https://issuer.example',
    nbf: 1,
    exp: 4_000_000_000,
    cnf: { jwk: HOLDER_KEY.jwk },
    vct: 'https://issuer.example/residence/1',
    'vct#integrity': 'sha256-x',
    status: { status_list: { idx: 0, uri: 'https://issuer.example/1' } },
  };
  const whole = Object.entries(values).map(([name, value]) => {
    const encoded = disclose(name, value);
    const text = show({ [name]: undefined, vct: name === 'vct' ? undefined : values.vct, _sd: sd(encoded) }, encoded);
    return refused(hidden, `${name} in a disclosure`, text, `/${name}`);
  });
  const list = disclose('status_list', { idx: 0, uri: 'https://issuer.example/1' });
  return [
    ...whole,
    refused(hidden, 'the list of a status in a disclosure', show({ status: { _sd: sd(list) } }, list), '/status'),
    refused(hidden, 'a withheld part of a status', show({ status: { a: 1, _sd: [withheld] } }), '/status'),
    refused(hidden, 'a withheld element in a status', show({ status: { a: [{ '...': withheld }] } }), '/status'),
    refused(hidden, 'a withheld part of a holder key', show({ cnf: { jwk: { _sd: [withheld] } } }), '/cnf'),
  ];
}
