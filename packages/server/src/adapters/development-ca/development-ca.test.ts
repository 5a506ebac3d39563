import { createPrivateKey, X509Certificate as NodeCertificate } from 'node:crypto';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { isCodedError, type PublicJwk } from '@holdfast/core';
import { leafFingerprint, parseAnchors, verifyCertificatePath } from '@holdfast/verifier/x509';
import { beforeAll, expect, it } from 'vitest';
import { createKeyPair } from '../key-files/key-pair.ts';
import { createMemorySigner } from '../memory/signer.ts';
import {
  type AuthorityKey,
  type Certificate,
  createDevelopmentCa,
  issueLeaf,
  type LeafRequest,
} from './development-ca.ts';

const NOW = Date.UTC(2026, 10, 20);
const YEAR = 365 * 86_400_000;
const ISSUER = 'https://issuer.example/i/civic';

let authority: AuthorityKey;
let ca: Certificate;
const key = createKeyPair('ES256');
const request0: LeafRequest = {
  name: 'Civic',
  key: key.publicKey,
  host: 'issuer.example',
  uri: ISSUER,
  notBefore: NOW,
  notAfter: NOW + YEAR,
};

beforeAll(async () => {
  const signer = createMemorySigner({ seed: 'ca' });
  await signer.create('ca', 'ES256');
  let drawn = 0;
  const entropy = {
    bytes: (count: number) => {
      drawn += 1;
      return new Uint8Array(count).fill(drawn);
    },
  };
  authority = { signer, keyName: 'ca', entropy };
  ca = await createDevelopmentCa(authority, { name: 'Sample', notBefore: NOW, notAfter: NOW + 10 * YEAR });
});

const codeOf = async (work: Promise<unknown>) => {
  const outcome = await work.then(undefined, (error: unknown) => error);
  return isCodedError(outcome) ? outcome.code : `gave ${typeof outcome}`;
};

it('issues a leaf that a strict verifier accepts under its anchor, with the names wallets look for', async () => {
  const leaf = await issueLeaf(authority, ca.der, request0);
  const path = await verifyCertificatePath([leaf.text], parseAnchors(ca.pem), NOW + 1000);
  expect(path).toMatchObject({
    ok: true,
    trust: 'yes',
    leafKey: key.publicKey,
    subject: 'CN=Civic',
    sanDns: ['issuer.example'],
    sanUri: [ISSUER],
    leafFingerprint: leafFingerprint(leaf.text),
    notAfter: NOW + YEAR,
    warnings: [],
  });
});

it('is read by OpenSSL as what it is meant to be', async () => {
  const leaf = new NodeCertificate((await issueLeaf(authority, ca.der, request0)).pem);
  const root = new NodeCertificate(ca.der);
  expect(root.ca).toBe(true);
  expect(root.checkIssued(root) && root.verify(root.publicKey)).toBe(true);
  expect(leaf.ca).toBe(false);
  expect(leaf.checkIssued(root) && leaf.verify(root.publicKey)).toBe(true);
  expect(leaf.subjectAltName).toBe(`DNS:issuer.example, URI:${ISSUER}`);
  expect(leaf.publicKey.export({ format: 'jwk' })).toEqual(key.publicKey);
  expect(new Date(leaf.validTo).getTime()).toBe(NOW + YEAR);
  expect(leaf.serialNumber).toHaveLength(32);
});

it('serves TLS to a client that trusts the authority, by name and by address', async () => {
  const pem = createPrivateKey({ key: { ...key.exportPrivate() }, format: 'jwk' }).export({
    format: 'pem',
    type: 'pkcs8',
  });
  for (const host of ['localhost', '127.0.0.1']) {
    const notBefore = NOW - YEAR;
    const wide = await createDevelopmentCa(authority, { name: 'Sample', notBefore, notAfter: NOW + 90 * YEAR });
    const leaf = await issueLeaf(authority, wide.der, { ...request0, host, notBefore, notAfter: NOW + 90 * YEAR });
    const server = createServer({ key: pem, cert: leaf.pem }, (_, response) => void response.end('ok'));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as AddressInfo;
    const status = await new Promise((resolve, reject) => {
      request({ host, port, ca: wide.pem, agent: false }, ({ statusCode }) => resolve(statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(200);
    server.closeAllConnections();
    server.close();
  }
});

it('gives the same certificate for the same inputs, but for the signature, and another serial for other entropy', async () => {
  const fixed = { ...authority, entropy: { bytes: (count: number) => new Uint8Array(count) } };
  const tbs = async (by: AuthorityKey) => {
    const { der } = await issueLeaf(by, ca.der, request0);
    return Buffer.from(der.slice(4, 8 + (der[6] ?? 0) * 256 + (der[7] ?? 0))).toString('hex');
  };
  expect(await tbs(fixed)).toBe(await tbs(fixed));
  expect(await tbs(authority)).not.toBe(await tbs(authority));
  const { serialNumber } = new NodeCertificate((await issueLeaf(fixed, ca.der, request0)).der);
  expect(serialNumber).toBe(`40${'00'.repeat(15)}`);
});

it('issues nothing that outlives the authority, begins before it, or is not for a P-256 key', async () => {
  const refused = { ...request0, notAfter: NOW + 10 * YEAR + 1000 };
  expect(await codeOf(issueLeaf(authority, ca.der, refused))).toBe('leaf.outlives-authority');
  expect(await codeOf(issueLeaf(authority, ca.der, { ...request0, notBefore: NOW - 1000 }))).toBe(
    'leaf.outlives-authority',
  );
  const ed: PublicJwk = createKeyPair('EdDSA').publicKey;
  expect(await codeOf(issueLeaf(authority, ca.der, { ...request0, key: ed }))).toBe('key.unsupported');
});

it('keeps what it is told in the one field it belongs to', async () => {
  const name = 'Civic, CN=Other+O=Bank';
  const leaf = new NodeCertificate((await issueLeaf(authority, ca.der, { ...request0, name })).der);
  expect(leaf.toLegacyObject().subject).toEqual({ CN: name });
});
