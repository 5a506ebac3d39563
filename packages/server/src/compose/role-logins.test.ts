import { encodeBase64url, sha256 } from '@holdfast/core';
import { Client } from 'pg';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../../test/test-database.ts';
import { followerStoreMigrations } from '../adapters/postgres/follower-store.ts';
import type { Migration } from '../adapters/postgres/migration.ts';
import { roleOf } from '../adapters/postgres/role.ts';
import { openTables } from './following.ts';
import { createRoleLogins, followedSchema } from './role-logins.ts';
import { ROLE_TABLES } from './role-tables.ts';

const { verifier, ...ONCE } = ROLE_TABLES;
/** Every schema of a network with two verifiers. */
const TABLES: Readonly<Record<string, readonly Migration[]>> = {
  ...ONCE,
  verifier_north: verifier,
  verifier_south: verifier,
};

const server = await createTestDatabase();
const logins = createRoleLogins(server.url, pino({ level: 'silent' }));
const clients = new Map<string, Client>();
const names: string[] = [];

const GENESIS = Buffer.from('the first entry of another network');
const OTHER = encodeBase64url(sha256(new Uint8Array(GENESIS)));

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** As an older version left it: tables under roles that only the connecting user tells apart, one network followed. */
async function makeOldData(): Promise<void> {
  const followed = followedSchema('north', OTHER);
  for (const [schema, migrations] of [...Object.entries(TABLES), [followed, followerStoreMigrations] as const]) {
    await using _ = await openTables(server.url, schema, migrations);
  }
  const old = await connect(server.url);
  await old.query(`set role ${roleOf(followed)}`);
  await old.query(`insert into ${followed}.followed_entry values (0, $1)`, [GENESIS]);
  await old.end();
}

beforeAll(async () => {
  await makeOldData();
  for (const schema of Object.keys(TABLES)) {
    const id = /^verifier_(.*)$/.exec(schema)?.[1];
    const url = id === undefined ? await logins.of(schema) : await logins.ofVerifier(id);
    clients.set(schema, await connect(url));
    names.push(new URL(url).username);
  }
});

afterAll(async () => {
  for (const client of clients.values()) await client.end();
  const admin = await connect(server.url);
  for (const name of names) {
    await admin.query(`revoke all on database ${admin.database} from ${name}`);
    await admin.query(`drop role ${name}`);
  }
  await admin.end();
  await server[Symbol.asyncDispose]();
});

const clientOf = (schema: string): Client => {
  const client = clients.get(schema);
  if (client === undefined) throw new Error('every schema has its client');
  return client;
};

async function tablesOf(client: Client, schema: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    "select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relkind = 'r'",
    [schema],
  );
  return rows.map(({ name }) => `${schema}.${name}`);
}

/** The SQLSTATE with which PostgreSQL refuses, or that it did not. */
async function refusal(client: Client, text: string): Promise<string> {
  return client.query(text).then(
    () => 'allowed',
    (error: { code?: string }) => error.code ?? 'other',
  );
}

const INSUFFICIENT_PRIVILEGE = '42501';

