import { createHash } from 'node:crypto';
import { encodeBase64url, isCodedError, sha256 } from '@holdfast/core';
import type { Client } from 'pg';
import type { Logger } from 'pino';
import { prepareLogin } from '../adapters/postgres/login.ts';
import { roleOf } from '../adapters/postgres/role.ts';

type Asked = Omit<Parameters<typeof prepareLogin>[0], 'url' | 'password'>;

/** Addresses of the database, one for each role, that lead to its own tables and to no others. */
export type RoleLogins = {
  readonly of: (schema: string) => Promise<string>;
  readonly ofVerifier: (id: string) => Promise<string>;
};

/**
 * `url` is of a user who may create roles; no role is given it. Where the server allows no such logins, every role gets `url`
 * as it is, and that is logged: what keeps their tables apart is then this process alone.
 */
export function createRoleLogins(
  url: string,
  logger: Logger,
  /** What a role's login has for a password that all its processes know; default one for this process alone. */
  passwordOf: (holder: string) => Promise<string | undefined> = async () => undefined,
): RoleLogins {
  let isTold = false;
  /** Made once each: making a login again gives it another password, and whoever has the first is not let in any more. */
  /** At most one for each role of this process. */
  const made = new Map<string, Promise<string>>();
  function login(holder: string, options: Asked): Promise<string> {
    const known = made.get(holder);
    if (known !== undefined) return known;
    const making = make(holder, options);
    made.set(holder, making);
    making.catch(() => made.delete(holder));
    return making;
  }

  async function make(holder: string, options: Asked): Promise<string> {
    try {
      const password = await passwordOf(holder);
      return await prepareLogin({ ...options, url, ...(password === undefined ? {} : { password }) });
    } catch (error) {
      if (!isCodedError(error) || error.code !== 'database.may-not-isolate') throw error;
      if (!isTold) logger.warn({ code: error.code }, error.message);
      isTold = true;
      return url;
    }
  }
  return {
    of: (schema) => login(schema, { schema }),
    ofVerifier: (id) =>
      login(`verifier-${id}`, {
        schema: verifierSchema(id),
        // The networks that it follows beside its own are not known beforehand.
        mayCreateSchemas: true,
        adopts: (client) => readFollowed(client, id),
      }),
  };
}

export function verifierSchema(id: string): string {
  return `verifier_${id.replaceAll('-', '_')}`;
}

/** Where a verifier keeps what it has read of another network. */
export function followedSchema(verifier: string, network: string): string {
  return `followed_${createHash('sha256').update(`${verifier} ${network}`).digest('hex').slice(0, 24)}`;
}

/** Schemas of networks that this verifier followed before they were its own: which they are, their first entry tells. */
async function readFollowed(client: Client, verifier: string): Promise<string[]> {
  const { rows } = await client.query<{ schema: string }>(
    `select nspname as schema from pg_namespace
     where nspname like 'followed_%' and pg_get_userbyid(nspowner) = 'holdfast_' || nspname`,
  );
  const found: string[] = [];
  for (const { schema } of rows) {
    const genesis = await readGenesis(client, schema);
    if (genesis === undefined) continue;
    if (followedSchema(verifier, encodeBase64url(sha256(new Uint8Array(genesis)))) === schema) found.push(schema);
  }
  return found;
}

async function readGenesis(client: Client, schema: string): Promise<Buffer | undefined> {
  await client.query(`set role ${roleOf(schema)}`);
  try {
    const { rows } = await client.query<{ entry: Buffer }>(
      `select entry from ${schema}.followed_entry where index = 0`,
    );
    return rows[0]?.entry;
  } finally {
    await client.query('reset role');
  }
}
