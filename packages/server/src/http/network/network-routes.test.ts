import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import {
  encodeUtf8,
  entryBundlePath,
  leafHash,
  parseBase64url,
  parseCheckpoint,
  parseEntryBundle,
  parseNote,
  parsePositions,
  parseTile,
  parseUtf8,
  tilePath,
  verifyConsistency,
  verifyInclusion,
} from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { LIST_URI } from '../../../../core/test/log-builder.ts';
import { startTestNetwork, type TestNetwork, type TestNetworkOptions } from '../../../test/test-network.ts';
import { hashOperatorKey } from '../operators.ts';
import { createHttpServer } from '../server.ts';
import { networkRoutes } from './network-routes.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

type Served = { readonly app: FastifyInstance; readonly started: TestNetwork };

async function serve(options: TestNetworkOptions & { readonly heartbeatMs?: number } = {}): Promise<Served> {
  const { heartbeatMs = 60_000, ...changes } = options;
  const started = await startTestNetwork(changes);
  const app = await createHttpServer(false);
  networkRoutes(app, { network: started.role, bounds: { heartbeatMs, drainTimeoutMs: 100 } });
  closing.push(() => app.close());
  return { app, started };
}

const checkpointOf = (text: string) => parseCheckpoint(parseNote(text).text);

