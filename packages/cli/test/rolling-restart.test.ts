import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseAccountId, parseAmount, parseTransferId } from '@holdfast/core';
import { createPlatformClock } from '@holdfast/verifier';
import { afterAll, expect, test } from 'vitest';
import { PATIENCE_MS } from '../../core/test/patience.ts';
import { createHttpLedger } from '../../server/src/adapters/http-ledger/http-ledger.ts';
import { createKeyFilesSigner } from '../../server/src/adapters/key-files/signer.ts';
import { reservePort } from '../../server/src/compose/listening.ts';
import { foundDivided } from '../../server/test/divided-network.ts';
import { heldKeys } from '../../server/test/held-keys.ts';
import { startLoadBalancer } from '../../server/test/load-balancer.ts';
import { createTestDatabase } from '../../server/test/test-database.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const ROLES = 'network,governor,verifier,ledger';

const server = await createTestDatabase();
const folder = await mkdtemp(join(tmpdir(), 'holdfast-rolling-'));
const balancer = await startLoadBalancer();
const children: ChildProcess[] = [];

afterAll(async () => {
  for (const child of children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await balancer[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

type Running = { readonly url: string; readonly stop: () => Promise<number | null> };

/** One process of all these roles, as an operator starts it; resolves once it is ready. */
async function start(data: string, origin: string): Promise<Running> {
  const port = await reservePort(0);
  const flags = ['--roles', ROLES, '--port', String(port), '--url', origin, '--data', data, '--database', server.url];
  const child = spawn(
    process.execPath,
    ['--conditions=@holdfast/source', '--disable-warning=ExperimentalWarning', MAIN, 'up', ...flags, '--json'],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  children.push(child);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-2000);
  });
  const url = `http://127.0.0.1:${port}`;
  const isReady = () =>
    fetch(`${url}/readyz`)
      .then(({ ok }) => ok)
      .catch(() => false);
  for (let waitedMs = 0; !(await isReady()); waitedMs += 50) {
    if (waitedMs > PATIENCE_MS || child.exitCode !== null) throw new Error(`it did not become ready: ${said}`);
    await delay(50);
  }
  return {
    url,
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
      return child.exitCode;
    },
  };
}

/** Asks again once, after the second that a refusal asks for. */
async function askTwice<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch {
    await delay(1000);
    return ask();
  }
}

test('processes are replaced one after the other under load, and a client that asks again once notices nothing', async () => {
  const { founding, folderOf, adminKey } = await foundDivided(folder, {
    ...{ databaseUrl: server.url, origin: balancer.url, tickMs: 500 },
  });
  await cp(join(folderOf('ledger'), 'ledger.json'), join(founding, 'ledger.json'));
  const serveBy = (urls: readonly string[]) => {
    for (const role of ['network', 'governor', 'verifier', 'ledger']) balancer.set(role, urls);
  };
  const [first, second, third] = (await Promise.all([1, 2, 3].map(() => start(founding, balancer.url)))) as [
    Running,
    Running,
    Running,
  ];
  serveBy([first.url, second.url]);

  const party = (JSON.parse(await readFile(join(founding, 'ledger.json'), 'utf8')) as { party: string }).party;
  const signer = await createKeyFilesSigner({
    directory: join(founding, 'keys', 'distributor'),
    passphrasePath: join(founding, 'keys', 'distributor.passphrase'),
  });
  const ledger = createHttpLedger({
    url: balancer.url,
    party,
    keys: heldKeys(signer, { party, name: 'distributor' }),
    clock: createPlatformClock(),
  });
  const asset = { code: 'EUR', decimals: 2 };
  await askTwice(() =>
    ledger.createAccounts(['from', 'to'].map((id) => ({ id: parseAccountId(id), asset, rule: 'none' }))),
  );
  const credential = await readFile(fileURLToPath(new URL('../../../examples/stranger.txt', import.meta.url)), 'utf8');

  let isOver = false;
  const done = { moved: 0, judged: 0, read: 0 };
  async function load(work: () => Promise<void>): Promise<void> {
    while (!isOver) {
      await askTwice(work);
      await delay(20);
    }
  }
  const get = async (path: string, init?: RequestInit) => {
    const response = await fetch(`${balancer.url}${path}`, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${response.status} ${text}`);
    return text;
  };
  const headers = { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' };
  const working = [
    load(async () => {
      const id = parseTransferId(`t${done.moved}`);
      const sides = { debit: parseAccountId('from'), credit: parseAccountId('to') };
      const { results } = await ledger.transfer([{ kind: 'posted', id, amount: parseAmount(1n), ...sides }]);
      expect(['created', 'exists']).toContain(results[0]?.answer);
      done.moved += 1;
    }),
    load(async () => {
      await get('/v/south/verify', {
        method: 'POST',
        headers,
        body: JSON.stringify({ credential: credential.trim() }),
      });
      done.judged += 1;
    }),
    load(async () => {
      await get('/log/checkpoint');
      done.read += 1;
    }),
  ];
  const worked = Promise.all(working);
  worked.catch(() => undefined);

  /** So many more of each, while these serve: on a slow machine that takes as long as it takes. */
  const goesOn = async (by: number) => {
    const wanted = { moved: done.moved + by, judged: done.judged + by, read: done.read + by };
    const isThere = () => done.moved >= wanted.moved && done.judged >= wanted.judged && done.read >= wanted.read;
    while (!isThere()) await Promise.race([delay(20), worked]);
  };

  // Each is told to stop while requests still come to it.
  await goesOn(5);
  serveBy([first.url, second.url, third.url]);
  expect(await first.stop()).toBe(0);
  serveBy([second.url, third.url]);
  await goesOn(5);
  expect(await second.stop()).toBe(0);
  await goesOn(5);
  isOver = true;
  await worked;
  const [to] = await ledger.readAccounts([parseAccountId('to')]);
  expect(to?.creditsPosted).toBe(BigInt(done.moved));
  expect(JSON.parse(await get('/ledger/audit', { headers }))).toMatchObject({ holds: true });
  expect(await third.stop()).toBe(0);
});