describe('the login of a role', () => {
  it.each(Object.keys(TABLES))('%s reads and writes its own tables', async (schema) => {
    const client = clientOf(schema);
    await client.query(`set role ${roleOf(schema)}`);
    const own = await tablesOf(client, schema);
    expect(own.length).toBeGreaterThan(1);
    for (const table of own) await client.query(`select 1 from ${table} limit 1`);
    await client.query('create temp table while_it_runs (x int)');
    await client.query('reset role');
  });

  it.each(Object.keys(TABLES))(
    '%s is refused every table of every other role, to read and to write',
    async (schema) => {
      const client = clientOf(schema);
      for (const other of Object.keys(TABLES).filter((name) => name !== schema)) {
        for (const table of await tablesOf(client, other)) {
          for (const text of [`select * from ${table} limit 1`, `delete from ${table}`, `drop table ${table}`]) {
            expect([text, await refusal(client, text)]).toEqual([text, INSUFFICIENT_PRIVILEGE]);
          }
        }
        for (const text of [
          `set role ${roleOf(other)}`,
          `create table ${other}.mine (x int)`,
          `drop schema ${other}`,
        ]) {
          expect([text, await refusal(client, text)]).toEqual([text, INSUFFICIENT_PRIVILEGE]);
        }
      }
    },
  );

  it.each(Object.keys(TABLES))('%s makes itself nothing more', async (schema) => {
    const client = clientOf(schema);
    const owner = new URL(server.url).username;
    const another = names.find((name) => !name.startsWith(roleOf(schema)));
    for (const text of [
      'create role more login',
      `set role ${owner}`,
      `set session authorization ${owner}`,
      `alter role ${another} password 'mine'`,
      `grant ${roleOf(schema)} to ${another}`,
      'select * from pg_authid',
      'create table public.mine (x int)',
      "copy (select 1) to program 'true'",
    ]) {
      expect([text, await refusal(client, text)]).toEqual([text, INSUFFICIENT_PRIVILEGE]);
    }
    const makesSchemas = await refusal(client, 'create schema of_its_own');
    expect(makesSchemas).toBe(schema.startsWith('verifier_') ? 'allowed' : INSUFFICIENT_PRIVILEGE);
    if (makesSchemas === 'allowed') await client.query('drop schema of_its_own');
  });

  it('of one verifier takes over what it had read of another network, and the other verifier does not', async () => {
    const followed = followedSchema('north', OTHER);
    const north = clientOf('verifier_north');
    await north.query(`set role ${roleOf('verifier_north')}`);
    const { rows } = await north.query<{ entry: Buffer }>(`select entry from ${followed}.followed_entry`);
    expect(rows.map(({ entry }) => entry.toString())).toEqual([GENESIS.toString()]);
    await north.query('reset role');
    expect(await refusal(clientOf('verifier_south'), `select * from ${followed}.followed_entry`)).toBe(
      INSUFFICIENT_PRIVILEGE,
    );
    expect(await refusal(clientOf('network'), `select * from ${followed}.followed_entry`)).toBe(INSUFFICIENT_PRIVILEGE);
  });

  it('opens the tables of its role, and of no other, as the role would', async () => {
    const url = await logins.of('issuer');
    await using database = await openTables(url, 'issuer', ROLE_TABLES.issuer);
    await expect(database.kysely.introspection.getTables()).resolves.toBeDefined();
    await expect(openTables(url, 'ledger', ROLE_TABLES.ledger)).rejects.toMatchObject({
      code: 'database.may-not-use-role',
    });
  });

  it('has another password after each start: an address that leaked is worth nothing then', async () => {
    const before = await logins.of('ledger');
    await createRoleLogins(server.url, pino({ level: 'silent' })).of('ledger');
    await expect(connect(before)).rejects.toMatchObject({ code: '28P01' });
  });
});

describe('where the server lets no logins be made', () => {
  it('each role gets the address as it is, and that is logged once', async () => {
    const admin = await connect(server.url);
    const user = `plain_${Date.now()}`;
    await admin.query(`create role ${user} login password 'plain'`);
    for (const schema of ['issuer', 'ledger']) await admin.query(`grant ${roleOf(schema)} to ${user}`);
    const address = new URL(server.url);
    address.username = user;
    address.password = 'plain';
    const said: string[] = [];
    const logger = pino({ level: 'warn' }, { write: (line: string) => void said.push(line) });
    const plain = createRoleLogins(address.href, logger);
    expect([await plain.of('issuer'), await plain.of('ledger')]).toEqual([address.href, address.href]);
    expect(said.map((line) => JSON.parse(line).code)).toEqual(['database.may-not-isolate']);
    await admin.query(`drop role ${user}`);
    await admin.end();
  });
});

it('lets in whoever was given an address, also after another part of the process asked for it', async () => {
  const first = await logins.of('issuer');
  expect(await logins.of('issuer')).toBe(first);
  const client = await connect(first);
  await client.end();
});
