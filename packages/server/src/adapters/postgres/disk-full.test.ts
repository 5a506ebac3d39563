import { parseAccountId, parseAmount, parseTransferId } from '@holdfast/core';
import { createPlatformClock } from '@holdfast/verifier';
import { sql } from 'kysely';
import { afterAll, describe, expect, it } from 'vitest';
import { createLedgerSigner } from '../../../test/ledger-world.ts';
import { foundSeeded } from '../../../test/network-process.ts';
import { closeAfterTest, createTestDatabase } from '../../../test/test-database.ts';
import { createLedger } from '../../roles/ledger/ledger.ts';
import { createNetwork } from '../../roles/network/network-role.ts';
import { type Database, openDatabase } from './database.ts';
import { createLedgerStorePostgres, ledgerStoreMigrations } from './ledger-store.ts';
import { createLogStorePostgres, type LogTables, logStoreMigrations } from './log-store.ts';
import { type Migration, migrate } from './migration.ts';

const server = await createTestDatabase();
afterAll(() => server[Symbol.asyncDispose]());

async function open<Tables>(schema: string, steps: readonly Migration[]): Promise<Database<Tables>> {
  const database = await openDatabase<Tables>({ url: server.url, schema, poolMax: 4 });
  closeAfterTest(database);
  await migrate(database, steps);
  return database;
}

/** From now on a table takes no row more, and the server says of it what it says on a full disk: SQLSTATE 53100. */
async function fill({ kysely }: Database, table: string): Promise<void> {
  await sql`create or replace function no_room() returns trigger language plpgsql as $$
    begin raise exception 'could not extend file: No space left on device' using errcode = 'disk_full'; end $$`.execute(
    kysely,
  );
  await sql`create trigger no_room before insert on ${sql.table(table)} execute function no_room()`.execute(kysely);
}

async function makeRoom({ kysely }: Database, table: string): Promise<void> {
  await sql`drop trigger no_room on ${sql.table(table)}`.execute(kysely);
}

describe('on a full disk', () => {
  it('a ledger moves nothing, tells who waits, is read, and goes on by itself once there is room', async () => {
    const database = await open('ledger', ledgerStoreMigrations);
    const codes: string[] = [];
    await using ledger = createLedger({
      ...{ clock: createPlatformClock(), store: createLedgerStorePostgres(database), party: 'city' },
      ...{ signer: await createLedgerSigner(), bounds: { maxWaitMs: 500 } },
      report: ({ code }) => codes.push(code),
    });
    await ledger.start(new AbortController().signal);
    const [debit, credit] = [parseAccountId('from'), parseAccountId('to')];
    const asset = { code: 'EUR', decimals: 2 };
    await ledger.createAccounts([debit, credit].map((id) => ({ id, asset, rule: 'none' })));
    const pay = (id: string) =>
      ledger.transfer([{ kind: 'posted', id: parseTransferId(id), amount: parseAmount(1n), debit, credit }]);
    await pay('before');
    await fill(database, 'transfer');
    await expect(pay('full')).rejects.toMatchObject({ code: 'ledger.outcome-unknown' });
    expect(codes).toContain('database.full');
    expect(ledger.health().status).toBe('waiting');
    expect((await ledger.readAccounts([credit]))[0]?.creditsPosted).toBe(1n);
    expect(await ledger.audit()).toMatchObject({ holds: true });

    await makeRoom(database, 'transfer');
    await expect.poll(() => ledger.health().status).toBe('running');
    // Whoever was told nothing asks again: what waited has landed once by now.
    expect((await pay('full')).results[0]?.answer).toBe('exists');
    expect((await ledger.readAccounts([credit]))[0]?.creditsPosted).toBe(2n);
    expect(await ledger.audit()).toMatchObject({ holds: true });
  });

  it('a log records nothing, is read, and goes on by itself once there is room', async () => {
    const database = await open<LogTables>('network', logStoreMigrations);
    const { options } = await foundSeeded('full disk');
    const codes: string[] = [];
    await using network = createNetwork({
      ...{ ...options, store: createLogStorePostgres(database), bounds: { maxWaitMs: 500 } },
      report: ({ code }) => codes.push(code),
    });
    await network.start(new AbortController().signal);
    await fill(database as unknown as Database, 'log_entry');
    await expect.poll(() => network.health().status).toBe('waiting');
    expect(codes).toContain('database.full');
    const { size } = network.health();
    expect(await network.readEntries(0, size)).toHaveLength(size);
    expect(await network.fetchCheckpoint(new AbortController().signal)).toContain(`\n${size}\n`);

    await makeRoom(database as unknown as Database, 'log_entry');
    await expect.poll(() => network.health().size).toBeGreaterThan(size);
    expect(network.health().status).toBe('running');
  });
});
