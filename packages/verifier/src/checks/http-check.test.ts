import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { encodeJws, encodeSigningInput, isCodedError } from '@holdfast/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LoopbackServer, startServer } from '../../test/loopback-server.ts';
import { createRealKey, type RealKey } from '../../test/verify-world.ts';
import { createGuardedFetch } from '../foreign/guarded-fetch.ts';
import { createNodeTransport, nodeLookup } from '../foreign/node-transport.ts';
import { createNodeEngine } from '../signatures/node-engine.ts';
import { checkSigningInput } from './check-statement.ts';
import { checkQuestion, describeExternalCheck } from './external-check.contract.ts';
import { createHttpCheck } from './http-check.ts';

const NEVER = new AbortController().signal;
const engine = createNodeEngine();
const question = checkQuestion('a');
let server: LoopbackServer;
let key: RealKey;

beforeEach(async () => {
  server = await startServer();
  key = createRealKey();
});
afterEach(() => server[Symbol.asyncDispose]());

function checkAt(url: string, changes: { readonly key?: RealKey; readonly allowLoopback?: boolean } = {}) {
  const fetch = createGuardedFetch({
    ...{ transport: createNodeTransport(), lookup: nodeLookup, totalMs: 2000 },
    allowLoopback: changes.allowLoopback ?? true,
  });
  return createHttpCheck({ url, fetch, engine, ...(changes.key === undefined ? {} : { key: changes.key.jwk }) });
}

const address = (path: string) => `http://localhost:${server.port}${path}`;

async function codeOf(path: string, changes: Parameters<typeof checkAt>[1] = {}, deadlineMs = 1000): Promise<string> {
  const error: unknown = await checkAt(address(path), changes)
    .ask({ ...question, deadlineMs }, NEVER)
    .catch((thrown: unknown) => thrown);
  return isCodedError(error) ? error.code : `gave ${JSON.stringify(error)}`;
}

function answers(path: string, body: string | Uint8Array, headers: Record<string, string> = {}): void {
  server.on(path, (response) => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers });
    response.end(body);
  });
}

function signed(by: RealKey, said: object = {}, header: object = {}): string {
  const { kid } = key;
  const input = checkSigningInput(
    { alg: 'ES256', kid, iss: 'register', iat: 1, ...header },
    { check: question.check, credential: question.credential, result: 'passed', asOf: 1000, ...said },
  );
  return encodeJws(input, by.sign(input));
}

for (const isSigned of [false, true]) {
  describeExternalCheck(isSigned ? 'external check over HTTP, signed' : 'external check over HTTP', async () => {
    const known = new Map<string, { readonly result: 'passed' | 'failed'; readonly asOf: number }>();
    let isSpoiled = false;
    server.on('/checks', (response, request) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { credential } = JSON.parse(Buffer.concat(chunks).toString()) as { credential: string };
        const said = { credential, ...known.get(credential) };
        const type = isSigned ? 'application/jwt' : 'application/json';
        response.writeHead(isSpoiled ? 500 : 200, { 'content-type': type });
        response.end(isSigned ? signed(key, said) : JSON.stringify(said));
      });
    });
    return {
      check: checkAt(address('/checks'), isSigned ? { key } : {}),
      teach: (credential, result, asOf) => void known.set(credential, { result, asOf }),
      spoil: () => {
        isSpoiled = true;
      },
    };
  });
}

