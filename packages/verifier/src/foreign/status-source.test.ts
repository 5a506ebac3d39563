import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { encodeBase64url, encodeSigningInput, type PublicJwk, parsePublicJwk } from '@holdfast/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type LoopbackServer, redirect, send, startServer } from '../../test/loopback-server.ts';
import { createNodeEngine } from '../signatures/node-engine.ts';
import { createGuardedFetch } from './guarded-fetch.ts';
import { createNodeTransport, nodeLookup } from './node-transport.ts';
import { createStatusSource, type StatusSource, type StatusSourceOptions } from './status-source.ts';

const START = Date.UTC(2026, 10, 20);
const IAT = START / 1000;
const MIB = 1024 * 1024;

type Token = {
  readonly values?: Uint8Array;
  readonly lst?: unknown;
  readonly bits?: unknown;
  readonly claims?: object;
  readonly header?: object;
  readonly signer?: Signer;
};
type Signer = ReturnType<typeof createSigner>;

function createSigner() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = parsePublicJwk(publicKey.export({ format: 'jwk' }));
  return {
    jwk,
    sign: (text: string) => sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' }),
  };
}

const issuer = createSigner();
let server: LoopbackServer;
let uri: string;
let time: number;
let source: StatusSource;
let reports: unknown[];

/** A token for the list at `uri`; `values` are packed bytes. */
function encodeToken(token: Token = {}): string {
  const lst = token.lst ?? encodeBase64url(deflateSync(token.values ?? new Uint8Array([0b01, 0])));
  const payload = {
    sub: uri,
    iat: IAT,
    exp: IAT + 3600,
    ttl: 60,
    status_list: { bits: token.bits ?? 2, lst },
    ...token.claims,
  };
  const input = encodeSigningInput({ alg: 'ES256', typ: 'statuslist+jwt', kid: 'k', ...token.header }, payload);
  return `${input}.${encodeBase64url((token.signer ?? issuer).sign(input))}`;
}

function serve(token: Token | string | Uint8Array = {}, path = '/list'): void {
  const body = typeof token === 'string' || token instanceof Uint8Array ? token : encodeToken(token);
  server.on(path, send(body, 'application/statuslist+jwt'));
}

function createSource(changes: Partial<StatusSourceOptions> = {}): StatusSource {
  return createStatusSource({
    fetch: createGuardedFetch({
      transport: createNodeTransport(),
      lookup: nodeLookup,
      allowLoopback: true,
    }),
    engine: createNodeEngine(),
    now: () => time,
    entropy: (length) => new Uint8Array(length),
    report: (_, error) => reports.push(error),
    ...changes,
  });
}

const readAt = (index: number, key: PublicJwk | undefined = issuer.jwk) =>
  source.readVerified({ uri, index }, () => key);
const whyOf = async (key?: PublicJwk) => {
  const status = await readAt(0, key);
  return status.ok ? 'ok' : [status.why, status.because].filter((code) => code !== undefined).join(' because ');
};
/** A fresh source for each bad list, or the first failure would be remembered. */
const whyServed = async (token: Token | string | Uint8Array) => {
  serve(token);
  source = createSource();
  return await whyOf();
};

beforeEach(async () => {
  server = await startServer();
  uri = `${server.origin}/list`;
  time = START;
  reports = [];
  source = createSource();
});
afterEach(() => server[Symbol.asyncDispose]());

it('gives the list as evidence: bytes, age, digest of the uncompressed bytes, who signed', async () => {
  const values = new Uint8Array([0b1001, 0xff]);
  serve({ values });
  const read = await source.read(uri);
  expect(read).toMatchObject({
    ok: true,
    evidence: {
      ...{
        uri,
        bits: 2,
        packed: values,
        size: 8,
        iat: IAT,
        exp: IAT + 3600,
        ttlMs: 60_000,
        asOf: START,
        fetchedAt: START,
      },
      expiresAt: START + 3_600_000,
      digest: createHash('sha256').update(values).digest('base64url'),
      header: { alg: 'ES256', kid: 'k' },
    },
  });
  expect(await readAt(3)).toMatchObject({ ok: true, uri, bits: 2, packed: values, asOf: START, reversed: false });
  expect(server.requests).toHaveLength(1);
  expect(server.requests[0]?.headers.accept).toBe('application/statuslist+jwt');
});

it('counts for nothing when somebody else signed it, and is asked about once for each key', async () => {
  serve();
  const stranger = createSigner();
  expect(await whyOf(stranger.jwk)).toBe('status.bad_signature');
  expect(await whyOf()).toBe('ok');
  expect(await source.readVerified({ uri, index: 0 }, () => undefined)).toMatchObject({
    why: 'status.key_unavailable',
  });
  const { publicKey } = generateKeyPairSync('ed25519');
  expect(await whyOf(parsePublicJwk(publicKey.export({ format: 'jwk' })))).toBe('status.bad_signature');
});

