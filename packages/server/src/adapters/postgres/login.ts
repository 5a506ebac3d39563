import { createHash, randomBytes } from 'node:crypto';
import { assert, CodedError, isCodedError } from '@holdfast/core';
import { Client } from 'pg';
import { describeUrl, operatingFailure, sqlState } from './failure.ts';
import { prepareRole, roleOf } from './role.ts';
import { scramVerifier } from './scram.ts';

export type LoginOptions = {
  /** `postgres://…` of a user who may create roles. */
  readonly url: string;
  readonly schema: string;
  /** Whether it may make further schemas in this database, all its own. Default no. */
  readonly mayCreateSchemas?: boolean;
  /** Schemas that older versions kept under roles of their own, and that are this one's from now on. */
  readonly adopts?: (client: Client) => Promise<readonly string[]>;
  /** What it logs in with, where several processes share the login; default a new one each time, kept nowhere. */
  readonly password?: string;
  readonly timeoutMs?: number;
};

/** PostgreSQL cuts longer names off in silence. */
const MAX_NAME = 63;
const TAG_LENGTH = 8;

/** Another process of the same role may be doing the same at this moment. */
const MOST_ATTEMPTS = 10;
const AT_ONCE = ['42710', '23505', 'XX000', '40001', '40P01'];

/** Roles belong to the whole server: the tag is the database's, so that two of them never share a password. */
export function loginNameOf(schema: string, database: string): string {
  const tag = createHash('sha256').update(`${database}\0${schema}`).digest('hex').slice(0, TAG_LENGTH);
  return `${roleOf(schema).slice(0, MAX_NAME - TAG_LENGTH - 1)}_${tag}`;
}

/**
 * An address for one role of ours to log in with, and for nobody else: it becomes the owner of its own schema and no other
 * role, whatever it says to the server. Idempotent.
 *
 * Throws what `prepareRole` says, and `database.may-not-isolate` when the user may not make logins, or the server does not
 * let the new one in (`pg_hba.conf`, a pool in between): then roles can only be told apart by whoever connects.
 */
export async function prepareLogin(options: LoginOptions): Promise<string> {
  const { url, schema, timeoutMs = 5_000 } = options;
  await prepareRole({ url, schema, role: roleOf(schema), timeoutMs });
  const password = options.password ?? randomBytes(24).toString('base64url');
  const login = await withClient(url, timeoutMs, async (client) => {
    assert(client.database !== undefined, 'a connection is to a database');
    const name = loginNameOf(schema, client.database);
    for (let attempt = 1; ; attempt += 1) {
      try {
        await makeLogin(client, name, options, scramVerifier(password));
        return name;
      } catch (error) {
        if (attempt < MOST_ATTEMPTS && AT_ONCE.includes(sqlState(error))) continue;
        throw mayNotIsolate(error, url, schema);
      }
    }
  });
  const address = new URL(url);
  address.username = login;
  address.password = password;
  await withClient(address.href, timeoutMs, async (client) => {
    await client.query(`set role ${roleOf(schema)}`);
  }).catch((error: unknown) => {
    throw mayNotIsolate(error, url, schema);
  });
  return address.href;
}

async function makeLogin(client: Client, login: string, options: LoginOptions, verifier: string): Promise<void> {
  const { schema, mayCreateSchemas = false } = options;
  const role = roleOf(schema);
  const { rowCount } = await client.query('select 1 from pg_roles where rolname = $1', [login]);
  if (rowCount === 0) await client.query(`create role ${login} login noinherit`);
  await client.query(`alter role ${login} login noinherit nocreaterole nocreatedb password '${verifier}'`);
  await client.query(`grant ${role} to ${login}`);
  if (mayCreateSchemas) await client.query(`grant create on database ${quoted(client.database)} to ${login}`);
  for (const adopted of (await options.adopts?.(client)) ?? []) {
    assert(/^[a-z][a-z0-9_]{0,62}$/.test(adopted), 'a schema has a plain lower-case name');
    await client.query(`reassign owned by ${roleOf(adopted)} to ${role}`);
  }
}

function quoted(name = ''): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function mayNotIsolate(error: unknown, url: string, schema: string): unknown {
  if (isCodedError(error) && error.code !== 'database.refused') return error;
  const state = sqlState(error);
  if (state !== '42501' && state !== '28000' && state !== '28P01' && !isCodedError(error)) return error;
  const where = describeUrl(url);
  return new CodedError(
    'database.may-not-isolate',
    `At ${where} no login can be made for ${schema} alone, so what keeps its tables from the others is this process only. ` +
      `Let the user create roles (ALTER USER … CREATEROLE) and the server let holdfast_* in, or give each role an address of its own.`,
    { database: where, schema },
    error,
  );
}

async function withClient<Result>(
  url: string,
  timeoutMs: number,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new Client({
    connectionString: url,
    application_name: 'holdfast set-up',
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    throw operatingFailure(error, describeUrl(url));
  } finally {
    await client.end().catch(() => undefined);
  }
}
