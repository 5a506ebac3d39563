import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAccountId } from '@holdfast/core';
import { createPlatformClock } from '@holdfast/verifier';
import { createNodeEngine } from '@holdfast/verifier/node';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OlderNetwork, readOlder, restoreOlder } from '../../test/older-network.ts';
import { createTestDatabase } from '../../test/test-database.ts';
import { openHomeFolder } from '../adapters/home-folder/home-folder.ts';
import { openDatabase } from '../adapters/postgres/database.ts';
import type { Migration } from '../adapters/postgres/migration.ts';
import { systemEntropy } from '../adapters/system/entropy.ts';
import { createLogger } from '../adapters/system/logger.ts';
import { openTables } from './following.ts';
import { composeGovernor } from './governing.ts';
import { composeIssuer } from './issuing.ts';
import { composeLedger } from './ledger.ts';
import { composeNetwork } from './network.ts';
import { ROLE_TABLES } from './role-tables.ts';
import { SAMPLE, sampleTenant } from './sample-network.ts';
import { composeVerifier } from './verifier.ts';

const ORIGIN = 'http://localhost:4600';
const logger = createLogger('silent');
const platform = { clock: createPlatformClock(), entropy: systemEntropy, engine: createNodeEngine(), logger };
const server = await createTestDatabase();
const folder = await mkdtemp(join(tmpdir(), 'holdfast-older-'));
const stop = new AbortController();
const running = new AsyncDisposableStack();
let older: OlderNetwork;

const { verifier, ...ONCE } = ROLE_TABLES;
const TABLES: Readonly<Record<string, readonly Migration[]>> = { ...ONCE, verifier_south: verifier };

beforeAll(async () => {
  older = await readOlder('2026-11-28');
  await restoreOlder(older, server.url, folder);
});

afterAll(async () => {
  stop.abort();
  await running[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** Steps that the older version knew. */
function knownThen(schema: string): ReadonlySet<string> {
  const steps = older.schemas[schema]?.ddl.flatMap((step) => (typeof step === 'string' ? [] : [String(step[2])])) ?? [];
  return new Set(steps);
}

describe('what an older version left', () => {
  it('is brought up to date by two processes that start at once, while an old one goes on', async () => {
    await using old = await openDatabase({ url: server.url, schema: 'ledger' });
    const migrated = Promise.all(
      Object.entries(TABLES).flatMap(([schema, steps]) =>
        [1, 2].map(async () => {
          await using _ = await openTables(server.url, schema, steps);
        }),
      ),
    );
    let isOver = false;
    const over = migrated.finally(() => {
      isOver = true;
    });
    while (!isOver) {
      await sql`update ledger_head set time_ms = time_ms`.execute(old.kysely);
      await sql`select id from account order by id`.execute(old.kysely);
    }
    await over;
    for (const [schema, steps] of Object.entries(TABLES)) {
      await using database = await openDatabase({ url: server.url, schema });
      const { rows } = await sql<{ name: string }>`select name from migration`.execute(database.kysely);
      expect(rows.map(({ name }) => name).sort()).toEqual(steps.map(({ name }) => name).sort());
    }
  });

  it('is refused by the older version from then on, with a code, and touched by it no more', async () => {
    const then = TABLES.ledger?.filter(({ name }) => knownThen('ledger').has(name)) ?? [];
    expect(then.length).toBeGreaterThan(0);
    await expect(openTables(server.url, 'ledger', then)).rejects.toMatchObject({
      code: 'database.newer',
      details: { schema: 'ledger', unknown: 'lease' },
    });
  });

  it('starts, goes on with its log, and has all that it had', async () => {
    const { keys: keysFolder } = await openHomeFolder(folder, ORIGIN);
    const place = { origin: ORIGIN, dataFolder: folder, keysFolder, databaseUrl: server.url };
    const { size, root } = JSON.parse(older.files['log-mark.json'] ?? '{}') as { size: number; root: string };
    const { officers } = SAMPLE;
    const network = running.use(await composeNetwork(platform, { ...place, officers, rules: {} }, stop.signal));
    expect(network.network.health().size).toBeGreaterThan(size);
    const note = await network.network.fetchCheckpoint(stop.signal, size);
    expect(note.split('\n').slice(1, 3)).toEqual([String(size), Buffer.from(root, 'base64url').toString('base64')]);

    const followed = { network: network.name, source: network.network };
    const governor = running.use(await composeGovernor(platform, { ...place, ...followed }, stop.signal));
    await expect.poll(() => governor.follower.position?.size ?? 0).toBeGreaterThan(size);
    const proposals = JSON.parse(older.schemas.governor?.rows.proposal ?? '[]') as { id: string }[];
    const listed = (await governor.governor.list()).map(({ id }) => id);
    expect(proposals.map(({ id }) => id).filter((id) => !listed.includes(id))).toEqual([]);

    const { ledger } = running.use(await composeLedger(platform, { ...place, party: 'city' }, stop.signal));
    expect((await ledger.readAccounts([parseAccountId('person')]))[0]?.creditsPosted).toBe(5n);
    expect(await ledger.audit()).toMatchObject({ holds: true });

    const tenants = [await sampleTenant(platform, ORIGIN, keysFolder)];
    const { issuer } = running.use(await composeIssuer(platform, { ...place, ...followed, tenants }, stop.signal));
    await expect.poll(() => issuer.awaitReady('civic').then(() => true)).toBe(true);
    const south = running.use(
      await composeVerifier(platform, { ...place, ...followed, id: 'south', name: 'South' }, stop.signal),
    );
    await expect.poll(() => south.follower.position?.size ?? 0).toBeGreaterThan(size);
  });
});