describe('the log over HTTP, for C2SP clients', () => {
  it('has its checkpoint, which nobody may cache, and older ones', async () => {
    const { app, started } = await serve();
    const latest = await app.inject('/log/checkpoint');
    expect(latest.statusCode).toBe(200);
    expect(latest.headers).toMatchObject({ 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
    const { size, origin } = checkpointOf(latest.body);
    expect(origin).toBe('log.example/test');
    expect(size).toBe(started.role.health().size);
    expect(parsePositions(String(latest.headers['holdfast-position']))).toEqual([started.role.state.position]);
    const older = await app.inject(`/log/checkpoint?at-most=${size - 1}`);
    expect(checkpointOf(older.body).size).toBeLessThan(size);
    expect((await app.inject('/log/checkpoint?at-most=1')).statusCode).toBe(404);
    for (const bad of ['x', '-1', '1.5', '9007199254740992']) {
      expect((await app.inject(`/log/checkpoint?at-most=${bad}`)).statusCode).toBe(400);
    }
  });

  it('has tiles and bundles that give its root, partial and full ones, and says how long to keep them', async () => {
    const { app, started } = await serve();
    await started.role.append(
      Array.from({ length: 250 }, (_, i) => started.write.any({ type: 'novelty', v: 1, critical: [`${i}`] })),
    );
    await started.tick(20 * 5000);
    const { size } = started.role.health();
    const full = await app.inject(`/log/${tilePath(0, 0)}`);
    const partial = await app.inject(`/log/${tilePath(0, 1, size - 256)}`);
    expect(full.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
    });
    expect(partial.headers['cache-control']).not.toBe(full.headers['cache-control']);
    const hashes = [...parseTile(full.rawPayload, 256), ...parseTile(partial.rawPayload, size - 256)];
    const bundles = [
      await app.inject(`/log/${entryBundlePath(0)}`),
      await app.inject(`/log/${entryBundlePath(1, size - 256)}`),
    ];
    const entries = bundles.flatMap(({ rawPayload }, i) => parseEntryBundle(rawPayload, i === 0 ? 256 : size - 256));
    expect(entries.map((entry) => Buffer.from(leafHash(entry)))).toEqual(hashes.map((hash) => Buffer.from(hash)));
    expect(parseUtf8(entries[0] ?? new Uint8Array())).toBe(started.genesis);
    expect((await app.inject(`/log/${tilePath(1, 0, 1)}`)).rawPayload).toHaveLength(32);
  });

  it('has the partial tiles in which a checkpoint ends, for as long as there is a log, and no others', async () => {
    const { app, started } = await serve();
    const { size } = started.role.health();
    const statements = Array.from({ length: 3 }, (_, i) => `${i}`).map((subject) =>
      started.write.any({ type: 'novelty', v: 1, critical: [subject] }),
    );
    await started.role.append(statements);
    await started.tick();
    expect(started.role.health().size).toBe(size + 4);
    for (const path of [tilePath(0, 0, size), tilePath(0, 0, size + 4), entryBundlePath(0, size)]) {
      expect((await app.inject(`/log/${path}`)).statusCode, path).toBe(200);
    }
    for (const width of [1, size + 1, size + 3]) {
      for (const path of [tilePath(0, 0, width), entryBundlePath(0, width)]) {
        const answer = await app.inject(`/log/${path}`);
        expect([answer.statusCode, answer.json().code], path).toEqual([404, 'log.no-such-tile']);
        expect(answer.headers['cache-control']).toBe('no-store');
      }
    }
  });

  it('compresses bundles for those who ask for it, and tells caches that it does', async () => {
    const { app, started } = await serve();
    const path = `/log/${entryBundlePath(0, started.role.health().size)}`;
    const plain = await app.inject(path);
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(plain.headers.vary).toBe('accept-encoding');
    for (const accepted of ['gzip', 'br;q=1, GZIP;q=0.5', '*']) {
      const answer = await app.inject({ url: path, headers: { 'accept-encoding': accepted } });
      expect(answer.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' });
      expect(gunzipSync(answer.rawPayload)).toEqual(plain.rawPayload);
      expect(answer.rawPayload.length).toBeLessThan(plain.rawPayload.length);
    }
    for (const accepted of ['', 'identity', 'br', 'gzip;q=0', 'gzip; q=0.000, *']) {
      const answer = await app.inject({ url: path, headers: { 'accept-encoding': accepted } });
      expect(answer.rawPayload).toEqual(plain.rawPayload);
    }
    const tile = { url: `/log/${tilePath(0, 0, started.role.health().size)}`, headers: { 'accept-encoding': 'gzip' } };
    expect((await app.inject(tile)).headers['content-encoding']).toBeUndefined();
  });

  it('says from which entry on it answers', async () => {
    const { app } = await serve();
    expect((await app.inject('/log/minimum')).json()).toEqual({ minimumIndex: 0 });
  });

  it('makes a key for the log to change to, for operators only', async () => {
    const { app, started } = await serve();
    expect((await app.inject({ method: 'POST', url: '/log/keys' })).statusCode).toBe(404);
    const operated = await createHttpServer(false);
    closing.push(() => operated.close());
    const key = 'k'.repeat(32);
    networkRoutes(operated, { network: started.role, operators: { admin: [hashOperatorKey(key)] } });
    const asked = { method: 'POST', url: '/log/keys' } as const;
    expect((await operated.inject(asked)).statusCode).toBe(401);
    const answer = await operated.inject({ ...asked, headers: { authorization: `Bearer ${key}` } });
    expect(answer.statusCode).toBe(201);
    expect(answer.json()).toEqual({ vkey: await started.role.createLogKey() });
  });

  it('shows nothing that it has not signed', async () => {
    const { app, started } = await serve();
    const { size } = started.role.health();
    await started.role.append(await started.write.revoke(1));
    expect((await started.store.readHead()).size).toBe(size + 2);
    for (const path of [
      tilePath(0, 0, size + 1),
      entryBundlePath(0, size + 1),
      entryBundlePath(0),
      tilePath(1, 0, 1),
      tilePath(63, 0, 1),
      tilePath(0, 4_000_000_000_000, 1),
    ]) {
      const answer = await app.inject(`/log/${path}`);
      expect(answer.statusCode, path).toBe(404);
      expect(answer.json()).toMatchObject({ code: 'log.out-of-range' });
    }
    expect((await app.inject(`/log/entries?from=${size}`)).statusCode).toBe(404);
    expect((await app.inject(`/log/entries?from=${size - 1}&to=${size + 2}`)).json().entries).toHaveLength(1);
  });

  it.each([
    'tile/0/000/',
    'tile/0/0',
    'tile/0/x000/001',
    'tile/00/000',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/000.p/01',
    'tile/entries/abc',
    'tile/64/000',
    'tile/0/%2e%2e/checkpoint',
    `tile/0/${'x000/'.repeat(20)}000`,
  ])('takes %s for no path of a tile', async (path) => {
    const { app } = await serve();
    const answer = await app.inject(`/log/${path}`);
    expect(answer.statusCode).toBeGreaterThanOrEqual(400);
    expect(answer.statusCode).toBeLessThan(500);
    expect(answer.json().code).toMatch(/^(log\.tile-path|request\.)/);
  });

  it('proves that an entry is in it, and that it only grew', async () => {
    const { app, started } = await serve();
    const [before, after] = [started.role.health().size, await started.tick().then(() => started.role.health().size)];
    const roots = await Promise.all(
      [before, after].map(async (n) => checkpointOf((await app.inject(`/log/checkpoint?at-most=${n}`)).body).root),
    );
    const inclusion = (await app.inject(`/log/proof/inclusion?index=2&size=${after}`)).json();
    const [entry = ''] = await started.store.readEntries(2, 3);
    const proof = { leafHash: leafHash(encodeUtf8(entry)), index: 2, size: after, root: roots[1] ?? new Uint8Array() };
    expect(verifyInclusion({ ...proof, proof: inclusion.hashes.map(parseBase64url) })).toBe(true);
    expect(verifyInclusion({ ...proof, index: 3, proof: inclusion.hashes.map(parseBase64url) })).toBe(false);
    const consistency = (await app.inject(`/log/proof/consistency?from=${before}&to=${after}`)).json();
    const [fromRoot = new Uint8Array(), toRoot = new Uint8Array()] = roots;
    const hashes = consistency.hashes.map(parseBase64url);
    expect(verifyConsistency({ from: before, to: after, fromRoot, toRoot, proof: hashes })).toBe(true);
    for (const query of [
      `inclusion?index=${after}&size=${after}`,
      `inclusion?index=0&size=${after + 1}`,
      'inclusion?index=0&size=0',
      'consistency?from=0&to=2',
      `consistency?from=1&to=${after + 1}`,
      'consistency?from=3&to=2',
    ]) {
      expect((await app.inject(`/log/proof/${query}`)).statusCode, query).toBe(404);
    }
    for (const query of ['inclusion', 'inclusion?index=0', 'consistency?from=a&to=b', 'inclusion?index=-1&size=2']) {
      expect((await app.inject(`/log/proof/${query}`)).statusCode, query).toBe(400);
    }
  });
});

describe('the log over HTTP, for people', () => {
  it('shows the last entries in words that can be read, or those asked for', async () => {
    const { app, started } = await serve();
    const { size, entries } = (await app.inject('/log/entries')).json();
    expect(size).toBe(started.role.health().size);
    expect(entries.at(-1)).toMatchObject({ index: size - 1, payload: { type: 'epoch', size: size - 1 } });
    expect(entries.at(-1).jws.split('.')).toHaveLength(3);
    const first = (await app.inject('/log/entries?from=0&to=1')).json();
    expect(first.entries).toMatchObject([{ index: 0, payload: { type: 'rulebook' } }]);
    await started.tick(300 * 5000);
    expect((await app.inject('/log/entries?from=0')).json().entries).toHaveLength(256);
  });
});

describe('the door for statements', () => {
  it('takes what the fold takes, and says where it is', async () => {
    const { app, started } = await serve();
    const statements = await started.write.revoke(9);
    const answer = await app.inject({ method: 'POST', url: '/log/statements', payload: { statements } });
    expect(answer.statusCode).toBe(201);
    expect(answer.json()).toEqual({ index: started.role.health().size, count: 2 });
    await started.tick();
    expect(started.role.state.lists.get(LIST_URI)?.values[9]).toBe(1);
    const again = await app.inject({ method: 'POST', url: '/log/statements', payload: { statements } });
    expect(again.json()).toEqual(answer.json());
  });

  it('says what is wrong with what it does not take', async () => {
    const { app, started } = await serve();
    const statements = [await started.write.decision(['officer-a'])];
    const answer = await app.inject({ method: 'POST', url: '/log/statements', payload: { statements } });
    expect(answer.statusCode).toBe(422);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json()).toMatchObject({
      code: 'statement.refused',
      retry: 'never',
      details: { at: 0, why: 'quorum' },
    });
  });

  it.each<[string, string, number]>([
    ['nothing', '', 400],
    ['not JSON', '{"statements":', 400],
    ['no statements', '{"statements":[]}', 400],
    ['something else', '{"statements":[1]}', 400],
    ['more members', '{"statements":["x"],"by":"me"}', 400],
    ['a prototype', '{"__proto__":{},"statements":["x"]}', 400],
    ['too many', JSON.stringify({ statements: Array.from({ length: 257 }, () => 'x') }), 400],
    ['one too long', JSON.stringify({ statements: ['x'.repeat(16_385)] }), 400],
    ['far too much', JSON.stringify({ statements: ['x'.repeat(1_100_000)] }), 413],
  ])('refuses %s, and writes nothing', async (_, payload, status) => {
    const { app, started } = await serve();
    const { size } = await started.store.readHead();
    const headers = { 'content-type': 'application/json' };
    const answer = await app.inject({ method: 'POST', url: '/log/statements', payload, headers });
    expect(answer.statusCode).toBe(status);
    expect(answer.json().code).toMatch(/^(request|json)\./);
    expect((await started.store.readHead()).size).toBe(size);
  });
});

describe('the feed over HTTP', () => {
  it('sends the present epoch, then each as it is minted, with the size as id, and heartbeats', async () => {
    const { app, started } = await serve({ heartbeatMs: 10 });
    const feed = await listenTo(app, '/feed');
    await feed.until((text) => text.includes('event: epoch') && text.includes(': heartbeat'));
    const { size } = started.role.health();
    expect(feed.text()).toContain(`id: ${size}\n`);
    await started.tick();
    await feed.until((text) => text.includes(`id: ${size + 1}\n`));
    const events = feed.text().match(/^data: .*$/gm) ?? [];
    const pushed = JSON.parse(events.at(-1)?.slice(6) ?? '{}');
    expect(pushed).toMatchObject({ from: size, entries: [expect.any(String)] });
    expect(checkpointOf(pushed.checkpoint).size).toBe(size + 1);
    expect(feed.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
    });
  });

  it('resumes after the last event that a browser has seen, whatever the address says', async () => {
    const { app, started } = await serve();
    const { size } = started.role.health();
    const feed = await listenTo(app, '/feed?from=0', { 'last-event-id': String(size) });
    await feed.until((text) => text.includes('retry:'));
    await started.tick();
    await feed.until((text) => text.includes(`id: ${size + 1}\n`));
    expect(feed.text()).not.toContain(`id: ${size}\n`);
  });

  it('refuses one more than it has places for, and has a place again when one leaves', async () => {
    const { app, started } = await serve({ bounds: { maxSubscribers: 1 } });
    const feed = await listenTo(app, '/feed');
    await feed.until((text) => text.includes('event: epoch'));
    const refused = await listenTo(app, '/feed');
    await refused.until((text) => text.includes('feed.full'));
    expect(refused.status).toBe(503);
    feed.leave();
    await waitFor(() => started.role.health().subscribers === 0);
    const next = await listenTo(app, '/feed');
    await next.until((text) => text.includes('event: epoch'));
  });

  it('tells everyone when it ends, and ends', async () => {
    const { app, started } = await serve();
    const feed = await listenTo(app, '/feed');
    await feed.until((text) => text.includes('event: epoch'));
    started.stop.abort();
    await feed.until((text) => text.includes('event: end\ndata: {"code":"feed.closed"}'));
    await feed.ended;
  });

  it.each(['x', '-1', '1.5'])('takes from=%s for no place', async (from) => {
    const { app } = await serve();
    expect((await app.inject(`/feed?from=${from}`)).statusCode).toBe(400);
  });
});

type Feed = {
  readonly text: () => string;
  readonly until: (isThere: (text: string) => boolean) => Promise<void>;
  readonly leave: () => void;
  readonly pause: () => void;
  readonly ended: Promise<void>;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly status: number | undefined;
};

async function listenTo(app: FastifyInstance, path: string, headers: Record<string, string> = {}): Promise<Feed> {
  if (!app.server.listening) await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const asked = request({ port, host: '127.0.0.1', path, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        text += chunk;
      });
      answer.on('error', () => {});
      resolve({
        text: () => text,
        until: (isThere) => waitFor(() => isThere(text)),
        leave: () => asked.destroy(),
        pause: () => answer.pause(),
        ended: new Promise((end) => answer.once('close', () => end())),
        headers: answer.headers,
        status: answer.statusCode,
      });
    });
    asked.on('error', reject);
    asked.end();
    closing.push(async () => asked.destroy());
  });
}

async function waitFor(isThere: () => boolean): Promise<void> {
  await expect.poll(isThere).toBe(true);
}
