import { createHmac } from 'node:crypto';
import type { CredentialReason } from '../src/credential/refusal.ts';
import {
  BOUND,
  base64url,
  DEFAULT_HEADER,
  disclose,
  HOLDER_KEY,
  ISSUER_KEY,
  jwt,
  jwtOfTexts,
  makeCredential,
  sha256,
  VISIBLE,
} from './sample-credential.ts';

/** A presentation that must be refused: wrong in one thing, properly signed in all others. */
export type Refused = {
  readonly name: string;
  readonly text: string;
  readonly expect: { readonly code: CredentialReason; readonly path?: string };
  readonly rule: string;
};

export type Family = { readonly rule: string; readonly code: CredentialReason };

export function refused({ rule, code }: Family, name: string, text: string, path?: string): Refused {
  return { name, text, expect: path === undefined ? { code } : { code, path }, rule };
}

const NAME = disclose('given_name', 'Ada');
const sd = (...encoded: readonly string[]) => encoded.map(sha256);

const ALGORITHM: Family = { rule: 'RFC 9901 section 7.1 step 2.a', code: 'signature.alg_not_allowed' };

function withoutSignature(): string {
  return `${base64url('{"alg":"none","typ":"dc+sd-jwt"}')}.${base64url(JSON.stringify(VISIBLE))}.~`;
}

/** The classic confusion: the public key, which everyone has, taken for an HMAC secret. */
function signedByPublicKey(): string {
  const signingInput = `${base64url('{"alg":"HS256","typ":"dc+sd-jwt"}')}.${base64url(JSON.stringify(VISIBLE))}`;
  const secret = Buffer.from(ISSUER_KEY.jwk.x, 'base64url');
  return `${signingInput}.${createHmac('sha256', secret).update(signingInput).digest('base64url')}~`;
}

export function refusedSignatures(): Refused[] {
  const path = 'header/alg';
  const malformed: Family = { rule: 'RFC 7515 section 5.2', code: 'signature.malformed' };
  const good = makeCredential();
  const shorter = good.replace(/\.[^.]*$/, `.${base64url(Buffer.alloc(63, 7))}~`);
  return [
    refused(ALGORITHM, 'alg none, no signature', withoutSignature(), path),
    refused(ALGORITHM, 'alg HS256 over the public key', signedByPublicKey(), path),
    refused(ALGORITHM, 'alg None in other letters', makeCredential({ header: { alg: 'NONE' } }), path),
    refused(ALGORITHM, 'alg RS256', makeCredential({ header: { alg: 'RS256' } }), path),
    refused(ALGORITHM, 'alg missing', makeCredential({ header: { alg: undefined } }), path),
    refused(ALGORITHM, 'alg is an array', makeCredential({ header: { alg: ['EdDSA'] } }), path),
    refused(malformed, 'a signature of 63 bytes', shorter, 'issuerJwt'),
  ];
}

const HEADER: Family = { rule: 'RFC 7515 section 4', code: 'format.malformed' };
const TYP: Family = { rule: 'SD-JWT VC section 3.2.1', code: 'format.unsupported_typ' };

export function refusedHeaders(): Refused[] {
  const header = (members: object) => makeCredential({ header: members });
  const critical: Family = { rule: 'RFC 7515 section 4.1.11', code: 'format.critical_header' };
  const twice: Family = { rule: 'RFC 7515 section 4', code: 'format.duplicate_member' };
  const text = JSON.stringify(VISIBLE);
  return [
    refused(TYP, 'typ missing', header({ typ: undefined }), 'header/typ'),
    refused(TYP, 'typ of an SD-JWT that is no credential', header({ typ: 'example+sd-jwt' }), 'header/typ'),
    refused(TYP, 'typ of a key binding', header({ typ: 'kb+jwt' }), 'header/typ'),
    refused(TYP, 'typ of a statement', header({ typ: 'statement+jwt' }), 'header/typ'),
    refused(critical, 'a critical header', header({ crit: ['b64'], b64: false }), 'issuerJwt'),
    refused(HEADER, 'kid is a number', header({ kid: 1 }), 'header/kid'),
    refused(HEADER, 'x5c is text', header({ x5c: 'MIIB' }), 'header/x5c'),
    refused(HEADER, 'x5c is empty', header({ x5c: [] }), 'header/x5c'),
    refused(HEADER, 'x5c holds a number', header({ x5c: [1] }), 'header/x5c'),
    refused(HEADER, 'x5c is too long a chain', header({ x5c: Array(9).fill('MIIB') }), 'header/x5c'),
    refused(
      twice,
      'two algorithms in one header',
      `${jwtOfTexts('{"alg":"none","typ":"dc+sd-jwt","alg":"EdDSA"}', text, ISSUER_KEY)}~`,
      'issuerJwt',
    ),
  ];
}

const MALFORMED: Family = { rule: 'RFC 9901 section 4', code: 'format.malformed' };

