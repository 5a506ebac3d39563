import 'reflect-metadata';
import { X509Certificate as NodeCertificate, type webcrypto } from 'node:crypto';
import { encodeBase64, encodeBase64url, isCodedError, sha256 } from '@holdfast/core';
import {
  BasicConstraintsExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { beforeAll, describe, expect, it } from 'vitest';
import { leafFingerprint, parseCertificate } from './certificate.ts';
import { createPathVerifier, type PathResult, parseAnchors, verifyCertificatePath } from './certificate-path.ts';

const NOW = Date.UTC(2026, 10, 20);
const DAY = 86_400_000;
const SIGNATURE = KeyUsageFlags.digitalSignature;
const CERTIFICATES = KeyUsageFlags.keyCertSign;

type Keys = webcrypto.CryptoKeyPair;
type Made = { readonly der: Uint8Array; readonly text: string; readonly fingerprint: string };
type Wanted = {
  readonly subject: string;
  readonly issuer: string;
  readonly keys: Keys;
  readonly by: Keys;
  readonly extensions?: readonly Extension[];
  readonly from?: number;
  readonly to?: number;
};

const P256 = { name: 'ECDSA', namedCurve: 'P-256' };
const pair = (algorithm: object = P256) =>
  crypto.subtle.generateKey(algorithm as webcrypto.EcKeyGenParams, true, ['sign', 'verify']) as Promise<Keys>;
const authority = (pathLength?: number, usage = CERTIFICATES) => [
  new BasicConstraintsExtension(true, pathLength, true),
  new KeyUsagesExtension(usage, true),
];
const leafExtensions = [
  new KeyUsagesExtension(SIGNATURE, true),
  new SubjectAlternativeNameExtension([
    { type: 'dns', value: 'issuer.example' },
    { type: 'url', value: 'https://issuer.example/i/civic' },
  ]),
];

async function make(wanted: Wanted): Promise<Made> {
  const certificate = await X509CertificateGenerator.create({
    serialNumber: '0123',
    subject: `CN=${wanted.subject}`,
    issuer: `CN=${wanted.issuer}`,
    publicKey: wanted.keys.publicKey,
    signingKey: wanted.by.privateKey,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    notBefore: new Date(wanted.from ?? NOW - DAY),
    notAfter: new Date(wanted.to ?? NOW + DAY),
    extensions: [...(wanted.extensions ?? [])],
  });
  const der = new Uint8Array(certificate.rawData);
  return { der, text: encodeBase64(der), fingerprint: encodeBase64url(sha256(der)) };
}

let rootKeys: Keys;
let middleKeys: Keys;
let leafKeys: Keys;
let root: Made;
let middle: Made;
let leaf: Made;

beforeAll(async () => {
  [rootKeys, middleKeys, leafKeys] = await Promise.all([pair(), pair(), pair()]);
  root = await make({ subject: 'Root', issuer: 'Root', keys: rootKeys, by: rootKeys, extensions: authority() });
  middle = await makeMiddle();
  leaf = await makeLeaf();
});

const makeMiddle = (changes: Partial<Wanted> = {}) =>
  make({ subject: 'Middle', issuer: 'Root', keys: middleKeys, by: rootKeys, extensions: authority(0), ...changes });
const makeLeaf = (changes: Partial<Wanted> = {}) =>
  make({ subject: 'Leaf', issuer: 'Middle', keys: leafKeys, by: middleKeys, extensions: leafExtensions, ...changes });

const reasonOf = (result: PathResult) => (result.ok ? `ok, trust ${result.trust}` : result.reason);
const verify = async (path: readonly Made[], anchors = [root.der], at = NOW) =>
  reasonOf(
    await verifyCertificatePath(
      path.map(({ text }) => text),
      anchors,
      at,
    ),
  );

describe('a path that holds', () => {
  it('gives the key, the names and the fingerprints, and says which anchor stands behind it', async () => {
    const result = await verifyCertificatePath([leaf.text, middle.text], [root.der], NOW);
    const jwk = await crypto.subtle.exportKey('jwk', leafKeys.publicKey);
    expect(result).toEqual({
      ok: true,
      trust: 'yes',
      leafKey: { kty: 'EC', crv: 'P-256', x: jwk.x, y: jwk.y },
      subject: 'CN=Leaf',
      sanDns: ['issuer.example'],
      sanUri: ['https://issuer.example/i/civic'],
      leafFingerprint: leaf.fingerprint,
      issuerFingerprints: [middle.fingerprint],
      topFingerprint: middle.fingerprint,
      anchorFingerprint: root.fingerprint,
      authorityKeyIds: [],
      notAfter: NOW + DAY,
      warnings: [],
    });
    expect(leafFingerprint(leaf.text)).toBe(leaf.fingerprint);
  });

  it('is neither trusted nor refused when nobody said whom to trust, and names what could be pinned', async () => {
    const result = await verifyCertificatePath([leaf.text, middle.text], [], NOW);
    expect(result).toMatchObject({
      ok: true,
      trust: 'unknown',
      why: 'trust.no_anchors',
      topFingerprint: middle.fingerprint,
    });
    const pinned = await verifyCertificatePath([leaf.text, middle.text], [middle.fingerprint], NOW);
    expect(pinned).toMatchObject({
      trust: 'yes',
      anchorFingerprint: middle.fingerprint,
      warnings: ['trust.anchor_in_chain'],
    });
    expect(await verifyCertificatePath([leaf.text], [leaf.fingerprint], NOW)).toMatchObject({
      trust: 'yes',
      warnings: [],
    });
  });

  it('is not trusted when other anchors were given, even ones of the same name', async () => {
    const impostorKeys = await pair();
    const extensions = authority();
    const impostor = await make({ subject: 'Root', issuer: 'Root', keys: impostorKeys, by: impostorKeys, extensions });
    const result = await verifyCertificatePath([leaf.text, middle.text], [impostor.der], NOW);
    expect(result).toMatchObject({ ok: true, trust: 'no', why: 'trust.not_anchored' });
    expect(await verifyCertificatePath([leaf.text, middle.text], ['no such fingerprint'], NOW)).toMatchObject({
      trust: 'no',
    });
    expect(await verify([leaf, middle], [impostor.der, root.der])).toBe('ok, trust yes');
  });

  it('warns of an anchor that came along, and trusts it no more for that', async () => {
    const given = await verifyCertificatePath([leaf.text, middle.text, root.text], [root.der], NOW);
    expect(given).toMatchObject({ trust: 'yes', warnings: ['trust.anchor_in_chain'] });
    const unknown = await verifyCertificatePath([leaf.text, middle.text, root.text], [], NOW);
    expect(unknown).toMatchObject({ trust: 'unknown', warnings: ['trust.anchor_in_chain'] });
  });

  it('may be signed with P-384 or RSA above the leaf, and hold an Ed25519 leaf', async () => {
    const rsa = await pair({
      name: 'RSASSA-PKCS1-v1_5',
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
      hash: 'SHA-256',
    });
    const p384 = await pair({ name: 'ECDSA', namedCurve: 'P-384' });
    const ed = await pair({ name: 'Ed25519' });
    const rsaRoot = await make({ subject: 'Root', issuer: 'Root', keys: rsa, by: rsa, extensions: authority() });
    const edLeaf = await makeLeaf({ keys: ed, by: p384 });
    const p384Middle = await makeMiddle({ keys: p384, by: rsa });
    const result = await verifyCertificatePath([edLeaf.text, p384Middle.text], [rsaRoot.der], NOW);
    expect(result).toMatchObject({ ok: true, trust: 'yes', leafKey: { kty: 'OKP', crv: 'Ed25519' } });
  });
});

describe('a path that does not hold', () => {
  it('is refused out of order, with a link missing, repeated, or signed by another key', async () => {
    const stranger = await makeLeaf({ by: await pair() });
    expect(await verify([leaf, root])).toBe('signature.certificate_path');
    expect(await verify([middle, leaf])).toBe('signature.certificate_key_usage');
    expect(await verify([leaf, middle, middle])).toBe('signature.certificate_path_length');
    expect(await verify([stranger, middle])).toBe('signature.certificate_path');
    expect(await verify([await makeLeaf({ issuer: 'Muddle' }), middle])).toBe('signature.certificate_path');
  });

  it('does not end with a leaf that signed itself or may sign certificates', async () => {
    const selfSigned = await makeLeaf({ issuer: 'Leaf', by: leafKeys });
    expect(await verify([selfSigned], [selfSigned.der])).toBe('signature.certificate_self_signed');
    expect(await verify([middle])).toBe('signature.certificate_key_usage');
    const both = await makeLeaf({ extensions: authority(0, SIGNATURE | CERTIFICATES) });
    expect(await verify([both, middle])).toBe('signature.certificate_key_usage');
    const noSignature = await makeLeaf({ extensions: [new KeyUsagesExtension(CERTIFICATES, true)] });
    expect(await verify([noSignature, middle])).toBe('signature.certificate_key_usage');
  });

  it('does not let a leaf certify another leaf', async () => {
    const victim = await makeLeaf({ subject: 'Victim', issuer: 'Leaf', keys: await pair(), by: leafKeys });
    expect(await verify([victim, leaf, middle])).toBe('signature.certificate_not_authority');
    expect(await verify([victim], [leaf.der])).toBe('ok, trust no');
    const usage = await makeMiddle({ extensions: authority(0, SIGNATURE) });
    expect(await verify([leaf, usage])).toBe('signature.certificate_key_usage');
  });

  it('is no longer than its authorities allow', async () => {
    const lower = await make({
      subject: 'Lower',
      issuer: 'Middle',
      keys: leafKeys,
      by: middleKeys,
      extensions: authority(),
    });
    const low = await makeLeaf({ issuer: 'Lower', keys: await pair(), by: leafKeys });
    expect(await verify([low, lower, middle])).toBe('signature.certificate_path_length');
    const wide = await makeMiddle({ extensions: authority(1) });
    expect(await verify([low, lower, wide])).toBe('ok, trust yes');
    const narrow = await make({
      subject: 'Root',
      issuer: 'Root',
      keys: rootKeys,
      by: rootKeys,
      extensions: authority(1),
    });
    expect(await verify([low, lower, wide], [narrow.der])).toBe('ok, trust no');
  });

  it('holds only while every certificate in it, and the anchor, is valid', async () => {
    const path = [leaf.text, middle.text];
    const paths = createPathVerifier({ anchors: [root.der] });
    const at = async (time: number) => reasonOf(await paths.verify(path, time));
    expect(await at(NOW - DAY - 1)).toBe('trust.certificate_not_yet_valid');
    expect(await at(NOW - DAY)).toBe('ok, trust yes');
    expect(await at(NOW + DAY)).toBe('ok, trust yes');
    expect(await at(NOW + DAY + 1)).toBe('trust.certificate_expired');
    expect(await at(Number.NaN)).toBe('trust.certificate_not_yet_valid');
    const shortMiddle = await makeMiddle({ to: NOW });
    expect(await verify([leaf, shortMiddle], [root.der], NOW + 1000)).toBe('trust.certificate_expired');
    const oldRoot = {
      subject: 'Root',
      issuer: 'Root',
      keys: rootKeys,
      by: rootKeys,
      extensions: authority(),
      to: NOW - 1,
    };
    const old = await make(oldRoot);
    expect(await verifyCertificatePath(path, [old.der], NOW)).toMatchObject({
      trust: 'no',
      why: 'trust.anchor_expired',
    });
    expect(await verify([leaf, middle], [old.der, root.der])).toBe('ok, trust yes');
  });

  it('is not taken on faith where a critical extension is not understood', async () => {
    const nameConstraints = new Extension('2.5.29.30', true, new Uint8Array([0x30, 0]));
    expect(await verify([await makeLeaf({ extensions: [...leafExtensions, nameConstraints] }), middle])).toBe(
      'trust.certificate_unsupported',
    );
    expect(await verify([leaf, await makeMiddle({ extensions: [...authority(0), nameConstraints] })])).toBe(
      'trust.certificate_unsupported',
    );
  });

  it('is not believed where one kind of extension appears twice', async () => {
    const twice = [new BasicConstraintsExtension(false, undefined, true), ...authority(0)];
    expect(await verify([leaf, await makeMiddle({ extensions: twice })])).toBe('format.x5c_malformed');
  });

  it('is refused for SHA-1, short RSA keys and keys that sign nothing here', async () => {
    const rsa = (modulusLength: number, hash: string) =>
      pair({ name: 'RSASSA-PKCS1-v1_5', modulusLength, publicExponent: new Uint8Array([1, 0, 1]), hash });
    for (const keys of [await rsa(1024, 'SHA-256'), await rsa(2048, 'SHA-1')]) {
      const weakMiddle = await makeMiddle({ keys });
      expect(await verify([await makeLeaf({ by: keys }), weakMiddle])).toBe('signature.certificate_path');
    }
    const p384 = await pair({ name: 'ECDSA', namedCurve: 'P-384' });
    expect(await verify([await makeLeaf({ keys: p384 }), middle])).toBe('trust.certificate_unsupported');
  });
});

describe('what is not a path at all', () => {
  const verifyText = async (x5c: unknown) => reasonOf(await verifyCertificatePath(x5c as string[], [root.der], NOW));

  it('is malformed: nothing, no strings, no base64, no DER, DER with something behind it', async () => {
    expect(await verifyText([])).toBe('format.x5c_malformed');
    expect(await verifyText([7, null])).toBe('format.x5c_malformed');
    expect(await verifyText([leaf.text.replace('M', '-')])).toBe('format.x5c_malformed');
    expect(await verifyText([` ${leaf.text}`])).toBe('format.x5c_malformed');
    expect(await verifyText([encodeBase64(new TextEncoder().encode('certificate'))])).toBe('format.x5c_malformed');
    expect(await verifyText([encodeBase64(new Uint8Array([...leaf.der, 0])), middle.text])).toBe(
      'format.x5c_malformed',
    );
    expect(await verifyText([encodeBase64(leaf.der.slice(0, -1)), middle.text])).toBe('format.x5c_malformed');
  });

  it('is too large, and is refused before it is decoded', async () => {
    expect(await verifyText('not a list')).toBe('format.x5c_too_large');
    expect(await verifyText(Array.from({ length: 6 }, () => leaf.text))).toBe('format.x5c_too_large');
    expect(await verifyText(['A'.repeat(11_000)])).toBe('format.x5c_too_large');
  });

  it('survives any single byte of a certificate being changed: a refusal, never an exception', async () => {
    for (let i = 0; i < leaf.der.length; i += 1) {
      const changed = leaf.der.slice();
      changed[i] = (changed[i] ?? 0) ^ 0x55;
      expect(await verifyText([encodeBase64(changed), middle.text])).not.toContain('ok');
    }
  });

  it('survives deep nesting', async () => {
    const nested = new Uint8Array(8192);
    for (let i = 0; i < nested.length; i += 4) {
      const rest = nested.length - i - 4;
      nested.set([0x30, 0x82, rest >> 8, rest & 255], i);
    }
    expect(await verifyText([encodeBase64(nested)])).toBe('format.x5c_malformed');
  });
});

describe('anchors', () => {
  it('are refused at the door when one of them is no certificate', () => {
    expect(codeOf(() => createPathVerifier({ anchors: [root.der, new Uint8Array(20)] }))).toBe('certificate.malformed');
    expect(codeOf(() => parseAnchors('no PEM here'))).toBe('certificate.malformed');
    expect(codeOf(() => parseAnchors('-----BEGIN CERTIFICATE-----\nAAA\n-----END CERTIFICATE-----'))).toBe(
      'certificate.malformed',
    );
    expect(codeOf(() => parseCertificate(new Uint8Array(8193)))).toBe('certificate.too-large');
  });

  it('are read from PEM, as many as there are', () => {
    const pem = [root, middle].map(({ der }) => new NodeCertificate(der).toString()).join('and some words\n');
    expect(parseAnchors(pem).map((der) => encodeBase64(der))).toEqual([root.text, middle.text]);
  });
});

it('answers a path it has seen without waiting, at the time of the question, refusals too', async () => {
  const paths = createPathVerifier({ anchors: [root.der], maxCachedPaths: 2 });
  const path = [leaf.text, middle.text];
  expect(paths.verifyCached(path, NOW)).toBeUndefined();
  const first = await paths.verify(path, NOW);
  expect(paths.verifyCached(path, NOW)).toEqual(first);
  expect(paths.verifyCached(path, NOW + DAY + 1)).toEqual({ ok: false, reason: 'trust.certificate_expired' });
  await paths.verify([leaf.text, root.text], NOW);
  expect(paths.verifyCached([leaf.text, root.text], NOW)).toEqual({ ok: false, reason: 'signature.certificate_path' });
  await paths.verify([leaf.text], NOW);
  expect(paths.verifyCached(path, NOW)).toBeUndefined();
});

function codeOf(act: () => unknown): string {
  try {
    return `gave ${JSON.stringify(act())}`;
  } catch (error) {
    return isCodedError(error) ? error.code : String(error);
  }
}
