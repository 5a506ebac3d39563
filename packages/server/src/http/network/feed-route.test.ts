import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type FeedEvent, readEvents } from '@holdfast/verifier';
import { afterEach, describe, expect, it } from 'vitest';
import { checkpointText, createLogKey } from '../../../../verifier/test/test-feed.ts';
import { createSubscribers } from '../../roles/network/subscribers.ts';
import { createHttpServer } from '../server.ts';
import { feedRoute } from './feed-route.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A feed with followers that stop reading, and events large enough to fill what lies between. */
async function serve(drainTimeoutMs: number) {
  const subscribers = createSubscribers(10);
  const app = await createHttpServer(false);
  feedRoute(app, {
    network: { stream: (_, signal) => subscribers.subscribe([], signal) },
    bounds: { heartbeatMs: 60_000, drainTimeoutMs },
  });
  closing.push(() => app.close());
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const checkpoint = createLogKey().signNote(checkpointText(['x']));
  const event = (): FeedEvent => ({ checkpoint, from: 0, entries: ['x'.repeat(1_000_000)] });
  return { app, subscribers, port, event };
}

/** Resolves once the answer has begun, and never reads on. */
function listenWithoutReading(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request({ port, host: '127.0.0.1', path: '/feed' }, (answer) => {
      answer.on('error', () => {});
      answer.pause();
      resolve();
    });
    asked.on('error', reject);
    asked.end();
    closing.push(async () => asked.destroy());
  });
}

async function waitFor(isThere: () => boolean): Promise<void> {
  await expect.poll(isThere).toBe(true);
}

describe('a follower that does not read', () => {
  it('costs no more however much is published, and others get everything meanwhile', async () => {
    const { subscribers, port, event } = await serve(60_000);
    await listenWithoutReading(port);
    await waitFor(() => subscribers.count() === 1);
    const stop = new AbortController();
    const quick = subscribers.subscribe([], stop.signal)[Symbol.asyncIterator]();
    for (let i = 0; i < 60; i += 1) {
      const published = event();
      subscribers.publish(published);
      expect((await quick.next()).value).toBe(published);
    }
    stop.abort();
    expect(subscribers.count()).toBe(1);
  });

  it('is told to read for itself once it reads again', async () => {
    const { subscribers, port, event } = await serve(60_000);
    const response = await fetch(`http://127.0.0.1:${port}/feed`);
    const events = readEvents(response.body as unknown as AsyncIterable<Uint8Array>, 2_000_000);
    await waitFor(() => subscribers.count() === 1);
    for (let i = 0; i < 60; i += 1) {
      subscribers.publish(event());
      await new Promise((resolve) => setImmediate(resolve));
    }
    const names: string[] = [];
    while (names.at(-1) !== 'resync') {
      const next = await events.next();
      if (next.value !== undefined) names.push(next.value.event);
    }
    expect(names[0]).toBe('epoch');
    expect(names.length).toBeLessThan(60);
    await response.body?.cancel().catch(() => undefined);
  });

  it('is let go when it has not read for too long, also when little comes', async () => {
    const { subscribers, port, event } = await serve(50);
    await listenWithoutReading(port);
    await waitFor(() => subscribers.count() === 1);
    for (let i = 0; i < 12; i += 1) {
      subscribers.publish(event());
      await new Promise((resolve) => setImmediate(resolve));
    }
    await waitFor(() => subscribers.count() === 0);
  });

  it('does not keep a server from shutting down', async () => {
    const { app, subscribers, port, event } = await serve(60_000);
    await listenWithoutReading(port);
    await waitFor(() => subscribers.count() === 1);
    for (let i = 0; i < 12; i += 1) subscribers.publish(event());
    await app.close();
    expect(subscribers.count()).toBe(0);
  });
});
