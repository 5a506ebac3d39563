import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAccountId, parseAmount, parseTransferId } from '@holdfast/core';
import { createPlatformClock } from '@holdfast/verifier';
import { createNodeEngine } from '@holdfast/verifier/node';
import { afterAll, expect, it } from 'vitest';
import { createTestDatabase } from '../../test/test-database.ts';
import { findPlace } from '../adapters/embedded-postgres/place.ts';
import { removeEmbeddedPostgres } from '../adapters/embedded-postgres/removal.ts';
import { openHomeFolder } from '../adapters/home-folder/home-folder.ts';
import { systemEntropy } from '../adapters/system/entropy.ts';
import { createLogger } from '../adapters/system/logger.ts';
import { composeFollower, openTables } from './following.ts';
import { composeLedger } from './ledger.ts';
import { composeNetwork } from './network.ts';
import { openStoredLog, recoverNetwork } from './recovering.ts';
import { ROLE_TABLES } from './role-tables.ts';
import { SAMPLE } from './sample-network.ts';
import { startDatabase } from './start-database.ts';

const ORIGIN = 'http://localhost:4600';
const FOLLOWER = 'verifier_elsewhere';
const logger = createLogger('silent');
const platform = { clock: createPlatformClock(), entropy: systemEntropy, engine: createNodeEngine(), logger };
const elsewhere = await createTestDatabase();
const parent = await mkdtemp(join(tmpdir(), 'holdfast-cold-'));
// Root's PostgreSQL runs under an account that has to reach it.
await chmod(parent, 0o755);
const folder = join(parent, 'data');
const copy = join(parent, 'copy');
const cluster = join(parent, 'cluster');

afterAll(async () => {
  await removeEmbeddedPostgres(folder);
  await elsewhere[Symbol.asyncDispose]();
  await rm(parent, { recursive: true, force: true, maxRetries: 5 });
});

const copyAll = (from: string, to: string) => promisify(execFile)('cp', ['-a', from, to]);

const money = (id: string) => ({
  ...{ kind: 'posted' as const, id: parseTransferId(id), amount: parseAmount(5n) },
  ...{ debit: parseAccountId('city'), credit: parseAccountId('person') },
});

type Parts = {
  readonly network: Awaited<ReturnType<typeof composeNetwork>>;
  readonly ledger: Awaited<ReturnType<typeof composeLedger>>['ledger'];
};

/** A network and a ledger on the folder's own PostgreSQL, for as long as the work takes; all of it is stopped in order. */
async function run(work: (parts: Parts) => Promise<void>): Promise<void> {
  await using started = new AsyncDisposableStack();
  const { keys: keysFolder } = await openHomeFolder(folder, ORIGIN);
  const stop = new AbortController();
  const databaseUrl = await startDatabase({ dataFolder: folder, report: () => undefined }, started, stop);
  const { officers, judges } = SAMPLE;
  const place = { origin: ORIGIN, dataFolder: folder, keysFolder, databaseUrl };
  const rules = { tickMs: 100 };
  const network = started.use(await composeNetwork(platform, { ...place, officers, judges, rules }, stop.signal));
  const { ledger } = started.use(
    await composeLedger(platform, { databaseUrl, keysFolder, party: 'city' }, stop.signal),
  );
  started.defer(() => stop.abort());
  await work({ network, ledger });
}

it('a cold copy of a data folder is refused while less is in it than was shown, and goes on once a follower has given back the rest', async () => {
  await run(async ({ ledger }) => {
    const asset = { code: 'EUR', decimals: 2 };
    await ledger.createAccounts(['city', 'person'].map(parseAccountId).map((id) => ({ id, asset, rule: 'none' })));
    await ledger.transfer([money('before')]);
  });
  // Where root's data folder is closed to the account of PostgreSQL, the cluster lies in a place of its own.
  const place = (await findPlace(join(folder, 'postgres'))) ?? '';
  await copyAll(folder, copy);
  if (!place.startsWith(parent)) await copyAll(place, cluster);

  let shown = 0;
  await run(async ({ network, ledger }) => {
    await using database = await openTables(elsewhere.url, FOLLOWER, ROLE_TABLES.verifier);
    const { follower } = composeFollower(platform, {
      ...{ name: FOLLOWER, database, network: network.name, source: network.network },
    });
    await using _ = follower;
    await follower.start(new AbortController().signal);
    await ledger.transfer([money('after')]);
    const { size } = network.network.health();
    await expect.poll(() => follower.position?.size ?? 0).toBeGreaterThan(size + 2);
    shown = follower.position?.size ?? 0;
  });
  await copyFile(join(folder, 'log-mark.json'), join(parent, 'log-mark.json'));

  // The folder is lost, but for the mark, which lay elsewhere as well.
  await removeEmbeddedPostgres(folder);
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  await copyAll(copy, folder);
  if (!place.startsWith(parent)) await copyAll(cluster, place);
  await copyFile(join(parent, 'log-mark.json'), join(folder, 'log-mark.json'));
  await expect(run(async () => undefined)).rejects.toMatchObject({ code: 'network.set-back' });

  const followed = new URL(elsewhere.url);
  followed.searchParams.set('schema', FOLLOWER);
  await using source = await openStoredLog(followed.href);
  const recovered = await recoverNetwork({ dataFolder: folder, source, logger, report: () => undefined });
  expect(recovered).toMatchObject({ size: shown });
  expect(recovered.from).toBeLessThan(shown);
  // What nobody had read was shown to nobody: an operator who knows that takes the mark back to what all have.
  if (recovered.shown > recovered.size) {
    await expect(run(async () => undefined)).rejects.toMatchObject({ code: 'network.set-back' });
    await copyFile(join(copy, 'log-mark.json'), join(folder, 'log-mark.json'));
    await recoverNetwork({ dataFolder: folder, source, logger, report: () => undefined });
  }
  await run(async ({ network, ledger }) => {
    expect(network.network.health().size).toBeGreaterThan(shown);
    expect(await ledger.audit()).toMatchObject({ holds: true });
    const { results } = await ledger.transfer([money('before'), money('after')]);
    expect(results.map(({ answer }) => answer)).toEqual(['exists', 'created']);
  });
});
