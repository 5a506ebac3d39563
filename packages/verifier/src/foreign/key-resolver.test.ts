import { createHash, generateKeyPairSync } from 'node:crypto';
import { encodeBase64url, encodeUtf8, type PublicJwk, parsePublicJwk, thumbprint } from '@holdfast/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LoopbackServer, send, startServer } from '../../test/loopback-server.ts';
import type { IntactPath, PathResult } from '../x509/certificate-path.ts';
import { createGuardedFetch } from './guarded-fetch.ts';
import { createKeyResolver, type KeyResolver, type KeyResolverOptions, type Signed } from './key-resolver.ts';
import { createNodeTransport, nodeLookup } from './node-transport.ts';

const START = Date.UTC(2026, 10, 20);
const createKey = () =>
  parsePublicJwk(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }));
const [first, second] = [createKey(), createKey()] as const;

let server: LoopbackServer;
let time: number;
let resolver: KeyResolver;

const fetchLoopback = createGuardedFetch({
  transport: createNodeTransport(),
  lookup: nodeLookup,
  allowLoopback: true,
});

function createResolver(changes: Partial<KeyResolverOptions> = {}): KeyResolver {
  return createKeyResolver({
    fetch: fetchLoopback,
    now: () => time,
    entropy: (length) => new Uint8Array(length),
    allowLoopback: true,
    ...changes,
  });
}

const resolve = (signed: Signed) => resolver.resolve(signed, time);
const unknownOf = async (signed: Signed) => {
  const resolved = await resolve(signed);
  return 'unknown' in resolved ? resolved.unknown : `found ${resolved.id}`;
};
const sha256Of = (text: string) => createHash('sha256').update(text).digest('base64url');

beforeEach(async () => {
  server = await startServer();
  time = START;
  resolver = createResolver();
});
afterEach(() => server[Symbol.asyncDispose]());