export function refusedTexts(): Refused[] {
  const good = makeCredential();
  const raw = (payload: string | Uint8Array) => `${jwtOfTexts(JSON.stringify(DEFAULT_HEADER), payload, ISSUER_KEY)}~`;
  const json = (member: string) => raw(`{"vct":"urn:x",${member}}`);
  const twice: Family = { rule: 'RFC 7519 section 4', code: 'format.duplicate_member' };
  const forbidden: Family = { rule: 'prototype pollution', code: 'format.forbidden_member' };
  const deep: Family = { rule: 'bounds', code: 'format.too_deep' };
  return [
    refused(MALFORMED, 'nothing', ''),
    refused(MALFORMED, 'a word', 'hello'),
    refused(MALFORMED, 'a tilde', '~', 'issuerJwt'),
    refused(MALFORMED, 'no tilde after the issuer-signed JWT', good.slice(0, -1)),
    refused(MALFORMED, 'two parts instead of three', `${good.split('.').slice(0, 2).join('.')}~`, 'issuerJwt'),
    refused(MALFORMED, 'four parts instead of three', good.replace('~', '.AAAA~'), 'issuerJwt'),
    refused(MALFORMED, 'white space before', ` ${good}`, 'issuerJwt'),
    refused(MALFORMED, 'padded base64url', good.replace(/\.([^.]*)~$/, '.$1==~'), 'issuerJwt'),
    refused(MALFORMED, 'a payload that is an array', raw('[]'), 'issuerJwt'),
    refused(MALFORMED, 'a payload that is not JSON', raw('vct'), 'issuerJwt'),
    refused(MALFORMED, 'a payload that is not UTF-8', raw(Buffer.from('7b22c3287d', 'hex')), 'issuerJwt'),
    refused(MALFORMED, 'half a character in the payload', json('"name":"\\ud800"'), 'issuerJwt'),
    refused(MALFORMED, 'a number beyond a double', json('"exp":1e999'), 'issuerJwt'),
    refused(twice, 'two types in one payload', json('"vct":"urn:y"'), 'issuerJwt'),
    refused(forbidden, '__proto__ in the payload', json('"__proto__":{"admin":true}'), 'issuerJwt'),
    refused(deep, 'a payload nested 17 deep', json(`"a":${'['.repeat(16)}${']'.repeat(16)}`), 'issuerJwt'),
  ];
}

const CLAIM: Family = { rule: 'SD-JWT VC section 3.2.2', code: 'format.claim_malformed' };
const KEY: Family = { rule: 'RFC 7800 section 3', code: 'format.unsupported_key' };

export function refusedClaims(): Refused[] {
  const claim = (name: string, value: unknown) => makeCredential({ payload: { [name]: value } });
  const index = (idx: unknown) => claim('status', { status_list: { idx, uri: 'https://issuer.example/1' } });
  const at = '/status/status_list';
  const rsa = { kty: 'RSA', n: 'AQAB', e: 'AQAB' };
  return [
    refused(CLAIM, 'vct missing', claim('vct', undefined), '/vct'),
    refused(CLAIM, 'vct a number', claim('vct', 7), '/vct'),
    refused(CLAIM, 'vct empty', claim('vct', ''), '/vct'),
    refused(CLAIM, 'iss a number', claim('iss', 7), '/iss'),
    refused(CLAIM, 'iss null', claim('iss', null), '/iss'),
    refused(CLAIM, 'exp as text', claim('exp', '1900000000'), '/exp'),
    refused(CLAIM, 'exp in milliseconds', claim('exp', 1_900_000_000_000), '/exp'),
    refused(CLAIM, 'nbf negative', claim('nbf', -1), '/nbf'),
    refused(CLAIM, 'iat an object', claim('iat', {}), '/iat'),
    refused(CLAIM, 'cnf text', claim('cnf', 'key'), '/cnf'),
    refused(KEY, 'cnf with only a kid', claim('cnf', { kid: 'k' }), '/cnf'),
    refused(KEY, 'cnf with an RSA key', claim('cnf', { jwk: rsa }), '/cnf/jwk'),
    refused(CLAIM, 'cnf with a private key', claim('cnf', { jwk: { ...HOLDER_KEY.jwk, d: 'AA' } }), '/cnf/jwk'),
    refused(CLAIM, 'cnf with half a coordinate', claim('cnf', { jwk: { ...HOLDER_KEY.jwk, x: 'AA' } }), '/cnf/jwk'),
    refused(CLAIM, 'status that names nothing', claim('status', {}), '/status'),
    refused(CLAIM, 'status as text', claim('status', 'valid'), '/status'),
    refused(CLAIM, 'status_list as text', claim('status', { status_list: 'x' }), at),
    refused(CLAIM, 'status index negative', index(-1), `${at}/idx`),
    refused(CLAIM, 'status index a fraction', index(1.5), `${at}/idx`),
    refused(CLAIM, 'status index as text', index('1'), `${at}/idx`),
    refused(CLAIM, 'status index past exact integers', index(2 ** 53), `${at}/idx`),
    refused(CLAIM, 'status without an address', claim('status', { status_list: { idx: 1 } }), `${at}/uri`),
  ];
}

