import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import {
  createFollower,
  createFollowerStoreMemory,
  createHttpOrigin,
  createPlatformClock,
  createSnapshotStoreMemory,
} from '@holdfast/verifier';
import { afterEach, describe, expect, it } from 'vitest';
import { meaningOf } from '../../../../core/test/log-builder.ts';
import { appendAndTick, startTestNetwork } from '../../../test/test-network.ts';
import { createHttpNetwork } from '../../adapters/http-network/http-network.ts';
import { DEFAULT_NETWORK_BOUNDS } from '../../roles/network/network-role.ts';
import { createHttpServer } from '../server.ts';
import { networkRoutes } from './network-routes.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const never = new AbortController().signal;

async function serve(entriesPerSnapshot: number) {
  const bounds = { ...DEFAULT_NETWORK_BOUNDS, entriesPerSnapshot };
  const started = await startTestNetwork({ snapshots: createSnapshotStoreMemory(), bounds });
  for (let i = 0; i < 10; i += 1) await appendAndTick(started, await started.write.revoke(i));
  const app = await createHttpServer(false);
  networkRoutes(app, { network: started.role });
  closing.push(() => app.close());
  return { app, started };
}

/** A server that gives these bytes at every path. */
async function answering(bytes: Uint8Array, headers: Record<string, string>, status = 200): Promise<string> {
  const server = createServer((_, answer) => answer.writeHead(status, headers).end(bytes));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(async () => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('snapshots over HTTP', () => {
  it('each has its own address for ever, and the latest is named at one that is asked again', async () => {
    const { app, started } = await serve(16);
    const latest = await app.inject('/log/snapshot/latest');
    expect(latest.headers['cache-control']).toBe('public, max-age=60');
    const kept = await started.role.readSnapshot(Number.MAX_SAFE_INTEGER);
    expect(latest.body).toBe(`${kept?.size}\n`);
    const snapshot = await app.inject(`/log/snapshot/${kept?.size}`);
    expect(snapshot.headers).toMatchObject({ 'cache-control': 'public, max-age=31536000, immutable' });
    expect(new Uint8Array(snapshot.rawPayload)).toEqual(kept?.bytes);
    for (const other of [`${(kept?.size ?? 0) - 1}`, '9007199254740991']) {
      const answer = await app.inject(`/log/snapshot/${other}`);
      expect([answer.statusCode, answer.json().code]).toEqual([404, 'log.no-snapshot']);
      expect(answer.headers['cache-control']).toBe('no-store');
    }
    expect((await app.inject('/log/snapshot/x')).statusCode).toBe(400);
  });

  it('a follower in another place begins at one, and comes to what the network is', async () => {
    const { app, started } = await serve(16);
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    await using follower = createFollower({
      network: started.name,
      source: createHttpNetwork({ url }),
      store: createFollowerStoreMemory(),
      snapshots: createSnapshotStoreMemory(),
      beginAt: 'snapshot',
      engine: started.options.engine,
      clock: createPlatformClock(),
      entropy: { bytes: (count) => new Uint8Array(count) },
    });
    await follower.start(never);
    await follower.pull(never);
    expect(follower.position).toEqual(started.role.state.position);
    expect(meaningOf(follower.state)).toEqual(meaningOf(started.role.state));
    expect(follower.health().begunAt).toBeGreaterThan(16);
    expect(follower.health().alarms).toEqual([]);
  });

  it('where there is none a follower is told so, by a network and by a server of mere files', async () => {
    const { app } = await serve(10_000);
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    expect(await createHttpNetwork({ url }).fetchSnapshot(never)).toBeUndefined();
    const files = await answering(new Uint8Array(), {}, 404);
    expect(await createHttpNetwork({ url: files }).fetchSnapshot(never)).toBeUndefined();
  });

  it.each(['0', '-1', '1e3', 'latest', '', '\u0000'])('one that is named %j is not asked for', async (name) => {
    const url = await answering(new TextEncoder().encode(name), {});
    await expect(createHttpNetwork({ url }).fetchSnapshot(never)).rejects.toMatchObject({ code: 'feed.answer' });
  });

  it('what grows when it is unpacked is refused at its bound', async () => {
    const url = await answering(gzipSync(new Uint8Array(20_000_000)), { 'content-encoding': 'gzip' });
    const asked = createHttpOrigin({ url }).ask('/log/snapshot/5', { maxBytes: 100_000 }, never);
    await expect(asked).rejects.toMatchObject({ code: 'feed.too-large' });
  });
});