describe('an issuer that publishes metadata', () => {
  const metadata = (changes: object = {}) =>
    JSON.stringify({
      issuer: issuer(),
      jwks: {
        keys: [
          { ...first, kid: 'a' },
          { ...second, use: 'sig' },
        ],
      },
      ...changes,
    });
  const issuer = () => `${server.origin}/i/civic`;
  const publish = (text: string) => server.on('/.well-known/jwt-vc-issuer/i/civic', send(text));
  const unknownOfServed = async (text: string, kid = 'a') => {
    publish(text);
    resolver = createResolver();
    return await unknownOf({ header: { kid }, issuer: issuer() });
  };

  it('is found by name or thumbprint, with the age and digest of its document, and is not trusted for that', async () => {
    publish(metadata());
    const evidence = { asOf: START, digest: sha256Of(metadata()) };
    const known = { source: 'jwt-vc-issuer', id: issuer(), trust: 'unknown', why: 'trust.issuer_unknown', ...evidence };
    expect(await resolve({ header: { kid: 'a' }, issuer: issuer() })).toEqual({ ...known, key: first });
    time += 1000;
    expect(await resolve({ header: { kid: thumbprint(second) }, issuer: issuer() })).toEqual({ ...known, key: second });
    expect(server.requests).toHaveLength(1);
  });

  it('is trusted by whoever says so in their policy', async () => {
    publish(metadata());
    resolver = createResolver({ trustOf: ({ id }) => (id === issuer() ? 'yes' : 'no') });
    const resolved = await resolve({ header: { kid: 'a' }, issuer: issuer() });
    expect(resolved).toMatchObject({ trust: 'yes' });
    expect(resolved).not.toHaveProperty('why');
  });

  it('may keep its keys elsewhere, and both documents are the evidence', async () => {
    const keys = JSON.stringify({ keys: [first] });
    const text = metadata({ jwks: undefined, jwks_uri: `${server.origin}/keys` });
    publish(text);
    server.on('/keys', send(keys, 'application/jwk-set+json'));
    const digest = sha256Of(JSON.stringify([sha256Of(text), sha256Of(keys)]));
    expect(await resolve({ header: {}, issuer: issuer() })).toMatchObject({ key: first, digest });
  });

  it('must say that it is who was asked for, and have keys in exactly one place', async () => {
    expect(await unknownOfServed(metadata({ issuer: `${issuer()}/` }))).toBe('trust.metadata_malformed');
    expect(await unknownOfServed(metadata({ issuer: undefined }))).toBe('trust.metadata_malformed');
    expect(await unknownOfServed(metadata({ jwks_uri: `${server.origin}/keys` }))).toBe('trust.metadata_malformed');
    expect(await unknownOfServed(metadata({ jwks: undefined }))).toBe('trust.metadata_malformed');
    expect(await unknownOfServed(metadata({ jwks: { keys: 'none' } }))).toBe('trust.metadata_malformed');
    expect(await unknownOfServed('{"issuer":"a","issuer":"b"}')).toBe('trust.metadata_malformed');
    expect(await unknownOfServed(`${'['.repeat(17)}${']'.repeat(17)}`)).toBe('trust.metadata_malformed');
    expect(await unknownOfServed('[]')).toBe('trust.metadata_malformed');
    expect(await unknownOfServed('x'.repeat(65_537))).toBe('trust.key_unavailable');
  });

  it('is not led to a private network by its own metadata', async () => {
    publish(metadata({ jwks: undefined, jwks_uri: 'https://10.0.0.1/keys' }));
    expect(await resolve({ header: {}, issuer: issuer() })).toEqual({
      unknown: 'trust.key_unavailable',
      because: 'fetch.private-address',
    });
  });

  it('has no key here that is for encryption, of another kind, private, or one of several without a name', async () => {
    const only = (jwk: object) => metadata({ jwks: { keys: [{ kid: 'a', ...jwk }] } });
    expect(await unknownOfServed(only({ ...first, use: 'enc' }))).toBe('trust.key_not_found');
    expect(await unknownOfServed(only({ kty: 'RSA', n: 'x', e: 'AQAB' }))).toBe('trust.key_not_found');
    expect(await unknownOfServed(only({ ...first, d: 'AAAA' }))).toBe('trust.key_not_found');
    expect(await unknownOfServed(metadata(), 'b')).toBe('trust.key_not_found');
    expect(await unknownOf({ header: {}, issuer: issuer() })).toBe('trust.key_not_found');
  });

  it('may have a new key: its document is read again, though not by everyone who invents a name', async () => {
    publish(metadata({ jwks: { keys: [{ ...first, kid: 'a' }] } }));
    await resolve({ header: { kid: 'a' }, issuer: issuer() });
    publish(metadata({ jwks: { keys: [{ ...second, kid: 'b' }] } }));
    expect(await unknownOf({ header: { kid: 'b' }, issuer: issuer() })).toBe('trust.key_not_found');
    expect(server.requests).toHaveLength(1);
    time += 30_001;
    expect(await resolve({ header: { kid: 'b' }, issuer: issuer() })).toMatchObject({ key: second, asOf: time });
    expect(server.requests).toHaveLength(2);
  });

  it('is asked again when its document is no longer fresh, by its own word within bounds', async () => {
    for (const [header, freshMs] of [
      ['max-age=60', 60_000],
      ['no-cache, max-age=1', 30_000],
      ['max-age=999999999', 86_400_000],
      ['private', 300_000],
    ] as const) {
      time = START;
      server.on(
        '/.well-known/jwt-vc-issuer/i/civic',
        send(metadata(), 'application/json', { 'cache-control': header }),
      );
      resolver = createResolver();
      const before = server.requests.length;
      for (const step of [0, freshMs - 1, 1]) {
        time += step;
        await resolve({ header: { kid: 'a' }, issuer: issuer() });
      }
      expect([header, server.requests.length - before]).toEqual([header, 2]);
    }
  });

  it('is known from the last good copy while it is away, which shows its age', async () => {
    publish(metadata());
    await resolve({ header: { kid: 'a' }, issuer: issuer() });
    server.on('/.well-known/jwt-vc-issuer/i/civic', (response) => void response.writeHead(503).end());
    time += 86_400_000;
    expect(await resolve({ header: { kid: 'a' }, issuer: issuer() })).toMatchObject({ key: first, asOf: START });
    time += 7 * 86_400_000;
    expect(await unknownOf({ header: { kid: 'a' }, issuer: issuer() })).toBe('trust.key_unavailable');
  });
});

