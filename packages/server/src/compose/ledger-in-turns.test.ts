import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPlatformClock } from '@holdfast/verifier';
import { createNodeEngine } from '@holdfast/verifier/node';
import { sql } from 'kysely';
import { afterAll, expect, it } from 'vitest';
import { accountOf, newAccount, pending, post } from '../../../core/test/ledger-world.ts';
import { createTestDatabase } from '../../test/test-database.ts';
import { openTables } from './following.ts';
import { composeSharedLedger } from './ledger-in-turns.ts';
import { ROLE_TABLES } from './role-tables.ts';

const server = await createTestDatabase();
const keysFolder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(keysFolder, { recursive: true, force: true });
});

const start = (holder: string) =>
  composeSharedLedger(
    { clock: createPlatformClock(), engine: createNodeEngine() },
    {
      ...{ databaseUrl: server.url, keysFolder, party: 'city', callers: async () => [] },
      by: { holder, address: `http://127.0.0.1:1/${holder}` },
    },
  );

it('a ledger that has halted keeps its turn: no other process goes on with it, and everybody reads', async () => {
  const first = await start('first');
  await first.desk.answer({ method: 'accounts', accounts: [newAccount('budget'), newAccount('person')] });
  await first.desk.answer({ method: 'transfer', commands: [pending('r', 'budget', 'person', 10)] });
  await first[Symbol.asyncDispose]();
  // Somebody has changed both sides of it by hand, so that its sums still hold and its reserves do not.
  await using tables = await openTables(server.url, 'ledger', ROLE_TABLES.ledger);
  await sql`update account set debits_pending = sign(debits_pending), credits_pending = sign(credits_pending)`.execute(
    tables.kysely,
  );

  await using second = await start('second');
  const ending = { method: 'transfer', commands: [post('p', 'r')] } as const;
  await expect(second.desk.answer(ending)).rejects.toMatchObject({ code: 'ledger.halted' });
  await using third = await start('third');
  await expect(third.desk.answer(ending)).rejects.toMatchObject({ code: 'ledger.unavailable' });
  expect(await third.elsewhere(ending)).toBeTypeOf('function');
  expect(await second.readiness()).toBe('halted');
  expect((await third.ledger.readAccounts([accountOf('person')]))[0]?.creditsPending).toBe(1n);
});
