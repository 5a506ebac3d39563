import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  encodeBase64url,
  parseAccountId,
  parseAmount,
  parseCheckpoint,
  parseNote,
  parseTransferId,
} from '@holdfast/core';
import { createPlatformClock } from '@holdfast/verifier';
import { createNodeEngine } from '@holdfast/verifier/node';
import { Client } from 'pg';
import { afterAll, expect, it } from 'vitest';
import { createTestDatabase } from '../../test/test-database.ts';
import { openHomeFolder } from '../adapters/home-folder/home-folder.ts';
import { createIssuerStorePostgres } from '../adapters/postgres/issuer-store.ts';
import { systemEntropy } from '../adapters/system/entropy.ts';
import { createLogger } from '../adapters/system/logger.ts';
import { composeFollower, openTables, tablesOf } from './following.ts';
import { composeLedger } from './ledger.ts';
import { composeNetwork } from './network.ts';
import { openStoredLog, recoverNetwork } from './recovering.ts';
import { ROLE_TABLES } from './role-tables.ts';
import { SAMPLE } from './sample-network.ts';

const ORIGIN = 'http://localhost:4600';
const FOLLOWER = 'verifier_elsewhere';
const logger = createLogger('silent');
const platform = { clock: createPlatformClock(), entropy: systemEntropy, engine: createNodeEngine(), logger };
const server = await createTestDatabase();
const elsewhere = await createTestDatabase();
const folder = await mkdtemp(join(tmpdir(), 'holdfast-restored-'));
const backup = `${new URL(server.url).pathname.slice(1)}_backup`;
const backupUrl = Object.assign(new URL(server.url), { pathname: `/${backup}` }).href;
const { keys: keysFolder } = await openHomeFolder(folder, ORIGIN);

async function administer(statement: string): Promise<void> {
  const client = new Client({ connectionString: elsewhere.url });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

afterAll(async () => {
  await administer(`drop database if exists ${backup} with (force)`);
  await server[Symbol.asyncDispose]();
  await elsewhere[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

const money = (id: string, minorUnits: number) => ({
  ...{ kind: 'posted' as const, id: parseTransferId(id), amount: parseAmount(BigInt(minorUnits)) },
  ...{ debit: parseAccountId('city'), credit: parseAccountId('person') },
});

const LIST = { tenant: 'civic', number: 1, uri: `${ORIGIN}/status/civic/1`, size: 1000 };

/** An issuer that has given out some places of its list. */
async function giveOutPlaces(): Promise<void> {
  await using database = await openTables(server.url, 'issuer', ROLE_TABLES.issuer);
  const store = createIssuerStorePostgres(tablesOf(database));
  await store.appendList({ ...LIST, keyName: 'k', key: 'k', x5c: [], statement: 's' });
  await store.takeSequences(LIST.uri, 5);
}

/** A network and a ledger on this database, for as long as the work takes. */
async function run(
  databaseUrl: string,
  work: (parts: {
    network: Awaited<ReturnType<typeof composeNetwork>>;
    ledger: Awaited<ReturnType<typeof composeLedger>>['ledger'];
  }) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const place = { origin: ORIGIN, dataFolder: folder, keysFolder, databaseUrl };
  const { officers, judges } = SAMPLE;
  await using network = await composeNetwork(
    platform,
    { ...place, officers, judges, rules: { tickMs: 100 } },
    stop.signal,
  );
  await using composed = await composeLedger(platform, { databaseUrl, keysFolder, party: 'city' }, stop.signal);
  try {
    await work({ network, ledger: composed.ledger });
  } finally {
    stop.abort();
  }
}

it('a database restored from a backup is refused, is brought up to what a follower has, and goes on under the same root', async () => {
  await run(server.url, async ({ ledger }) => {
    const asset = { code: 'EUR', decimals: 2 };
    const ids = ['city', 'person'].map(parseAccountId);
    await ledger.createAccounts(ids.map((id) => ({ id, asset, rule: 'none' })));
    await ledger.transfer([money('before', 5)]);
  });
  await giveOutPlaces();
  await administer(`create database ${backup} template ${new URL(server.url).pathname.slice(1)}`);

  // Life goes on after the backup, and a follower elsewhere reads it.
  const shown = { size: 0, root: '' };
  await run(server.url, async ({ network, ledger }) => {
    await using database = await openTables(elsewhere.url, FOLLOWER, ROLE_TABLES.verifier);
    const { follower } = composeFollower(platform, {
      ...{ name: FOLLOWER, database, network: network.name, source: network.network },
    });
    const stop = new AbortController();
    await follower.start(stop.signal);
    await ledger.transfer([money('after', 7)]);
    const { size } = network.network.health();
    await expect.poll(() => network.network.health().size).toBeGreaterThan(size + 2);
    stop.abort();
    await follower[Symbol.asyncDispose]();
    Object.assign(shown, { size: follower.position?.size ?? 0, root: follower.position?.root ?? '' });
  });

  await expect(run(backupUrl, async () => undefined)).rejects.toMatchObject({ code: 'network.set-back' });
  const followed = new URL(elsewhere.url);
  followed.searchParams.set('schema', FOLLOWER);
  await using source = await openStoredLog(followed.href);
  const started = { dataFolder: folder, databaseUrl: backupUrl, source, logger, report: () => undefined };
  const recovered = await recoverNetwork(started);
  expect(recovered.size).toBe(shown.size);
  expect(recovered.root).toBe(shown.root);
  expect(recovered.listsFilled).toBe(1);
  // The very last epochs were read by nobody, and yet shown: the mark says so, and they come from another copy.
  if (recovered.shown > recovered.size) {
    await expect(run(backupUrl, async () => undefined)).rejects.toMatchObject({ code: 'network.set-back' });
    await using lost = await openStoredLog(server.url);
    await recoverNetwork({ ...started, source: lost });
  }

  await run(backupUrl, async ({ network, ledger }) => {
    const note = await network.network.fetchCheckpoint(new AbortController().signal, shown.size);
    const { size, root } = parseCheckpoint(parseNote(note).text);
    expect({ size, root: encodeBase64url(root) }).toEqual(shown);
    expect(network.network.health().size).toBeGreaterThan(shown.size);
    expect(await ledger.audit()).toMatchObject({ holds: true });
    const person = async () => (await ledger.readAccounts([parseAccountId('person')]))[0]?.creditsPosted;
    expect(await person()).toBe(5n);
    await using issuer = await openTables(backupUrl, 'issuer', ROLE_TABLES.issuer);
    expect(await createIssuerStorePostgres(tablesOf(issuer)).takeSequences(LIST.uri, 1)).toBeUndefined();
    // Whoever had asked asks again, by the same ids.
    const { results } = await ledger.transfer([money('before', 5), money('after', 7)]);
    expect(results.map(({ answer }) => answer)).toEqual(['exists', 'created']);
    expect(await person()).toBe(12n);
  });
});