it('does not know an issuer that says nothing of itself, or nothing that leads anywhere', async () => {
  expect(await unknownOf({ header: {} })).toBe('trust.issuer_unknown');
  for (const issuer of [
    '',
    'civic',
    'ftp://a.example',
    'https://a.example?x=1',
    'https://a.example#x',
    'https://a b.example',
  ]) {
    expect([issuer, await unknownOf({ header: { kid: 'a' }, issuer })]).toEqual([issuer, 'trust.issuer_unknown']);
  }
  expect(await unknownOf({ header: {}, issuer: 'https://10.0.0.1/' })).toBe('trust.key_unavailable');
});

describe('a DID', () => {
  const jwkDid = (key: PublicJwk) => `did:jwk:${encodeBase64url(encodeUtf8(JSON.stringify(key)))}`;

  it('that is its key needs no network and does not age', async () => {
    const did = jwkDid(first);
    const known = { source: 'did:jwk', id: did, key: first, trust: 'unknown', why: 'trust.issuer_unknown' };
    expect(await resolve({ header: { kid: `${did}#0` }, issuer: did })).toEqual(known);
    expect(await resolve({ header: { kid: '#0' }, issuer: did })).toEqual(known);
    expect(await resolve({ header: { kid: `${did}#0` } })).toEqual(known);
    const key = 'did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp';
    expect(await resolve({ header: {}, issuer: key })).toMatchObject({ source: 'did:key', id: key });
    expect(server.requests).toHaveLength(0);
  });

  it('speaks only for itself: a key of one DID does not sign for another issuer', async () => {
    const kid = `${jwkDid(second)}#0`;
    expect(await unknownOf({ header: { kid }, issuer: jwkDid(first) })).toBe('signature.issuer_mismatch');
    expect(await unknownOf({ header: { kid }, issuer: 'https://issuer.example' })).toBe('signature.issuer_mismatch');
    expect(await unknownOf({ header: { kid: 'did:' }, issuer: jwkDid(first) })).toBe('signature.issuer_mismatch');
  });

  it('of a method or kind that is not understood is unknown, not wrong', async () => {
    expect(await unknownOf({ header: {}, issuer: 'did:ion:abc' })).toBe('trust.did_method_unsupported');
    expect(await unknownOf({ header: {}, issuer: 'did:jwk:e30' })).toBe('trust.key_unsupported');
    expect(await unknownOf({ header: {}, issuer: 'did:web:a.example%2F..' })).toBe('format.issuer_malformed');
  });

  it('of the web is read from its document', async () => {
    const did = `did:web:localhost%3A${server.port}:i:civic`;
    const method = (id: string, publicKeyJwk: PublicJwk) => ({
      id: `${did}#${id}`,
      type: 'JsonWebKey2020',
      controller: did,
      publicKeyJwk,
    });
    const document = {
      id: did,
      verificationMethod: [method('a', first), method('b', second)],
      assertionMethod: [`${did}#a`],
    };
    server.on('/i/civic/did.json', send(JSON.stringify(document), 'application/did+json'));
    const known = { source: 'did:web', id: did, key: first, asOf: START, digest: sha256Of(JSON.stringify(document)) };
    for (const kid of [`${did}#a`, '#a', 'a', undefined]) {
      expect(await resolve({ header: { kid }, issuer: did })).toMatchObject(known);
    }
    expect(await unknownOf({ header: { kid: `${did}#b` }, issuer: did })).toBe('trust.key_not_found');
    server.on('/i/other/did.json', send(JSON.stringify(document), 'application/did+json'));
    const other = did.replace('civic', 'other');
    expect(await unknownOf({ header: {}, issuer: other })).toBe('trust.metadata_malformed');
  });

  it('of the web is fetched by https outside this machine', async () => {
    const asked: string[] = [];
    const note = async ({ url }: { url: string }) => {
      asked.push(url);
      throw new Error('not today');
    };
    resolver = createResolver({ fetch: note });
    await resolve({ header: {}, issuer: 'did:web:issuer.example:i:civic' });
    resolver = createResolver({ fetch: note, allowLoopback: false });
    await resolve({ header: {}, issuer: 'did:web:localhost%3A4600' });
    expect(asked).toEqual(['https://issuer.example/i/civic/did.json', 'https://localhost:4600/.well-known/did.json']);
  });
});

