import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CodedError } from '@holdfast/core';
import { createNatsEpochChannel, publishEpochs } from '@holdfast/server';
import { createLogStoreMemory } from '@holdfast/server/roles';
import { createHttpFeed, createPlatformClock, type FeedSource } from '@holdfast/verifier';
import { type BenchNetwork, startBenchNetwork } from './feed-network.ts';
import { createFigure, type Figure, within } from './figure.ts';

const EPOCHS = 40;
/** Long, so that only what is measured is minted. */
const TICK_MS = 60_000;
const STARTS_WITHIN_MS = 10_000;
const SEEN_WITHIN_MS = 10_000;
const POLL_MS = 20;
const PLACES = ['/usr/sbin', '/usr/bin', '/usr/local/bin'].map((folder) => join(folder, 'nats-server'));

/**
 * `holdfast bench channel`: what NATS JetStream, on disk, adds between an epoch that the network has minted and a follower that
 * hears it, beside the network's own feed over HTTP; both on loopback, of the same epochs. Throws `bench.nats` without a nats-server.
 */
export async function benchChannel(): Promise<Figure[]> {
  await using nats = await startNats();
  await using network = await startBenchNetwork(createLogStoreMemory(), TICK_MS, 10);
  await using channel = createNatsEpochChannel({ url: nats.url, network: network.name });
  const clock = createPlatformClock();
  const stop = new AbortController();
  const failed = new Promise<never>((_, reject) => {
    void publishEpochs({ network: network.role, channel, clock, report: reject }, stop.signal);
  });
  failed.catch(() => undefined);
  const minted = note(network.role.stream(0, stop.signal));
  const overHttp = note(createHttpFeed({ url: network.url, clock }).stream(0, stop.signal));
  const overNats = note(channel.listen(stop.signal));
  try {
    const [http, through]: [number[], number[]] = [[], []];
    // The first is for becoming acquainted.
    for (let i = 0; i <= EPOCHS; i += 1) {
      const size = await mintOne(network, i);
      const [at = 0, one = 0, other = 0] = await Promise.race([
        Promise.all([minted, overHttp, overNats].map((times) => seenAt(times, size))),
        failed,
      ]);
      if (i === 0) continue;
      http.push(one - at);
      through.push(other - at);
    }
    return figuresOf(http, through);
  } finally {
    stop.abort();
  }
}

function figuresOf(http: readonly number[], through: readonly number[]): Figure[] {
  const at = (values: readonly number[], part: number) =>
    [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * part)] ?? 0;
  return [0.5, 0.99].map((part) =>
    createFigure(
      `from an epoch that is minted to a follower that hears it over NATS JetStream, p${part * 100}`,
      'ms',
      within(100, 'ms'),
      { ours: at(through, part), name: 'the network’s own feed over HTTP', other: at(http, part) },
    ),
  );
}

/** The size of the next epoch, which carries one decision. */
async function mintOne({ role, revocations }: BenchNetwork, index: number): Promise<number> {
  const before = role.health().size;
  for (const statements of await revocations(index, 1)) await role.append(statements);
  const enough = new AbortController();
  for await (const _ of role.stream(before, enough.signal)) break;
  enough.abort();
  return role.health().size;
}

/** When each epoch came, by its size: as many as are minted here. */
function note(events: ReturnType<FeedSource['stream']>): ReadonlyMap<number, number> {
  const times = new Map<number, number>();
  const listen = async () => {
    for await (const event of events) {
      if ('checkpoint' in event) times.set(Number(event.checkpoint.split('\n', 2)[1]), performance.now());
    }
  };
  // What is lost is missed by whoever waits for it.
  void listen().catch(() => undefined);
  return times;
}

async function seenAt(times: ReadonlyMap<number, number>, size: number): Promise<number> {
  for (let waited = 0; waited < SEEN_WITHIN_MS; waited += POLL_MS) {
    const at = times.get(size);
    if (at !== undefined) return at;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`an epoch was not heard within ${SEEN_WITHIN_MS / 1000} s`);
}

async function startNats(): Promise<AsyncDisposable & { readonly url: string }> {
  const executable = PLACES.find(existsSync);
  if (executable === undefined) {
    throw new CodedError(
      'bench.nats',
      'There is no nats-server on this machine (Debian: apt-get install nats-server).',
    );
  }
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  const port = await freePort();
  const flags = ['-js', '-sd', folder, '-a', '127.0.0.1', '-p', `${port}`];
  const child = spawn(executable, flags, { stdio: ['ignore', 'ignore', 'pipe'] });
  const end = async () => {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  await ready(child).catch(async (error: unknown) => {
    await end();
    throw error;
  });
  return { url: `nats://127.0.0.1:${port}`, [Symbol.asyncDispose]: end };
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new CodedError('bench.nats', 'The nats-server of this machine does not start.'));
    setTimeout(ended, STARTS_WITHIN_MS).unref();
    child.once('error', ended).once('exit', ended);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('Server is ready')) resolve();
    });
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}
