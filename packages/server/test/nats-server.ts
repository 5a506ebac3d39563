import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reservePort } from '../src/compose/listening.ts';

const EXECUTABLE = ['/usr/sbin/nats-server', '/usr/bin/nats-server', '/usr/local/bin/nats-server'].find(existsSync);

export const NO_NATS =
  'NO NATS-SERVER FOUND: the feed was not tried over NATS. Install it: ' +
  'apt-get update && apt-get install -y --no-install-recommends nats-server';

export const hasNats = EXECUTABLE !== undefined;

if (!hasNats) console.warn(`\n${'!'.repeat(78)}\n${NO_NATS}\n${'!'.repeat(78)}\n`);

export type NatsServer = AsyncDisposable & {
  readonly url: string;
  /** Without a word, as kill -9 does. */
  readonly kill: () => Promise<void>;
  /** Again at the same address, with what was on its disk. */
  readonly start: () => Promise<void>;
};

/** A real nats-server with JetStream on loopback. */
export async function startNatsServer(): Promise<NatsServer> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-nats-'));
  const port = await reservePort(0);
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    const started = spawn(EXECUTABLE ?? '', ['-js', '-sd', folder, '-a', '127.0.0.1', '-p', `${port}`], {
      stdio: 'ignore',
    });
    child = started;
    while (!(await answers(port))) {
      if (started.exitCode !== null) throw new Error('nats-server ended at once');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async function kill(): Promise<void> {
    const ended = new Promise((resolve) => child?.once('exit', resolve));
    child?.kill('SIGKILL');
    await ended;
  }

  await start();
  return {
    ...{ url: `nats://127.0.0.1:${port}`, kill, start },
    async [Symbol.asyncDispose]() {
      if (child?.signalCode === null) await kill();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.once('data', () => socket.destroy());
  });
}
