import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { encodeVkey, parseSignatureLines } from '@holdfast/core';
import { afterEach, expect, test } from 'vitest';
import { createSmallLog } from '../../server/test/witness-world.ts';
import { createDataFolder } from './running-network.ts';

const log = createSmallLog('log.example/a');
const fork = createSmallLog('log.example/a', { turns: 2 });

const ending: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

type Running = { readonly child: ChildProcess; readonly url: string; readonly vkey: string };

async function startWitness(data: string, ...args: string[]): Promise<Running> {
  const main = new URL('../src/main.ts', import.meta.url).pathname;
  // Without the launcher in between, so that a signal reaches the process that is meant.
  const node = ['--conditions=@holdfast/source', '--disable-warning=ExperimentalWarning', main];
  const child = spawn(process.execPath, [...node, 'witness', '--data', data, '--port', '0', '--json', ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  ending.push(async () => kill(child));
  for await (const line of createInterface({ input: child.stdout })) {
    const { ready, url, vkey } = JSON.parse(line);
    if (ready === true) return { child, url, vkey };
  }
  throw new Error('the witness ended');
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function ask(url: string, body: string) {
  const response = await fetch(`${url}/add-checkpoint`, { method: 'POST', body });
  return { status: response.status, text: await response.text() };
}

test('a witness killed at any moment has its key and its history again, and signs no other', async () => {
  const folder = await createDataFolder();
  ending.push(() => folder.remove());
  const first = await startWitness(folder.path, '--name', 'witness.example/w1', '--log', encodeVkey(log.vkey));
  expect(first.vkey).toMatch(/^witness\.example\/w1\+/);
  expect((await ask(first.url, log.ask(0, 3))).status).toBe(200);
  let acknowledged = 3;
  // Grows as fast as it is answered, and is struck in the middle of it.
  const work = (async () => {
    for (let size = 3; size < 60; size += 1) {
      const { status } = await ask(first.url, log.ask(size, size + 1));
      expect(status).toBe(200);
      acknowledged = size + 1;
      if (size === 9) void kill(first.child);
    }
  })();
  await work.catch(() => undefined);
  expect(acknowledged).toBeGreaterThanOrEqual(10);
  await kill(first.child);

  const again = await startWitness(folder.path, '--log', encodeVkey(log.vkey));
  expect(again.vkey).toBe(first.vkey);
  const { status, text } = await ask(again.url, log.ask(0, 60));
  expect(status).toBe(409);
  const kept = Number(text);
  expect(kept).toBeGreaterThanOrEqual(acknowledged);
  expect(kept).toBeLessThanOrEqual(acknowledged + 1);
  expect((await ask(again.url, fork.ask(kept, kept))).status).toBe(409);
  expect((await ask(again.url, fork.ask(kept, 60))).status).toBe(422);
  // What it had kept and not answered any more, it answers now.
  const answer = await ask(again.url, log.ask(kept, kept));
  expect(parseSignatureLines(answer.text)).toMatchObject([{ name: 'witness.example/w1' }]);
});