describe('a certificate', () => {
  const intact: IntactPath = {
    ok: true,
    trust: 'yes',
    leafKey: first,
    subject: 'CN=Civic',
    sanDns: ['issuer.example'],
    sanUri: ['https://issuer.example/i/civic'],
    leafFingerprint: 'leaf',
    issuerFingerprints: [],
    topFingerprint: 'top',
    anchorFingerprint: 'anchor',
    authorityKeyIds: [],
    notAfter: START,
    warnings: [],
  };
  const resolvePath = (path: PathResult, issuer?: string) => {
    resolver = createResolver({ verifyPath: async () => path });
    return resolve({ header: { x5c: ['text'], kid: 'did:jwk:ignored' }, issuer });
  };

  it('gives its key, name and trust, to pin at the anchor or, without one, at the top', async () => {
    expect(await resolvePath(intact, 'https://issuer.example/i/civic')).toEqual({
      source: 'x5c',
      id: 'https://issuer.example/i/civic',
      name: 'CN=Civic',
      key: first,
      trust: 'yes',
      fingerprint: 'anchor',
      leafFingerprint: 'leaf',
    });
    const { anchorFingerprint: _, ...unanchored } = intact;
    const path = {
      ...unanchored,
      trust: 'no',
      why: 'trust.not_anchored',
      warnings: ['trust.anchor_in_chain'],
    } as const;
    expect(await resolvePath(path)).toMatchObject({
      id: 'https://issuer.example/i/civic',
      trust: 'no',
      why: 'trust.not_anchored',
      fingerprint: 'top',
      warnings: ['trust.anchor_in_chain'],
    });
  });

  it('does not speak for an issuer it does not name', async () => {
    const mismatch = { unknown: 'signature.issuer_mismatch' };
    const onlyHost = { ...intact, sanUri: ['urn:uuid:1'] };
    expect(await resolvePath(onlyHost, 'https://issuer.example/i/other')).toMatchObject({ key: first });
    const others = ['https://other.example/i/civic', 'http://issuer.example/', 'did:web:issuer.example', 'civic'];
    for (const issuer of others) {
      expect([issuer, await resolvePath(intact, issuer)]).toEqual([issuer, mismatch]);
      expect([issuer, await resolvePath(onlyHost, issuer)]).toEqual([issuer, mismatch]);
    }
  });

  it('of one tenant does not speak for another on the same host', async () => {
    const tenant = 'https://issuer.example/i/other';
    expect(await resolvePath(intact, tenant)).toEqual({ unknown: 'signature.issuer_mismatch' });
  });

  it('that does not hold gives its reason, and one that cannot be looked at gives none away', async () => {
    const reason = 'signature.certificate_path';
    expect(await resolvePath({ ok: false, reason })).toEqual({ unknown: reason });
    resolver = createResolver();
    expect(await unknownOf({ header: { x5c: ['text'] }, issuer: 'https://issuer.example' })).toBe(
      'trust.certificate_unsupported',
    );
  });
});
