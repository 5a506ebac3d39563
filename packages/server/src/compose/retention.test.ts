import { readFileSync } from 'node:fs';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { PERSONAL, PLAIN, PLAIN_EVERYWHERE, retentionLines } from '../../test/retention-table.ts';
import { createTestDatabase } from '../../test/test-database.ts';
import { roleOf } from '../adapters/postgres/role.ts';
import { openTables } from './following.ts';
import { ROLE_TABLES } from './role-tables.ts';

/** "role table" to the columns that there are, once every step of every store has run. */
async function readColumns(): Promise<Map<string, string[]>> {
  await using server = await createTestDatabase();
  const found = new Map<string, string[]>();
  const client = new Client({ connectionString: server.url });
  client.on('error', () => undefined);
  await client.connect();
  for (const [role, migrations] of Object.entries(ROLE_TABLES)) {
    await using _ = await openTables(server.url, role, migrations);
    await client.query(`set role ${roleOf(role)}`);
    const { rows } = await client.query<{ table: string; name: string }>(
      // A view keeps nothing of its own.
      `select table_name as table, column_name as name from information_schema.columns
        join information_schema.tables using (table_schema, table_name)
        where table_schema = $1 and table_type = 'BASE TABLE'`,
      [role],
    );
    await client.query('reset role');
    for (const { table, name } of rows) {
      const key = `${role} ${table}`;
      found.set(key, [...(found.get(key) ?? []), name]);
    }
  }
  await client.end();
  return found;
}

test('every column of every role says whether it is about a person, and the page says until when', async () => {
  const columns = await readColumns();
  const decided = new Map<string, string[]>();
  for (const [key, plain] of Object.entries(PLAIN)) decided.set(key, plain.split(' '));
  for (const { role, table, columns: personal } of PERSONAL) {
    const key = `${role} ${table}`;
    decided.set(key, [...(decided.get(key) ?? []), ...personal]);
  }
  const there = [...columns].filter(([key]) => !PLAIN_EVERYWHERE.includes(key.split(' ')[1] ?? ''));
  const sorted = (map: Iterable<[string, string[]]>) =>
    [...map].map(([key, names]) => `${key}: ${[...names].sort().join(' ')}`).sort();
  expect(sorted(decided)).toEqual(sorted(there));
  const page = readFileSync(new URL('../../../../docs/reference/retention.md', import.meta.url), 'utf8');
  expect(page).toContain(retentionLines().join('\n'));
});
