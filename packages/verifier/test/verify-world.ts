import 'reflect-metadata';
import { generateKeyPairSync, sign, type webcrypto } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import {
  createCredentialDraft,
  createPresentationDraft,
  encodeBase64,
  encodeBase64url,
  encodeCredential,
  encodeJws,
  encodePresentation,
  encodeSigningInput,
  encodeUtf8,
  type JsonObject,
  type PublicJwk,
  packStatuses,
  parsePublicJwk,
  type RecordedDocument,
  thumbprint,
} from '@holdfast/core';
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { createIdealSignatures, type TestKey } from '../../core/test/test-keys.ts';
import { createBitstringSource } from '../src/foreign/bitstring-source.ts';
import { createGuardedFetch, type GuardedFetch, type Transport } from '../src/foreign/guarded-fetch.ts';
import { createKeyResolver } from '../src/foreign/key-resolver.ts';
import { createStatusSource } from '../src/foreign/status-source.ts';
import type { recordFetch } from '../src/offline/recorded-documents.ts';
import type { SignatureEngine } from '../src/signatures/engine.ts';
import { createNodeEngine } from '../src/signatures/node-engine.ts';
import type { Clock } from '../src/verify/clock.ts';
import type { ForeignSources } from '../src/verify/evidence.ts';
import { anchorsOf, type Policy } from '../src/verify/policy.ts';
import { createPathVerifier } from '../src/x509/certificate-path.ts';

/** Accepts what ideal keys and what real keys have signed: worlds in which both occur. */
export function createWorldEngine(): SignatureEngine {
  const ideal = createIdealSignatures();
  const node = createNodeEngine();
  return {
    verify: async (checks) => checks.map((check) => ideal.verify(check) || node.verifySync([check])[0] === true),
  };
}

/** A key pair that can certify others. */
export type RealKey = TestKey & { readonly pkcs8: Uint8Array };

/** A real ES256 key. */
export function createRealKey(): RealKey {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = parsePublicJwk(pair.publicKey.export({ format: 'jwk' }));
  return {
    jwk,
    kid: thumbprint(jwk),
    sign: (text) =>
      new Uint8Array(sign('sha256', encodeUtf8(text), { key: pair.privateKey, dsaEncoding: 'ieee-p1363' })),
    pkcs8: new Uint8Array(pair.privateKey.export({ format: 'der', type: 'pkcs8' })),
  };
}

export type CredentialOptions = {
  readonly key: TestKey;
  readonly claims: JsonObject;
  readonly holder?: PublicJwk;
  readonly header?: { readonly kid?: string; readonly x5c?: readonly string[] };
  readonly status?: { readonly uri: string; readonly index: number };
  readonly network?: { readonly log: string; readonly size: number };
};

let salts = 0;

/** An SD-JWT VC whose `given_name` may be withheld. */
export function issue({ key, claims, holder, header, status, network }: CredentialOptions): string {
  salts += 1;
  const draft = createCredentialDraft({
    header: { alg: 'ES256', ...header },
    claims: { given_name: 'Ada', ...claims },
    disclosable: ['given_name'],
    ...(holder === undefined ? {} : { holderKey: holder }),
    ...(status === undefined ? {} : { status }),
    ...(network === undefined ? {} : { network }),
    salts: encodeUtf8(`salt ${String(salts).padStart(11, '0')}`),
  });
  return encodeCredential(draft.signingInput, key.sign(draft.signingInput), draft.disclosures);
}

export function present(
  credential: string,
  holder: TestKey,
  request: { readonly nonce: string; readonly audience: string; readonly iat: number },
  disclose: readonly string[] = ['given_name'],
): string {
  const draft = createPresentationDraft(credential, disclose, request);
  return encodePresentation(draft, holder.sign(draft.signingInput));
}

/** A status list token over one byte per index. */
export function listToken(
  key: TestKey,
  list: { readonly uri: string; readonly values: Uint8Array; readonly iat: number },
  changes: { readonly header?: object; readonly payload?: object } = {},
): string {
  const lst = encodeBase64url(new Uint8Array(deflateSync(packStatuses(list.values, 2))));
  const payload = { sub: list.uri, iat: list.iat, exp: list.iat + 3600, status_list: { bits: 2, lst } };
  const header = { alg: 'ES256', typ: 'statuslist+jwt', ...changes.header };
  const signingInput = encodeSigningInput(header, { ...payload, ...changes.payload });
  return encodeJws(signingInput, key.sign(signingInput));
}

