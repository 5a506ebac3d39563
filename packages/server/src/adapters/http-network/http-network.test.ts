import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encodeUtf8 } from '@holdfast/core';
import { auditLog, createFollower, createFollowerStoreMemory, encodeEvent, readAudit } from '@holdfast/verifier';
import { afterEach, describe, expect, it } from 'vitest';
import { createManualClock, settle } from '../../../../verifier/test/manual-clock.ts';
import { startTestNetwork, type TestNetwork } from '../../../test/test-network.ts';
import { networkRoutes } from '../../http/network/network-routes.ts';
import { createHttpServer } from '../../http/server.ts';
import { networkContract } from '../../ports/network.contract.ts';
import { createHttpNetwork } from './http-network.ts';

const never = new AbortController().signal;
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function serve(started: TestNetwork, onAnswer = (_path: string, _status: number): void => {}): Promise<string> {
  const app = await createHttpServer(false);
  app.addHook('onResponse', async ({ url }, { statusCode }) => onAnswer(url, statusCode));
  networkRoutes(app, { network: started.role, bounds: { heartbeatMs: 20 } });
  closing.push(() => app.close());
  return app.listen({ port: 0, host: '127.0.0.1' });
}

/** Time moves by hand; what goes over the wire takes its own. */
async function tickOverHttp(started: TestNetwork): Promise<void> {
  await started.tick();
  await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('a network over HTTP', () => {
  networkContract(async () => {
    const started = await startTestNetwork();
    const network = createHttpNetwork({ url: await serve(started) });
    let made = 0;
    const next = () => {
      made += 1;
      return made;
    };
    return {
      network,
      decide: () => started.write.revoke(next()),
      list: () => started.write.list(`https://civic.example/lists/${next()}`),
      novelty: () => started.write.any({ type: 'novelty', v: 1, critical: [`${next()}`] }),
      refused: async () => [
        [await started.write.decision(['officer-a']), 'quorum'],
        [started.write.any({ type: 'novelty', v: 1 }), 'unknown-type'],
        ['nonsense', 'unparsed'],
      ],
      tick: () => tickOverHttp(started),
    };
  });

  it('is followed and audited from outside as from inside', async () => {
    const started = await startTestNetwork();
    const network = createHttpNetwork({ url: await serve(started) });
    await network.append(await started.write.revoke(7));
    await started.tick(20 * 5000);
    const report = await readAudit(
      auditLog(network, { engine: started.options.engine, network: started.name, signal: never }),
    );
    expect(report).toMatchObject({ holds: true, entries: started.role.health().size, refused: {} });
    await using follower = createFollower({
      network: started.name,
      source: network,
      store: createFollowerStoreMemory(),
      engine: started.options.engine,
      clock: started.clock,
      entropy: { bytes: (count) => new Uint8Array(count) },
    });
    await follower.start(never);
    const read = new Promise((resolve) => follower.subscribe(resolve));
    await started.tick();
    await read;
    expect(follower.position?.log).toBe('log.example/test');
  });

  it('asks for no partial tile that no checkpoint ends in, from the first entry on', async () => {
    const started = await startTestNetwork();
    const asked: [string, number][] = [];
    const url = await serve(started, (path, status) => asked.push([path, status]));
    const { engine } = started.options;
    for (let round = 0; round < 3; round += 1) {
      await started.role.append(await started.write.revoke(round));
      await started.tick(3 * 5000);
      const report = await readAudit(auditLog(createHttpNetwork({ url }), { engine, signal: never }));
      expect(report.holds).toBe(true);
      await createHttpNetwork({ url }).fetchEntries(0, 1, never);
    }
    const follower = createFollower({
      network: started.name,
      source: createHttpNetwork({ url }),
      store: createFollowerStoreMemory(),
      engine,
      clock: started.clock,
      entropy: { bytes: (count) => new Uint8Array(count) },
    });
    await follower.pull(never);
    await started.tick(2 * 5000);
    await follower.pull(never);
    expect(follower.state.position?.size).toBe(started.role.health().size);
    const tiles = asked.filter(([path]) => path.startsWith('/log/tile/'));
    expect(tiles.some(([path]) => path.includes('.p/'))).toBe(true);
    expect(tiles.filter(([, status]) => status !== 200)).toEqual([]);
  });

  it('reads on when the partial bundle that it knew of has given way to a wider one', async () => {
    const started = await startTestNetwork();
    const { size } = started.role.health();
    await started.tick(5000);
    // As a log may that has deleted it (C2SP tlog-tiles).
    const shrunk = createHttpNetwork({
      url: await serve(started),
      fetch: (input, init) =>
        String(input).endsWith(`.p/${size}`)
          ? Promise.resolve(new Response('gone', { status: 404 }))
          : fetch(input, init),
    });
    await shrunk.fetchCheckpoint(never, size);
    expect(await shrunk.fetchEntries(0, 2, never)).toEqual(await started.store.readEntries(0, 2));
  });

  it('hears a heartbeat when nothing else comes, and takes a silent stream for broken', async () => {
    const started = await startTestNetwork();
    const clock = createManualClock();
    const network = createHttpNetwork({ url: await serve(started), clock, idleTimeoutMs: 1000 });
    const events = network.stream(started.role.health().size, never)[Symbol.asyncIterator]();
    const next = events.next().then(
      () => 'event',
      (error) => error.code,
    );
    // Heartbeats come every 20 ms of real time; the clock of the reader stands still meanwhile.
    await new Promise((resolve) => setTimeout(resolve, 60));
    await started.tick();
    expect(await next).toBe('event');
    const dead = createHttpNetwork({
      url: await answering((_, answer) => answer.write('retry: 1\n\n')),
      clock,
      idleTimeoutMs: 1000,
    });
    const silent = dead.stream(0, never)[Symbol.asyncIterator]().next();
    let code: string | undefined;
    silent.catch((error: { code: string }) => {
      code = error.code;
    });
    // It is silent from the moment on at which the connection stands, and nothing says when that is.
    await expect.poll(() => clock.advance(600).then(() => code)).toBe('feed.timeout');
  });
});

describe('a network that is not one', () => {
  it('is unreachable when nobody answers, whatever is asked', async () => {
    const url = await answering(() => {});
    for (const close of closing.splice(0)) await close();
    const network = createHttpNetwork({ url });
    const gone = { code: 'feed.unreachable' };
    await expect(network.fetchCheckpoint(never)).rejects.toMatchObject(gone);
    await expect(network.fetchEntries(0, 1, never)).rejects.toMatchObject(gone);
    await expect(network.append(['x'])).rejects.toMatchObject(gone);
    await expect(network.stream(0, never)[Symbol.asyncIterator]().next()).rejects.toMatchObject(gone);
  });

  it('times out when it accepts and says nothing, and ends at once when told to', async () => {
    const clock = createManualClock();
    const network = createHttpNetwork({ url: await answering(() => {}), clock, timeoutMs: 1000 });
    const late = expect(network.fetchCheckpoint(never)).rejects.toMatchObject({ code: 'feed.timeout' });
    await settle();
    await clock.advance(1001);
    await late;
    const stop = new AbortController();
    const stopped = expect(network.fetchCheckpoint(stop.signal)).rejects.toThrow('enough');
    await settle();
    stop.abort(new Error('enough'));
    await stopped;
  });

  it.each<[string, RequestListener, string]>([
    ['an endless answer', (_, answer) => void endless(answer), 'feed.too-large'],
    ['a page', (_, answer) => answer.writeHead(200, { 'content-type': 'text/html' }).end('<p>hello'), 'encoding'],
    ['a bare error', (_, answer) => answer.writeHead(502).end('Bad Gateway'), 'feed.answer'],
    [
      'a problem with a code that is not its own',
      (_, answer) => answer.writeHead(500).end('{"code":"verdict.valid"}'),
      'feed.answer',
    ],
    ['a problem as deep as a well', (_, answer) => answer.writeHead(500).end('['.repeat(9000)), 'feed.answer'],
    [
      'half an answer',
      (_, answer) => answer.writeHead(200, { 'content-length': '99' }).write('abc', () => answer.destroy()),
      'feed.unreachable',
    ],
  ])('answers %s', async (name, listener, code) => {
    const network = createHttpNetwork({ url: await answering(listener) });
    if (code !== 'encoding') {
      await expect(network.fetchEntries(0, 1, never), name).rejects.toMatchObject({ code });
      return;
    }
    // A page is text: that it is no checkpoint is seen by whoever verifies it. As entries it is nothing.
    await expect(network.fetchEntries(0, 1, never)).rejects.toMatchObject({ code: 'feed.unproved' });
    await expect(network.append(['x'])).rejects.toMatchObject({ code: 'feed.answer' });
  });

  it('redirects: nobody is asked but the address that was configured', async () => {
    let asked = 0;
    const elsewhere = await answering((_, answer) => {
      asked += 1;
      answer.end('hello');
    });
    const url = await answering(({ url: path }, answer) =>
      answer.writeHead(302, { location: `${elsewhere}${path}` }).end(),
    );
    const network = createHttpNetwork({ url });
    await expect(network.fetchCheckpoint(never)).rejects.toMatchObject({ code: 'feed.unreachable' });
    await expect(network.append(['x'])).rejects.toMatchObject({ code: 'feed.unreachable' });
    expect(asked).toBe(0);
  });

  it.each([
    ['an event that is not JSON', 'nonsense'],
    ['an epoch without a checkpoint', '{"from":1}'],
    ['an epoch from nowhere', '{"checkpoint":"x","from":-1}'],
    ['entries that are not texts', '{"checkpoint":"x","from":1,"entries":[1]}'],
    ['a member twice', '{"checkpoint":"x","from":1,"from":2}'],
  ])('streams %s', async (_, data) => {
    const url = await answering((_request, answer) => answer.end(encodeEvent('epoch', data)));
    const next = createHttpNetwork({ url }).stream(0, never)[Symbol.asyncIterator]().next();
    await expect(next).rejects.toMatchObject({ code: 'feed.unproved' });
  });

  it.each([
    ['an end with a reason', encodeEvent('end', '{"code":"feed.slow"}'), 'feed.slow'],
    ['an end with a reason of its own making', encodeEvent('end', '{"code":"verdict.valid"}'), 'feed.closed'],
    ['an end without a word', encodeUtf8(''), 'feed.closed'],
    ['events of another time', encodeEvent('novelty', '{}'), 'feed.closed'],
  ])('streams %s', async (_, bytes, code) => {
    const url = await answering((_request, answer) => answer.end(bytes));
    const next = createHttpNetwork({ url }).stream(0, never)[Symbol.asyncIterator]().next();
    await expect(next).rejects.toMatchObject({ code });
  });

  it.each(['{"index":-1,"count":1}', '{"index":0,"count":2}', '[]', '{"index":"0","count":1}', 'null'])(
    'answers an append with %s',
    async (answered) => {
      const network = createHttpNetwork({ url: await answering((_, answer) => answer.end(answered)) });
      await expect(network.append(['x'])).rejects.toMatchObject({ code: 'feed.answer' });
    },
  );
});

async function answering(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function endless(answer: NodeJS.WritableStream & { readonly destroyed?: boolean }): Promise<void> {
  const chunk = Buffer.alloc(16_384, 97);
  for (let i = 0; i < 2000 && answer.destroyed !== true; i += 1) {
    if (!answer.write(chunk)) await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