it('asks a broken engine again instead of remembering its failure', async () => {
  serve();
  let broken = true;
  const engine = createNodeEngine();
  source = createSource({
    engine: { verify: (checks) => (broken ? Promise.reject(new Error('no threads')) : engine.verify(checks)) },
  });
  await expect(readAt(0)).rejects.toThrow('no threads');
  broken = false;
  expect(await whyOf()).toBe('ok');
});

it('refuses what is not a token for this list', async () => {
  expect(await whyServed('not a token')).toBe('status.malformed');
  expect(await whyServed(new Uint8Array([0xff, 0xfe]))).toBe('status.malformed');
  expect(await whyServed({ header: { typ: 'JWT' } })).toBe('status.typ');
  expect(await whyServed({ header: { crit: ['x'] } })).toBe('status.malformed');
  expect(await whyServed({ header: { alg: 'none' } })).toBe('status.alg_not_allowed');
  expect(await whyServed({ header: { alg: 'HS256' } })).toBe('status.alg_not_allowed');
  expect(await whyServed({ claims: { sub: `${uri}/other` } })).toBe('status.wrong_subject');
  expect(await whyServed({ claims: { sub: undefined } })).toBe('status.malformed');
  expect(await whyServed({ claims: { iat: String(IAT) } })).toBe('status.malformed');
  expect(await whyServed({ claims: { iat: undefined } })).toBe('status.malformed');
  expect(await whyServed({ claims: { exp: 'never' } })).toBe('status.malformed');
  expect(await whyServed({ claims: { ttl: -1 } })).toBe('status.malformed');
  expect(await whyServed({ claims: { status_list: [] } })).toBe('status.malformed');
  for (const bits of [0, 3, 16, '2', [2]]) expect(await whyServed({ bits })).toBe('status.malformed');
});

it('refuses a list that is no zlib stream, is cut short, or has something behind it', async () => {
  const zlib = deflateSync(new Uint8Array(100).fill(3));
  expect(await whyServed({ lst: 7 })).toBe('status.malformed');
  expect(await whyServed({ lst: '****' })).toBe('status.malformed');
  expect(await whyServed({ lst: encodeBase64url(new Uint8Array(20)) })).toBe('status.malformed');
  expect(await whyServed({ lst: encodeBase64url(zlib.subarray(0, -1)) })).toBe('status.malformed');
  expect(await whyServed({ lst: encodeBase64url(Buffer.concat([zlib, Buffer.from('more')])) })).toBe(
    'status.malformed',
  );
  expect(await whyServed({ lst: '' })).toBe('status.malformed');
});

it('does not inflate a bomb, nor more entries than a list may have', async () => {
  expect(await whyServed({ values: new Uint8Array(11_000_000) })).toBe('status.too_large');
  expect(await whyServed({ values: new Uint8Array(9_000_000), bits: 1 })).toBe('status.too_large');
  expect(await whyServed({ values: new Uint8Array(9_000_000), bits: 2 })).toBe('ok');
});

it('does not read an endless or oversized answer, nor one that lies about its length', async () => {
  expect(await whyServed('x'.repeat(4 * MIB + 1))).toBe('status.unavailable because fetch.too-large');
  server.on('/list', (response) => {
    response.writeHead(200, { 'content-type': 'application/statuslist+jwt', 'content-length': '9000' });
    response.write('short', () => response.socket?.destroy());
  });
  source = createSource();
  expect(await whyOf()).toBe('status.unavailable because fetch.broken-off');
});

it('is unavailable when its host is slow, away, mistaken, or sends us to our own network', async () => {
  server.on('/list', () => {});
  source = createSource({
    fetch: createGuardedFetch({
      transport: createNodeTransport(),
      lookup: nodeLookup,
      allowLoopback: true,
      totalMs: 50,
    }),
  });
  expect(await whyOf()).toBe('status.unavailable because fetch.timeout');
  for (const [answer, code] of [
    [(response: import('node:http').ServerResponse) => void response.writeHead(404).end(), 'fetch.status'],
    [(response: import('node:http').ServerResponse) => void response.writeHead(503).end(), 'fetch.status'],
    [send(encodeToken(), 'text/plain'), 'fetch.content-type'],
    [redirect('https://169.254.169.254/latest/meta-data'), 'fetch.private-address'],
    [redirect('http://10.0.0.1/list'), 'fetch.scheme'],
  ] as const) {
    server.on('/list', answer);
    source = createSource();
    expect(await whyOf()).toBe(`status.unavailable because ${code}`);
  }
  expect(reports).toHaveLength(6);
});