export function refusedKeyBindings(): Refused[] {
  const malformed: Family = { rule: 'RFC 9901 section 4.3', code: 'format.key_binding_malformed' };
  const unexpected: Family = { rule: 'RFC 9901 section 7.3', code: 'format.key_binding_unexpected' };
  const signature: Family = { rule: 'RFC 7515 section 5.2', code: 'signature.malformed' };
  const critical: Family = { rule: 'RFC 7515 section 4.1.11', code: 'format.critical_header' };
  const bound = (keyBinding: object) => makeCredential({ payload: BOUND, keyBinding });
  const claim = (name: string, value: unknown) => bound({ payload: { [name]: value } });
  const signed = makeCredential({ payload: BOUND });
  const short = jwt({ alg: 'EdDSA', typ: 'kb+jwt' }, { iat: 1 }).replace(/[^.]*$/, base64url(Buffer.alloc(63)));
  return [
    refused(unexpected, 'a key binding without cnf', makeCredential({ keyBinding: {} }), 'keyBinding'),
    refused(malformed, 'a key binding that is a word', `${signed}hello`, 'keyBinding'),
    refused(malformed, 'a last disclosure without its tilde', `${signed}${NAME}`, 'keyBinding'),
    refused(ALGORITHM, 'a key binding with alg none', bound({ header: { alg: 'none' } }), 'keyBinding/header/alg'),
    refused(ALGORITHM, 'a key binding with alg HS256', bound({ header: { alg: 'HS256' } }), 'keyBinding/header/alg'),
    refused(ALGORITHM, 'a key binding by another alg', bound({ header: { alg: 'ES256' } }), 'keyBinding/header/alg'),
    refused(signature, 'a key binding signature of 63 bytes', signed + short, 'keyBinding'),
    refused(critical, 'a critical header in a key binding', bound({ header: { crit: ['x'] } }), 'keyBinding'),
    refused(malformed, 'a key binding without nonce', claim('nonce', undefined), 'keyBinding/nonce'),
    refused(malformed, 'a key binding for several audiences', claim('aud', ['a', 'b']), 'keyBinding/aud'),
    refused(malformed, 'a key binding without sd_hash', claim('sd_hash', undefined), 'keyBinding/sd_hash'),
    refused(malformed, 'a key binding with iat as text', claim('iat', '1'), 'keyBinding/iat'),
    refused(malformed, 'a key binding with exp as text', claim('exp', '1'), 'keyBinding/exp'),
    refused(malformed, 'a key binding with nbf as text', claim('nbf', '1'), 'keyBinding/nbf'),
  ];
}

const DISCLOSURE: Family = { rule: 'RFC 9901 section 4.2', code: 'disclosure.malformed' };

export function refusedDisclosures(): Refused[] {
  const path = 'disclosures/0';
  const shown = (encoded: string, payload: object = { _sd: sd(encoded) }) =>
    makeCredential({ payload, disclosures: [encoded] });
  const text = (json: string) => shown(base64url(json));
  const names: Family = { rule: 'RFC 9901 section 7.1 step 3.c.ii', code: 'disclosure.reserved_name' };
  const forbidden: Family = { rule: 'prototype pollution', code: 'format.forbidden_member' };
  const twice: Family = { rule: 'RFC 9901 section 7.1 step 4', code: 'format.duplicate_member' };
  const shape: Family = { rule: 'RFC 9901 section 7.1 step 3.c', code: 'disclosure.wrong_shape' };
  const element = disclose('DE');
  return [
    refused(DISCLOSURE, 'an empty disclosure', shown(''), path),
    refused(DISCLOSURE, 'a disclosure with padding', shown(`${base64url('["s","a",1]')}=`), path),
    refused(DISCLOSURE, 'a disclosure in plain text', shown('["s","a",1]'), path),
    refused(DISCLOSURE, 'a disclosure that is not JSON', text('nonsense'), path),
    refused(DISCLOSURE, 'a disclosure that is an object', text('{"a":1}'), path),
    refused(DISCLOSURE, 'a disclosure of one element', text('["s"]'), path),
    refused(DISCLOSURE, 'a disclosure of four elements', text('["s","a",1,2]'), path),
    refused(DISCLOSURE, 'a salt that is a number', text('[1,"a",1]'), path),
    refused(DISCLOSURE, 'a name that is a number', text('["s",1,1]'), path),
    refused(twice, 'a disclosed value with a member twice', text('["s","a",{"b":1,"b":2}]'), path),
    refused(forbidden, '__proto__ in a disclosed value', text('["s","a",{"__proto__":1}]'), path),
    refused(forbidden, 'a claim disclosed as __proto__', shown(disclose('__proto__', { admin: true })), path),
    refused(names, 'a claim disclosed as _sd', shown(disclose('_sd', [])), path),
    refused(names, 'a claim disclosed as ...', shown(disclose('...', 'x')), path),
    refused(names, 'a claim disclosed as _sd_alg', shown(disclose('_sd_alg', 'sha-256')), path),
    refused(shape, 'an array element disclosed as a claim', shown(element), path),
    refused(
      shape,
      'a claim disclosed as an array element',
      shown(NAME, { countries: [{ '...': sha256(NAME) }] }),
      '/countries/0',
    ),
  ];
}
