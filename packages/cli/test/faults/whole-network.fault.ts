import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findPostgres, until } from '../processes.ts';
import { type RunningNetwork, startNetwork } from '../running-network.ts';
import { createStrikes } from '../strikes.ts';
import { createSmallDisk, type SmallDisk } from './small-disk.ts';

let disk: SmallDisk;
let network: RunningNetwork;
const { strikeAtWork, workGoesOn, findSouth, assertNothingLost } = createStrikes(() => network);

const pause = (durationMs: number) => new Promise((resolve) => setTimeout(resolve, durationMs));

/** A process that stands still for so long, as under a debugger, a frozen machine, or a blocked event loop. */
async function standStill(pid: number, durationMs: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  await pause(durationMs);
  process.kill(pid, 'SIGCONT');
}

async function ask(path: string, body?: object): Promise<{ readonly status: number; readonly text: string }> {
  const headers = { 'content-type': 'application/json' };
  const post = body === undefined ? {} : { method: 'POST', headers, body: JSON.stringify(body) };
  const answer = await fetch(network.url + path, { ...post, signal: AbortSignal.timeout(20_000) });
  return { status: answer.status, text: await answer.text() };
}

// Mounting a disk of its own is root's.
describe.runIf(process.getuid?.() === 0)('a whole network in the middle of its work loses nothing and goes on', () => {
  beforeAll(async () => {
    disk = await createSmallDisk(500);
    const first = await startNetwork(disk.data);
    await first.stop();
    await disk.takeDatabase();
    network = await startNetwork(disk.data, Number(new URL(first.url).port), '--verbose');
  }, 240_000);

  afterAll(async () => {
    await network?.stop();
    await disk?.[Symbol.asyncDispose]();
  }, 60_000);

  test('by itself after a disk that was full for half a minute; meanwhile it says so and serves what it has', async () => {
    const credential = (await readFile(join(disk.data, 'ada.txt'), 'utf8')).trim();
    await strikeAtWork(disk.fill, async () => {
      const isWaiting = async () => (await ask('/readyz')).text.includes('"network":"waiting"');
      await until('it is told', async () => network.heard().includes('database.full') && isWaiting(), 120_000);
      await pause(30_000);
      expect((await ask('/log/checkpoint')).status).toBe(200);
      expect((await ask('/healthz')).status).toBe(200);
      const verdict = await ask('/v/south/verify', { credential });
      expect(verdict).toMatchObject({ status: 200, text: expect.stringContaining('"shed":true') });
      expect(network.process.exitCode).toBe(null);
      await disk.makeRoom();
      await workGoesOn();
    }).finally(disk.makeRoom);
    await assertNothingLost();
  }, 400_000);

  test('when PostgreSQL answers nobody for ten seconds', async () => {
    const postgres = await findPostgres(disk.data);
    await strikeAtWork(() => standStill(postgres, 10_000), workGoesOn);
    await assertNothingLost();
  }, 240_000);

  test('when its process stands still for two seconds, and then the second verifier’s', async () => {
    await strikeAtWork(() => standStill(network.process.pid ?? 0, 2_000), workGoesOn);
    await strikeAtWork(async () => standStill(await findSouth(), 2_000), workGoesOn);
    await assertNothingLost();
  }, 240_000);

  test('beside a thousand connections that say nothing and fifty that say or read a byte a second', async () => {
    const { hostname, port } = new URL(network.url);
    const sockets: Socket[] = [];
    const open = (said: string) => {
      const socket = connect({ port: Number(port), host: hostname });
      socket.on('error', () => undefined);
      if (said !== '') socket.write(said);
      sockets.push(socket);
      return socket;
    };
    const beats: NodeJS.Timeout[] = [];
    try {
      await strikeAtWork(async () => {
        for (let i = 0; i < 1_000; i += 1) open('');
        for (let i = 0; i < 25; i += 1) {
          const slow = open(
            'POST /verify HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9000\r\n\r\n{',
          );
          beats.push(setInterval(() => slow.writable && slow.write(' '), 1_000));
          const reader = open('GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n').pause();
          beats.push(setInterval(() => void reader.read(1), 1_000));
        }
        await pause(3_000);
      }, workGoesOn);
    } finally {
      for (const beat of beats) clearInterval(beat);
      for (const socket of sockets) socket.destroy();
    }
    await assertNothingLost();
  }, 240_000);
});
