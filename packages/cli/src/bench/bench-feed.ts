import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLogStoreMemory } from '@holdfast/server/roles';
import { benchRestart } from './bench-restart.ts';
import { collectGarbage, cpuMs } from './cpu-time.ts';
import { type BenchNetwork, startBenchNetwork } from './feed-network.ts';
import { withBenchStore } from './feed-store.ts';
import { atMost, createFigure, type Figure, median, within } from './figure.ts';
import { type FeedProcess, type FeedWork, startFeedProcess } from './run-feed-process.ts';

/** Unless fewer are asked for. */
const FOLLOWERS = 1000;
const PROCESSES = 2;
const DECISIONS = 6;
const POLLERS = 100;
const POLL_TTL_MS = 5000;
/** Long, so that a busy machine is not kept busy by epochs that nobody measures. */
const TICK_MS = 20_000;
/** So many decisions, with what carries them out, are as many entries as one epoch may cover. */
const MOST_DECISIONS = 992;
const ROUNDS = 5;
const CONNECTIONS = 4000;

/**
 * `holdfast bench feed`: from a decision to its effect at a thousand followers of one network over HTTP on loopback, beside
 * polling at ttl in the same run; what a tick costs the network; one process that serves thousands of connections.
 */
export async function benchFeed(databaseUrl?: string, followers = FOLLOWERS): Promise<Figure[]> {
  return [
    ...(await withBenchStore(databaseUrl, async (store) => {
      await using network = await startBenchNetwork(store, TICK_MS, followers + 100);
      // Awaited here: what is returned unfinished would find the network gone.
      return await benchEffect(network, followers);
    })),
    ...(await benchTick()),
    ...(await benchConnections()),
    await benchRestart(),
  ];
}

const nowMs = () => Number(process.hrtime.bigint()) / 1e6;

async function benchEffect(network: BenchNetwork, followers: number): Promise<Figure[]> {
  using stack = new DisposableStack();
  const start = async (what: FeedWork, ...parameters: readonly (string | number)[]) =>
    stack.use(await startFeedProcess(what, ...parameters));
  const following: FeedProcess[] = await Promise.all(
    Array.from({ length: PROCESSES }, () =>
      start('follow', network.url, network.name, Math.ceil(followers / PROCESSES)),
    ),
  );
  const polling = await start('poll', network.url, POLL_TTL_MS, POLLERS);
  const appends = await Promise.all(Array.from({ length: DECISIONS }, (_, i) => network.revocations(i + 1, 1)));
  // The first decision of all is not measured: with it everybody is known to listen.
  for (const statements of await network.revocations(0, 1)) await network.role.append(statements);
  await Promise.all(following.map((process) => process.seen(0)));
  const began: number[] = [];
  const pushed: number[] = [];
  for (const [i, [statements = []] = []] of appends.entries()) {
    // At no fixed distance from the tick.
    await new Promise((resolve) => setTimeout(resolve, 300 + 270 * i));
    began.push(nowMs());
    await network.role.append(statements);
    for (const times of await Promise.all(following.map((process) => process.seen(i + 1)))) {
      pushed.push(...times.map((at) => at - (began[i] ?? 0)));
    }
  }
  const polled: number[] = [];
  for (const [i, start] of began.entries()) polled.push(...(await polling.seen(i + 1)).map((at) => at - start));
  const beside = { name: `polling every ${POLL_TTL_MS / 1000} s (list tokens: every 300 s)` };
  const what = `from a decision given to the network, to its effect at ${followers} followers in ${PROCESSES} processes`;
  return [0.5, 0.99].map((part) =>
    createFigure(`${what}, p${part * 100}`, 'ms', within(1000, 'ms'), {
      ours: percentile(pushed, part),
      ...beside,
      other: percentile(polled, part),
    }),
  );
}

function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

/**
 * Processor time of the network's process from the last append to the last of its connections, for one epoch. What making a
 * thousand statements and verifying them has left lying is collected before: that is no part of a tick, and was most of it.
 */
async function benchTick(): Promise<Figure[]> {
  await using network = await startBenchNetwork(createLogStoreMemory(), 1000, FOLLOWERS + 1);
  using listening = await startFeedProcess('listen', network.url, 0, FOLLOWERS);
  let index = 0;
  async function costOf(decisions: number): Promise<number> {
    const appends = await network.revocations(index, decisions);
    index += decisions;
    for (const statements of appends.slice(0, -1)) await network.role.append(statements);
    const before = network.role.health().size;
    const last = appends.at(-1);
    if (last !== undefined) await network.role.append(last);
    collectGarbage();
    const start = process.cpuUsage();
    await listening.seen(await nextSize(network, before));
    return cpuMs(start);
  }
  const costs: number[][] = [[], [], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [i, decisions] of [0, 1, MOST_DECISIONS].entries()) costs[i]?.push(await costOf(decisions));
  }
  const [none = 1, one = 0, most = 0] = costs.map(median);
  const figure = (words: string, ours: number) =>
    createFigure(`a tick of the network, to ${FOLLOWERS} connections, ${words}`, 'ms of processor', atMost(1.5), {
      ours,
      name: 'a tick without a decision',
      other: none,
    });
  return [figure('with one decision', one), figure(`after ${MOST_DECISIONS} decisions in a row`, most)];
}

/** Of the next epoch; waits without using the processor that is measured. */
async function nextSize({ role }: BenchNetwork, before: number): Promise<number> {
  const enough = new AbortController();
  for await (const _ of role.stream(before, enough.signal)) break;
  enough.abort();
  return role.health().size;
}

/** One process, thousands of connections, one epoch; beside it a bare server that writes the same bytes to as many. */
async function benchConnections(): Promise<Figure[]> {
  await using network = await startBenchNetwork(createLogStoreMemory(), 60_000, CONNECTIONS + 1);
  await using bare = await startBareServer();
  using ours = await startFeedProcess('listen', network.url, 0, CONNECTIONS);
  using others = await startFeedProcess('listen', bare.url, 0, CONNECTIONS);
  // Whoever is not there yet when something is sent would be waited for in vain.
  while (bare.count() < CONNECTIONS) await new Promise((resolve) => setTimeout(resolve, 20));
  const [spent, alone]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    const [statements = []] = await network.revocations(round, 1);
    const before = network.role.health().size;
    const start = nowMs();
    await network.role.append(statements);
    const size = await nextSize(network, before);
    spent.push(Math.max(...(await ours.seen(size))) - start);
    const frame = `id: ${round + 1}\nevent: epoch\ndata: ${JSON.stringify(statements)}\n\n`;
    const begun = nowMs();
    bare.send(frame);
    alone.push(Math.max(...(await others.seen(round + 1))) - begun);
  }
  return [
    createFigure(
      `a decision through its epoch to ${CONNECTIONS} connections of one process, until the last has it`,
      'ms',
      within(1000, 'ms'),
      {
        ours: median(spent),
        name: 'node:http alone, the same entries to as many',
        other: median(alone),
      },
    ),
  ];
}

async function startBareServer() {
  const responses = new Set<ServerResponse>();
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    responses.add(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 4096, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    count: () => responses.size,
    send: (frame: string) => {
      const bytes = Buffer.from(frame);
      for (const response of responses) response.write(bytes);
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