it('leaves a dead host alone for a while, then finds it again', async () => {
  server.on('/list', (response) => void response.writeHead(503).end());
  expect(await whyOf()).toBe('status.unavailable because fetch.status');
  serve();
  time += 4999;
  expect(await whyOf()).toBe('status.unavailable because fetch.status');
  expect(server.requests).toHaveLength(1);
  time += 1;
  expect(await whyOf()).toBe('ok');
});

it('asks again after ttl seconds, not milliseconds, and within bounds whatever the token says', async () => {
  const cases: [object, number][] = [
    [{ ttl: 60 }, 60_000],
    [{ ttl: 1 }, 30_000],
    [{ ttl: undefined }, 300_000],
    [{ ttl: 10 ** 9, exp: undefined }, 7 * 86_400_000],
    [{ ttl: 600, exp: IAT + 120 }, 120_000],
  ];
  for (const [claims, freshMs] of cases) {
    time = START;
    serve({ claims });
    source = createSource();
    const before = server.requests.length;
    await readAt(0);
    time += freshMs - 1;
    await readAt(0);
    expect([claims, server.requests.length - before]).toEqual([claims, 1]);
    time += 1;
    await readAt(0);
    expect([claims, server.requests.length - before]).toEqual([claims, 2]);
  }
});

it('says when a list runs out, a week at most, and goes on giving it: a revocation in it stays one', async () => {
  serve({ claims: { exp: undefined } });
  expect(await readAt(0)).toMatchObject({ expiresAt: START + 7 * 86_400_000 });
  serve({ claims: { exp: IAT + 10 ** 9 } });
  source = createSource();
  expect(await readAt(0)).toMatchObject({ expiresAt: START + 7 * 86_400_000 });
  serve({ claims: { exp: IAT - 5 } });
  source = createSource();
  expect(await readAt(0)).toMatchObject({ ok: true, expiresAt: START - 5000 });
});

it('never goes back to a list older than one it has verified, served again or after a restart', async () => {
  serve({ claims: { iat: IAT }, values: new Uint8Array([0b01]) });
  expect(await readAt(0)).toMatchObject({ ok: true, asOf: START });
  serve({ claims: { iat: IAT - 1 }, values: new Uint8Array([0]) });
  time += 60_000;
  expect(await readAt(0)).toMatchObject({ ok: true, asOf: START, packed: new Uint8Array([0b01]) });
  expect(server.requests).toHaveLength(2);
  const restarted = source.seen();
  expect(restarted).toEqual([[uri, IAT]]);
  source = createSource({ seen: restarted });
  expect(await whyOf()).toBe('status.rollback');
});

it('is not led to refuse the true list by a forged one from the future', async () => {
  serve({ claims: { iat: IAT + 59 }, signer: createSigner() });
  expect(await whyOf()).toBe('status.bad_signature');
  serve();
  time += 60_000;
  expect(await whyOf()).toBe('ok');
  expect(await whyServed({ claims: { iat: time / 1000 + 61 } })).toBe('status.future');
});

it('tells when a source takes a revocation back, for that index alone', async () => {
  serve({ values: new Uint8Array([0b0101]) });
  expect(await readAt(0)).toMatchObject({ reversed: false });
  serve({ values: new Uint8Array([0b0100]), claims: { iat: IAT + 60 } });
  time += 60_000;
  expect([await readAt(0), await readAt(1), await readAt(2)]).toMatchObject([
    { reversed: true },
    { reversed: false },
    { reversed: false },
  ]);
  serve({ values: new Uint8Array([0b0101]), claims: { iat: IAT + 120 } });
  time += 60_000;
  expect(await readAt(0)).toMatchObject({ asOf: START + 120_000, reversed: true });
});

it('fetches once for many who ask at once', async () => {
  serve();
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => readAt(i)));
  expect(answers.every(({ ok }) => ok)).toBe(true);
  expect(server.requests).toHaveLength(1);
});

it('keeps no more bytes than it may', async () => {
  source = createSource({ maxBytes: 3.5 * MIB });
  for (const path of ['/a', '/b', '/c', '/a']) {
    const list = `${server.origin}${path}`;
    serve({ values: new Uint8Array(MIB), claims: { sub: list } }, path);
    expect(await source.read(list)).toMatchObject({ ok: true });
  }
  expect(server.requests.map(({ url }) => url)).toEqual(['/a', '/b', '/c']);
  serve({ values: new Uint8Array(MIB), claims: { sub: `${server.origin}/d` } }, '/d');
  await source.read(`${server.origin}/d`);
  await source.read(`${server.origin}/b`);
  expect(server.requests.map(({ url }) => url)).toEqual(['/a', '/b', '/c', '/d', '/b']);
});
