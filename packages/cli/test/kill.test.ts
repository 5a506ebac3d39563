import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { JsonObject } from '@holdfast/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reservePort } from '../../server/src/compose/listening.ts';
import { findPostgres, isAlive, until } from './processes.ts';
import { createDataFolder, holdfast, type RunningNetwork, startNetwork } from './running-network.ts';
import { createStrikes } from './strikes.ts';

let folder: Awaited<ReturnType<typeof createDataFolder>>;
let network: RunningNetwork;
let port: number;
const { strikeAtWork, workGoesOn, isReady, findSouth, assertNothingLost } = createStrikes(() => network);

beforeAll(async () => {
  folder = await createDataFolder();
  network = await startNetwork(folder.path);
  port = Number(new URL(network.url).port);
});

afterAll(async () => {
  await network?.stop();
  await folder?.remove();
});

test('kill -9 of the main process in the middle of work loses nothing acknowledged', async () => {
  const south = await findSouth();
  await strikeAtWork(() => network.kill());
  network = await startNetwork(folder.path, port);
  await assertNothingLost();
  // The second process of the killed one has noticed, and ended by itself.
  await until('the orphan ends', () => !isAlive(south));
});

test('kill -9 of the second verifier in the middle of work loses nothing, and it comes back by itself', async () => {
  const south = await findSouth();
  await strikeAtWork(
    () => void process.kill(south, 'SIGKILL'),
    () => until('south answers again', async () => !isAlive(south) && (await isReady())),
  );
  await assertNothingLost();
});

test('kill -9 of PostgreSQL in the middle of work loses nothing, and it comes back by itself', async () => {
  const postgres = await findPostgres(folder.path);
  await strikeAtWork(() => void process.kill(postgres, 'SIGKILL'), workGoesOn);
  expect(await findPostgres(folder.path)).not.toBe(postgres);
  await assertNothingLost();
});

test('a second start while the first lives is told what to do, whichever way it is tried', async () => {
  const up = (...args: string[]) => holdfast('up', '--sample', '--data', folder.path, ...args);
  const samePort = await up('--port', String(port));
  expect(samePort).toMatchObject({ code: 69, stderr: expect.stringMatching(/^Port \d+ is taken: .*--port\.\n$/) });
  const otherPort = await up('--port', String(await reservePort(0)));
  expect(otherPort).toMatchObject({
    code: 69,
    stderr: expect.stringMatching(/^The data in .* belongs to .*--data.*\n$/),
  });
  const sameOrigin = await up('--port', '0', '--url', network.url);
  expect(sameOrigin).toMatchObject({
    code: 69,
    stderr: expect.stringMatching(/^Another Holdfast .*is running on this data folder\..*--data.*\n$/),
  });
  const environment = await readFile(`/proc/${await findSouth()}/environ`, 'utf8');
  const [, database = ''] = /\0HOLDFAST_DATABASE=([^\0]+)\0/.exec(environment) ?? [];
  const other = await createDataFolder();
  const sameDatabase = await holdfast('up', '--sample', '--data', other.path, '--port', '0', '--database', database);
  await other.remove();
  expect(sameDatabase).toMatchObject({
    code: 69,
    stderr: expect.stringMatching(/^Another Holdfast .*is running on this database\..*--database\.\n$/),
  });
  const asData = await up('--port', String(port), '--json');
  expect(asData).toMatchObject({ code: 69, stderr: '' });
  expect(JSON.parse(asData.stdout)).toMatchObject({ error: { code: 'port.taken' } });
  expect(await isReady()).toBe(true);
});

test('SIGTERM answers who is inside, ends with 0 and leaves no process behind', async () => {
  const left = [await findPostgres(folder.path), await findSouth()];
  const body = JSON.stringify({ credential: (await readFile(join(folder.path, 'ada.txt'), 'utf8')).trim() });
  const authorization = `Bearer ${network.adminKey}`;
  const inside = Array.from({ length: 8 }, (_, i) =>
    comeIn(`${network.url}/v/${i % 2 === 0 ? 'north' : 'south'}/verify`, body, { authorization }),
  );
  await until('all are inside', async () => {
    const { connections } = await askJson(`${network.url}/load`, { authorization });
    const { open, idle } = connections as { readonly open: number; readonly idle: number };
    return open - idle > inside.length;
  });
  const stopped = network.stop();
  const isRefused = (error: { cause?: { code?: string } }) => error.cause?.code === 'ECONNREFUSED';
  await until('it takes nobody in', () => fetch(`${network.url}/healthz`).then(() => false, isRefused));
  for (const { finish } of inside) finish();
  for (const { answered } of inside) {
    expect(await answered).toMatchObject({ status: 200, body: { signed: expect.any(String) } });
  }
  expect(await stopped).toBe(0);
  expect(left.filter(isAlive)).toEqual([]);
});

/** Sends all of a request but its last byte. */
function comeIn(url: string, body: string, headers: Readonly<Record<string, string>>) {
  const bytes = Buffer.from(body);
  const own = { 'content-type': 'application/json', 'content-length': bytes.length, ...headers };
  const asked = request(url, { method: 'POST', headers: own, agent: false });
  asked.write(bytes.subarray(0, -1));
  const readAnswer = async () => {
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    return { status: answer.statusCode, body: JSON.parse(await text(answer)) as object };
  };
  return { answered: readAnswer(), finish: () => asked.end(bytes.subarray(-1)) };
}

async function askJson(url: string, headers: Readonly<Record<string, string>> = {}): Promise<JsonObject> {
  const response = await fetch(url, { headers });
  return (await response.json()) as JsonObject;
}

test('when its database keeps dying it ends with a sentence and 69, leaves no process behind', async () => {
  network = await startNetwork(folder.path, port);
  await assertNothingLost();
  const south = await findSouth();
  const postgres: number[] = [];
  let said = '';
  network.process.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  await until('it ends', async () => {
    const pid = await findPostgres(folder.path).catch(() => 0);
    if (pid > 1 && !postgres.includes(pid) && isAlive(pid) && (await isReady())) {
      postgres.push(pid);
      process.kill(pid, 'SIGKILL');
    }
    return network.process.exitCode !== null;
  });
  expect(postgres.length).toBeGreaterThan(3);
  const { exitCode } = network.process;
  expect({ exitCode, said, complained: network.complained() }).toMatchObject({ exitCode: 69 });
  expect(JSON.parse(said.trim())).toMatchObject({
    error: { code: 'engine.keeps-dying', message: expect.stringContaining('died 4 times') },
  });
  await until('all of it is gone', () => ![south, ...postgres].some(isAlive));
});

test('a start that fails half-way says why and leaves no process behind', async () => {
  await writeFile(join(folder.path, 'genesis.jws'), 'not the first entry\n');
  const { code, stderr } = await holdfast('up', '--sample', '--port', String(port), '--data', folder.path);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^[A-Z][^\n]*\.\n$/);
  await expect(findPostgres(folder.path)).rejects.toMatchObject({ code: 'ENOENT' });
});
