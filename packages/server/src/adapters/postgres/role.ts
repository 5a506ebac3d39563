import { assert, CodedError } from '@holdfast/core';
import { Client } from 'pg';
import { describeUrl, operatingFailure, sqlState } from './failure.ts';

export type RoleOptions = {
  /** `postgres://…` of a user who may create roles, or who is a member of this one already. */
  readonly url: string;
  readonly schema: string;
  readonly role: string;
  readonly timeoutMs: number;
};

const LEAST_VERSION = 15;

/** Names go into statements and into the start-up message; PostgreSQL cuts longer ones off in silence. */
const NAME = /^[a-z][a-z0-9_]{0,62}$/;

/** Another Holdfast on the same server may be doing the same at this moment; what it did is there the next time. */
const MOST_ATTEMPTS = 10;
const AT_ONCE = ['42710', '23505', '42P06', 'XX000', '40001', '40P01', '42501'];

/** The database role under which a schema's tables lie. */
export function roleOf(schema: string): string {
  return `holdfast_${schema}`;
}

/**
 * Makes sure that the schema exists, belongs to the role, and that the connecting user may become the role: nobody
 * logs in as it (`prepareLogin` makes a login that becomes this one role). The role has no rights outside its schema, so no role of ours reads another's tables. Idempotent.
 *
 * Throws `database.version` (older than 15), `database.encoding`, `database.may-not-create-role`,
 * `database.may-not-use-role`, `database.may-not-create-schema`, `database.foreign-schema`, or what
 * `operatingFailure` says.
 */
export async function prepareRole(options: RoleOptions): Promise<void> {
  assert(NAME.test(options.schema) && NAME.test(options.role), 'schema and role are plain lower-case names');
  const where = describeUrl(options.url);
  const client = new Client({
    connectionString: options.url,
    application_name: 'holdfast set-up',
    connectionTimeoutMillis: options.timeoutMs,
    query_timeout: options.timeoutMs,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await assertServer(client, where);
    for (let attempt = 1; ; attempt += 1) {
      try {
        await prepare(client, options, where);
        return;
      } catch (error) {
        if (attempt === MOST_ATTEMPTS || !AT_ONCE.includes(sqlState(error))) throw error;
      }
    }
  } catch (error) {
    throw operatingFailure(error, where);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function assertServer(client: Client, where: string): Promise<void> {
  const version = Math.floor(Number(await one(client, 'show server_version_num')) / 10_000);
  if (version < LEAST_VERSION) {
    throw new CodedError(
      'database.version',
      `The database at ${where} is PostgreSQL ${version}; Holdfast needs ${LEAST_VERSION} or newer.`,
      { database: where, version },
    );
  }
  const encoding = await one(client, 'show server_encoding');
  if (encoding === 'UTF8') return;
  throw new CodedError(
    'database.encoding',
    `The database at ${where} keeps text as ${encoding}; Holdfast needs UTF8. ` +
      'Create one with: createdb --encoding=UTF8 --template=template0 --locale=C NAME',
    { database: where, encoding },
  );
}

async function prepare(client: Client, { schema, role }: RoleOptions, where: string): Promise<void> {
  const roleIsThere = await one(client, 'select 1 from pg_roles where rolname = $1', [role]);
  if (roleIsThere === undefined) await createRole(client, role, where);
  if ((await one(client, MAY_SET_ROLE, [role])) !== true) await joinRole(client, role, where);
  const owner = await one(client, 'select pg_get_userbyid(nspowner) from pg_namespace where nspname = $1', [schema]);
  if (owner === undefined) await createSchema(client, schema, role, where);
  else if (owner !== role) {
    throw new CodedError(
      'database.foreign-schema',
      `The schema ${schema} in the database at ${where} belongs to ${owner}, not to Holdfast. Give Holdfast a database of its own.`,
      { database: where, schema, owner },
    );
  }
}

/** Since 16, being a member and being allowed to become the role are two things. */
const MAY_SET_ROLE = `select pg_has_role($1,
  case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end)`;

async function createRole(client: Client, role: string, where: string): Promise<void> {
  await forbidden(
    client.query(`create role ${role} nologin noinherit`),
    'database.may-not-create-role',
    `The user of the database at ${where} may not create roles, and Holdfast keeps the tables of each of its roles ` +
      `apart by one. As an administrator run: ALTER USER "${client.user}" CREATEROLE`,
    { database: where, role },
  );
}

/** The creator of a role may grant it, to itself too; someone else's role may not be ours to take. */
async function joinRole(client: Client, role: string, where: string): Promise<void> {
  await forbidden(
    client.query(`grant ${role} to current_user`),
    'database.may-not-use-role',
    `The user of the database at ${where} may not act as the role ${role}, which somebody else created. ` +
      `As an administrator run: GRANT ${role} TO "${client.user}"`,
    { database: where, role },
  );
}

async function createSchema(client: Client, schema: string, role: string, where: string): Promise<void> {
  try {
    await client.query(`create schema ${schema} authorization ${role}`);
  } catch (error) {
    // Who may create schemas and is told no was made a member by another one at this moment: the next time it is seen.
    const mayCreate = await one(client, "select has_database_privilege(current_database(), 'CREATE')");
    if (mayCreate === true) throw error;
    await forbidden(
      Promise.reject(error),
      'database.may-not-create-schema',
      `The user of the database at ${where} may not create schemas in it. ` +
        `As its owner run: GRANT CREATE ON DATABASE "${client.database}" TO "${client.user}"`,
      { database: where, schema },
    );
  }
}

async function forbidden(work: Promise<unknown>, code: string, sentence: string, details: object): Promise<void> {
  try {
    await work;
  } catch (error) {
    throw sqlState(error) === '42501' ? new CodedError(code, sentence, { ...details }, error) : error;
  }
}

async function one(client: Client, text: string, values: readonly unknown[] = []): Promise<unknown> {
  const { rows } = await client.query<unknown[]>({ text, values: [...values], rowMode: 'array' });
  return rows[0]?.[0];
}
