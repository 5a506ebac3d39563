import 'reflect-metadata';
import { KeyObject } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { isCodedError } from '@holdfast/core';
import { SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';
import { expect, it } from 'vitest';
import { send, startServer } from '../../test/loopback-server.ts';
import { createGuardedFetch } from './guarded-fetch.ts';
import { createNodeTransport, nodeLookup } from './node-transport.ts';

const accept = ['application/json'];

async function createTls(host: string): Promise<{ key: string; cert: string }> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=test',
    keys,
    extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: host }])],
  });
  const key = KeyObject.from(keys.privateKey).export({ format: 'pem', type: 'pkcs8' });
  return { key: String(key), cert: certificate.toString('pem') };
}

const codeOf = async (fetching: Promise<unknown>) => {
  const outcome = await fetching.then(undefined, (error: unknown) => error);
  return isCodedError(outcome) ? outcome.code : `gave ${JSON.stringify(outcome)}`;
};

it('connects to the address it is given, whatever the name would resolve to, and asks for the name', async () => {
  await using server = await startServer();
  server.on('/', send('{}'));
  const response = await createNodeTransport()({
    url: new URL(`http://nowhere.invalid:${server.port}/`),
    address: '127.0.0.1',
    headers: {},
    signal: new AbortController().signal,
    connectMs: 1000,
  });
  response.close();
  expect(response.status).toBe(200);
  expect(server.requests[0]?.headers.host).toBe(`nowhere.invalid:${server.port}`);
});

it('connects nowhere when no address was judged', async () => {
  const request = { headers: {}, signal: new AbortController().signal, connectMs: 1000 };
  const attempt = createNodeTransport()({ ...request, url: new URL('http://localhost:9/'), address: undefined });
  await expect(attempt).rejects.toThrow('no address was judged');
});

it('checks the certificate against the name, not the address', async () => {
  const [right, wrong] = await Promise.all([createTls('localhost'), createTls('other.example')]);
  await using honest = await startServer(right);
  await using impostor = await startServer(wrong);
  for (const server of [honest, impostor]) server.on('/', send('{}'));
  const fetchWith = (ca?: string) =>
    createGuardedFetch({
      transport: createNodeTransport(ca === undefined ? {} : { ca }),
      lookup: nodeLookup,
      allowLoopback: true,
    });
  const get = (origin: string, ca?: string) => codeOf(fetchWith(ca)({ url: `${origin}/`, accept, maxBytes: 100 }));
  expect(await get(honest.origin, right.cert)).toContain('gave');
  expect(await get(honest.origin)).toBe('fetch.tls');
  expect(await get(impostor.origin, wrong.cert)).toBe('fetch.tls');
});

it('gives up on a host that accepts the connection and never speaks TLS', async () => {
  const mute = createServer();
  await new Promise<void>((resolve) => {
    mute.listen(0, '127.0.0.1', resolve);
  });
  const { port } = mute.address() as AddressInfo;
  const fetchIt = createGuardedFetch({
    transport: createNodeTransport(),
    lookup: nodeLookup,
    allowLoopback: true,
    connectMs: 100,
    totalMs: 60_000,
  });
  expect(await codeOf(fetchIt({ url: `https://localhost:${port}/`, accept, maxBytes: 100 }))).toBe('fetch.timeout');
  mute.close();
});

it('refuses a compression it does not know', async () => {
  await using server = await startServer();
  server.on('/', send('{}', 'application/json', { 'content-encoding': 'zstd' }));
  const fetchIt = createGuardedFetch({ transport: createNodeTransport(), lookup: nodeLookup, allowLoopback: true });
  expect(await codeOf(fetchIt({ url: `${server.origin}/`, accept, maxBytes: 100 }))).toBe('fetch.encoding');
});

it('asks no DNS for a name that nobody can own', async () => {
  expect(await nodeLookup('issuer.example')).toEqual([]);
  expect(await nodeLookup('issuer.invalid')).toEqual([]);
});