export type Chain = {
  readonly leafKey: TestKey;
  /** Leaf first, then the intermediate; the anchor apart. */
  readonly x5c: readonly string[];
  readonly anchor: string;
  /** Another leaf of the same authority, by default for the same names. */
  another(host?: string, uri?: string): Promise<{ readonly key: TestKey; readonly x5c: readonly string[] }>;
};

const P256 = { name: 'ECDSA', namedCurve: 'P-256' };

/** An anchor, an intermediate and a leaf that names `host` and `uri`. Valid from 2020 to 2040. */
export async function createChain(host: string, uri: string): Promise<Chain> {
  const [root, middle] = [createRealKey(), createRealKey()];
  const authority = [
    new BasicConstraintsExtension(true, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
  ];
  const anchor = await certify('Root', root, 'Root', root, authority);
  const intermediate = await certify('Middle', middle, 'Root', root, authority);
  async function another(dns = host, url = uri) {
    const key = createRealKey();
    const names = new SubjectAlternativeNameExtension([
      { type: 'dns', value: dns },
      { type: 'url', value: url },
    ]);
    const usage = new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true);
    return { key, x5c: [await certify('Leaf', key, 'Middle', middle, [usage, names]), intermediate] };
  }
  const { key: leafKey, x5c } = await another();
  return { leafKey, x5c, anchor, another };
}

async function certify(
  subject: string,
  key: TestKey,
  issuer: string,
  by: RealKey,
  extensions: NonNullable<Parameters<typeof X509CertificateGenerator.create>[0]['extensions']>,
): Promise<string> {
  const usages: webcrypto.KeyUsage[] = ['verify'];
  const certificate = await X509CertificateGenerator.create({
    serialNumber: '01',
    subject: `CN=${subject}`,
    issuer: `CN=${issuer}`,
    publicKey: await crypto.subtle.importKey('jwk', { ...key.jwk }, P256, true, usages),
    signingKey: await crypto.subtle.importKey('pkcs8', new Uint8Array(by.pkcs8), P256, false, ['sign']),
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    notBefore: new Date(Date.UTC(2020, 0)),
    notAfter: new Date(Date.UTC(2040, 0)),
    extensions,
  });
  return encodeBase64(new Uint8Array(certificate.rawData));
}

/** The part of the Internet that strangers run: bodies by URL, and everything that was asked of it. */
export type Outside = {
  readonly sources: ForeignSources;
  readonly requests: string[];
  /** What was fetched, when it is recorded. */
  documents(): readonly RecordedDocument[];
  serve(url: string, body: string, contentType: string): void;
  /** From now on every request hangs until it is given up. */
  silence(): void;
};

type Recorder = (fetch: GuardedFetch) => ReturnType<typeof recordFetch>;

export function createOutside(policy: Policy, clock: Clock, engine: SignatureEngine, record?: Recorder): Outside {
  const bodies = new Map<string, { readonly body: string; readonly contentType: string }>();
  const requests: string[] = [];
  let isSilent = false;
  const transport: Transport = ({ url, signal }) => {
    requests.push(url.href);
    if (isSilent) return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const found = bodies.get(url.href);
    return Promise.resolve({
      status: found === undefined ? 404 : 200,
      header: (name) => (name === 'content-type' ? found?.contentType : undefined),
      body: chunksOf(encodeUtf8(found?.body ?? '')),
      close: () => {},
    });
  };
  const guarded = createGuardedFetch({
    transport,
    // Whatever its name, every host of this Internet has a public address, but for one.
    lookup: async (host) => [host === 'intranet.example' ? '10.0.0.7' : '93.184.216.34'],
    allowLoopback: policy.allowLoopback,
  });
  const recorded = record?.(guarded);
  const fetch = recorded?.fetch ?? guarded;
  const paths = createPathVerifier({ anchors: anchorsOf(policy) });
  const entropy = (length: number) => new Uint8Array(length);
  const now = () => clock.now();
  return {
    sources: {
      keys: createKeyResolver({ fetch, now, entropy, verifyPath: (x5c, at) => paths.verify(x5c, at) }),
      status: createStatusSource({ fetch, engine, now, entropy }),
      bitstrings: createBitstringSource({ fetch, engine, now, entropy }),
    },
    requests,
    documents: () => recorded?.documents() ?? [],
    serve: (url, body, contentType) => void bodies.set(url, { body, contentType }),
    silence: () => {
      isSilent = true;
    },
  };
}

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
