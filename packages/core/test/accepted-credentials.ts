import { BOUND, disclose, makeCredential, sha256, VISIBLE } from './sample-credential.ts';

/** A presentation that must be read, and what its claims are once processed, without those of `VISIBLE`. */
export type Accepted = {
  readonly name: string;
  readonly text: string;
  readonly claims: object;
  readonly paths: readonly (readonly (string | number)[])[];
  readonly rule: string;
};

const sd = (...encoded: readonly string[]) => encoded.map(sha256);
const element = (encoded: string) => ({ '...': sha256(encoded) });
const withheld = sha256('withheld');

function accepted(
  rule: string,
  name: string,
  payload: object,
  disclosures: string[],
  claims: object,
  paths: Accepted['paths'],
) {
  return { name, text: makeCredential({ payload, disclosures }), claims, paths, rule };
}

export function acceptedCredentials(): Accepted[] {
  const name = disclose('given_name', 'Ada');
  const born = disclose('birthdate', '1815-12-10');
  const street = disclose('street_address', 'Rue 1');
  const address = disclose('address', { country: 'BE', _sd: sd(street) });
  const [be, de] = [disclose('BE'), disclose({ code: 'DE', _sd: [withheld] })];
  const list = disclose('list', ['a', element(be), element(disclose('withheld'))]);
  const iat = disclose('iat', 1_700_000_000);
  const odd = disclose('constructor', { prototype: 1 });
  const spaced = Buffer.from('["_26bc4LT-ac6q2KI6cBW5es", "family_name", "M\u00f6bius"]').toString('base64url');
  const escaped = Buffer.from('["_26bc4LT-ac6q2KI6cBW5es", "family_name", "M\\u00f6bius"]').toString('base64url');
  const rfc = 'RFC 9901 section';
  return [
    accepted(`${rfc} 4`, 'nothing hidden', {}, [], {}, []),
    accepted(`${rfc} 4.1`, 'an empty _sd', { _sd: [] }, [], {}, []),
    accepted(
      `${rfc} 4.2.1`,
      'claims at the top',
      { _sd: sd(name, born) },
      [born, name],
      {
        given_name: 'Ada',
        birthdate: '1815-12-10',
      },
      [['birthdate'], ['given_name']],
    ),
    accepted(
      `${rfc} 4.2.5`,
      'withheld and decoy digests',
      { _sd: [withheld, ...sd(name)] },
      [name],
      { given_name: 'Ada' },
      [['given_name']],
    ),
    accepted(
      `${rfc} 4.2.6`,
      'structured: digests below a visible claim',
      { address: { country: 'BE', _sd: sd(street) } },
      [street],
      {
        address: { country: 'BE', street_address: 'Rue 1' },
      },
      [['address', 'street_address']],
    ),
    accepted(
      `${rfc} 4.2.6`,
      'recursive: a disclosure inside a disclosure',
      { _sd: sd(address) },
      [street, address],
      {
        address: { country: 'BE', street_address: 'Rue 1' },
      },
      [['address', 'street_address'], ['address']],
    ),
    accepted(
      `${rfc} 7.1 step 3.d`,
      'array elements shown and withheld',
      { at: ['x', element(be), element(disclose('withheld')), element(de)] },
      [de, be],
      {
        at: ['x', 'BE', { code: 'DE' }],
      },
      [
        ['at', 2],
        ['at', 1],
      ],
    ),
    accepted(
      `${rfc} 7.1 step 3.e`,
      'an object of which nothing is shown',
      { address: { _sd: [withheld] } },
      [],
      { address: {} },
      [],
    ),
    accepted(
      `${rfc} 4.2.6`,
      'an array inside a disclosed claim',
      { _sd: sd(list) },
      [list, be],
      { list: ['a', 'BE'] },
      [['list'], ['list', 1]],
    ),
    accepted(
      'SD-JWT VC section 3.2.2.2',
      'iat in a disclosure',
      { iat: undefined, _sd: sd(iat) },
      [iat],
      { iat: 1_700_000_000 },
      [['iat']],
    ),
    accepted(
      'SD-JWT VC section 3.2.2.2',
      'names protected at the top, below it',
      { employer: { _sd: sd(disclose('status', 'active')) } },
      [disclose('status', 'active')],
      {
        employer: { status: 'active' },
      },
      [['employer', 'status']],
    ),
    accepted(
      'prototype pollution',
      'a claim called constructor',
      { _sd: sd(odd), toString: 'x' },
      [odd],
      {
        toString: 'x',
        constructor: { prototype: 1 },
      },
      [['constructor']],
    ),
    accepted(
      `${rfc} 4.2.1`,
      'JSON with white space, not ASCII',
      { _sd: sd(spaced) },
      [spaced],
      { family_name: 'Möbius' },
      [['family_name']],
    ),
    accepted(`${rfc} 4.2.1`, 'JSON with escapes', { _sd: sd(escaped) }, [escaped], { family_name: 'Möbius' }, [
      ['family_name'],
    ]),
    accepted(
      'DESIGN: network',
      'a claim called network that is not ours',
      { network: 'tcp' },
      [],
      { network: 'tcp' },
      [],
    ),
    accepted(`${rfc} 4.1.1`, '_sd_alg said', { _sd_alg: 'sha-256' }, [], {}, []),
    accepted(`${rfc} 4.1.2`, 'a holder key', BOUND, [], BOUND, []),
  ].map((entry) => ({
    ...entry,
    claims: {
      ...((entry.claims as { iat?: number }).iat === undefined ? VISIBLE : { ...VISIBLE, iat: undefined }),
      ...entry.claims,
    },
  }));
}