describe('a checker over HTTP', () => {
  it('is told what the policy shows it, and how long an answer is waited for', async () => {
    let told = '';
    server.on('/', (response, request) => {
      request.on('data', (chunk: Buffer) => (told += chunk.toString()));
      request.on('end', () => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ credential: question.credential, result: 'passed', asOf: 5 }));
      });
    });
    const answer = await checkAt(address('/')).ask({ ...question, claims: { licence: 'L-1' } }, NEVER);
    expect(answer).toEqual({ state: 'passed', asOf: 5 });
    expect(JSON.parse(told)).toEqual({ ...question, claims: { licence: 'L-1' } });
    expect(server.requests[0]?.headers['deadline-ms']).toBe('1000');
  });

  it('that is not there, by name or by connection, is unreachable', async () => {
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const { port } = free.address() as { port: number };
    await new Promise((resolve) => free.close(resolve));
    for (const url of [`http://localhost:${port}/`, 'https://nobody.invalid/', `https://localhost:${server.port}/`]) {
      const error: unknown = await checkAt(url)
        .ask(question, NEVER)
        .catch((thrown: unknown) => thrown);
      expect([url, isCodedError(error) && error.code]).toEqual([url, 'check.unreachable']);
    }
  });

  it('on a private address is not asked, and neither is one on this machine unless it is for development', async () => {
    answers('/', '{}');
    expect(await codeOf('/', { allowLoopback: false })).toBe('check.unreachable');
    const error: unknown = await checkAt('https://10.0.0.7/')
      .ask(question, NEVER)
      .catch((thrown: unknown) => thrown);
    expect(isCodedError(error) && error.code).toBe('check.unreachable');
    expect(server.requests).toEqual([]);
  });

  it('that hangs is given up when the time is over', async () => {
    server.on('/', () => undefined);
    expect(await codeOf('/', {}, 100)).toBe('check.unreachable');
  });

  it.each([
    ['garbage', '<html>', {}],
    ['nothing', '', {}],
    ['another credential', JSON.stringify({ credential: 'b', result: 'passed', asOf: 1 }), {}],
    ['a result of its own', JSON.stringify({ credential: question.credential, result: 'maybe', asOf: 1 }), {}],
    ['no time', JSON.stringify({ credential: question.credential, result: 'passed' }), {}],
    ['a time that is none', JSON.stringify({ credential: question.credential, result: 'passed', asOf: -1 }), {}],
    ['another media type', JSON.stringify({}), { 'content-type': 'text/html' }],
    ['too much', JSON.stringify({ padding: 'x'.repeat(20_000) }), {}],
    ['a bomb', gzipSync(Buffer.alloc(50_000_000)), { 'content-encoding': 'gzip' }],
  ])('that answers with %s has not answered', async (_, body, headers) => {
    answers('/', body, headers);
    expect(await codeOf('/')).toBe('check.answer-invalid');
  });

  it('may not send the question on to another place', async () => {
    server.on('/', (response) => {
      response.writeHead(307, { location: address('/elsewhere') });
      response.end();
    });
    answers('/elsewhere', JSON.stringify({ credential: question.credential, result: 'passed', asOf: 1 }));
    expect(await codeOf('/')).toBe('check.answer-invalid');
    expect(server.requests.map(({ url }) => url)).toEqual(['/']);
  });
});

describe('a checker with a key', () => {
  const serve = (text: string) => answers('/', text, { 'content-type': 'application/jwt' });

  it.each<[string, () => string]>([
    ['another key', () => signed(createRealKey())],
    ['the right key, about another credential', () => signed(key, { credential: 'b' })],
    ['the right key, for another check', () => signed(key, { check: 'other' })],
    ['the right key, and another name for it', () => signed(key, {}, { kid: 'other' })],
    ['the right key, and another algorithm', () => signed(key, {}, { alg: 'none' })],
    [
      'the right key, in another kind of statement',
      () => {
        const input = encodeSigningInput(
          { alg: 'ES256', kid: key.kid, typ: 'JWT' },
          { ...question, result: 'passed', asOf: 1 },
        );
        return encodeJws(input, key.sign(input));
      },
    ],
    ['nobody', () => `${signed(key).split('.').slice(0, 2).join('.')}.`],
  ])('is not believed when it is signed by %s', async (_, text) => {
    serve(text());
    expect(await codeOf('/', { key })).toBe('check.answer-invalid');
  });

  it('is believed by its signature, which is kept as proof', async () => {
    const proof = signed(key, { result: 'failed' });
    serve(proof);
    expect(await checkAt(address('/'), { key }).ask(question, NEVER)).toEqual({ state: 'failed', asOf: 1000, proof });
  });

  it('is not believed without one', async () => {
    answers('/', JSON.stringify({ credential: question.credential, result: 'passed', asOf: 1 }));
    expect(await codeOf('/', { key })).toBe('check.answer-invalid');
  });
});
