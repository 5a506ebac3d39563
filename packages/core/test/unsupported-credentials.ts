import { base64url, DEFAULT_HEADER, disclose, jwt, makeCredential } from './sample-credential.ts';

/** Good credentials of other kinds, each with the name we have for it. Someone holding one is told which kind it is. */
export function unsupportedCredentials(): { readonly name: string; readonly text: string }[] {
  const context = ['https://www.w3.org/ns/credentials/v2'];
  const contextV1 = ['https://www.w3.org/2018/credentials/v1'];
  const vc = { '@context': context, type: ['VerifiableCredential'] };
  const json = (value: object) => JSON.stringify(value);
  const cbor = Buffer.concat([Buffer.from([0xa2, 0x6a]), Buffer.from('nameSpaces'), Buffer.from([0xa0])]);
  return [
    { name: 'W3C VC JWT', text: jwt({ alg: 'EdDSA' }, { iss: 'did:x:1', vc }) },
    { name: 'W3C VC JWT', text: jwt({ alg: 'EdDSA', typ: 'vc+jwt' }, { ...vc, '@context': contextV1 }) },
    { name: 'W3C VC JWT', text: jwt({ alg: 'EdDSA', typ: 'vc+jwt' }, { ...vc, vc }) },
    { name: 'W3C VC JWT', text: jwt({ alg: 'EdDSA', typ: 'vc+ld+json+jwt' }, vc) },
    { name: 'W3C VP JWT', text: jwt({ alg: 'EdDSA' }, { vp: { type: ['VerifiablePresentation'] } }) },
    {
      name: 'W3C VC secured as SD-JWT',
      text: makeCredential({ header: { typ: 'vc+sd-jwt' }, payload: { ...vc, vct: undefined } }),
    },
    { name: 'W3C VC JSON-LD', text: json({ ...vc, proof: { type: 'DataIntegrityProof' } }) },
    { name: 'W3C VP JSON-LD', text: json({ '@context': context, verifiableCredential: [] }) },
    { name: 'AnonCreds credential', text: json({ schema_id: 's', cred_def_id: 'c', values: {} }) },
    { name: 'AnonCreds presentation', text: json({ proof: {}, requested_proof: {}, identifiers: [] }) },
    { name: 'ISO mdoc (CBOR)', text: base64url(cbor) },
    { name: 'COSE message', text: base64url(Buffer.from([0xd2, 0x84, 0x43, 0xa1, 0x01, 0x26])) },
    { name: 'encrypted JWT (JWE)', text: [base64url('{"alg":"ECDH-ES"}'), '', 'AAAA', 'AAAA', 'AAAA'].join('.') },
    { name: 'SD-JWT in JWS JSON serialization', text: json({ payload: 'e30', protected: 'e30', signature: 'AA' }) },
    {
      name: 'Token Status List token',
      text: jwt({ alg: 'EdDSA', typ: 'statuslist+jwt' }, { sub: 'https://x.example' }),
    },
    { name: 'plain JWT', text: jwt({ alg: 'EdDSA', typ: 'JWT' }, { sub: 'ada' }) },
    { name: 'OpenID4VCI credential offer', text: 'openid-credential-offer://?credential_offer=%7B%7D' },
    { name: 'OpenID4VP request', text: 'openid4vp://?client_id=x509_hash:x' },
    { name: 'OpenID4VP request', text: 'haip-vp://?client_id=x509_hash:x' },
  ];
}

/** Texts that resemble another kind, and are of none: they have no name and are malformed. */
export function namelessTexts(): string[] {
  return [
    '{}',
    '[]',
    '{"a":',
    '{"payload":1}',
    'a.b.c',
    'a.b.c.d',
    base64url(Buffer.from([0xa2, 1, 2, 3])),
    disclose('x'),
    `${jwt(DEFAULT_HEADER, {})}`,
  ];
}
