import { assert } from '@holdfast/core';
import type { PostgresPool, PostgresPoolClient } from 'kysely';
import { Pool, type PoolClient, types } from 'pg';
import { busy, describeUrl, isBroken, operatingFailure } from './failure.ts';

export type PoolSettings = {
  readonly url: string;
  readonly schema: string;
  readonly role: string;
  readonly poolMax: number;
  /** How many may wait for a connection; the next one gets `database.busy` at once. */
  readonly waitingMax: number;
  /** For a free connection, and for a new one to be made. */
  readonly waitTimeoutMs: number;
  readonly statementTimeoutMs: number;
};

/** The server cancels a late statement itself; this much later we take the connection for dead. */
const SILENCE_MS = 5_000;

const INT8 = 20;
const INT8_ARRAY = 1016;

/**
 * Connections that are the role from their first moment: `role` and `search_path` are part of the start-up message, so
 * there is no statement to forget, and `RESET ROLE` leads back to the role, not to the user who connected.
 */
export function createPool(settings: PoolSettings): PostgresPool {
  const pool = new Pool({
    connectionString: withOptions(settings),
    application_name: `holdfast ${settings.schema}`,
    max: settings.poolMax,
    connectionTimeoutMillis: settings.waitTimeoutMs,
    query_timeout: settings.statementTimeoutMs + SILENCE_MS,
    keepAlive: true,
    types: { getTypeParser: (oid: number, format?: 'text' | 'binary') => parserOf(oid, format ?? 'text') },
  });
  const where = describeUrl(settings.url);
  // An idle connection that dies is dropped by the pool; whoever asks next gets a new one, or is told why not.
  pool.on('error', () => undefined);
  // A server that dies may end a connection with the very bytes that open it, before anybody has it who could listen;
  // an error that nobody listens to would end this process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      if (pool.waitingCount >= settings.waitingMax) throw busy(where);
      try {
        return lease(await pool.connect(), where);
      } catch (error) {
        throw operatingFailure(error, where);
      }
    },
  };
}

function withOptions({ url, role, schema, statementTimeoutMs }: PoolSettings): string {
  const ours = {
    role,
    search_path: schema,
    statement_timeout: statementTimeoutMs,
    lock_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs,
    // Whatever the operator's database has for its default: a statement alone is a transaction too.
    default_transaction_isolation: 'read\\ committed',
    client_min_messages: 'warning',
    TimeZone: 'UTC',
  };
  const address = new URL(url);
  const given = address.searchParams.get('options');
  const options = Object.entries(ours).map(([name, value]) => `-c ${name}=${value}`);
  address.searchParams.set('options', [...(given === null ? [] : [given]), ...options].join(' '));
  return address.href;
}

/** One use of a connection: a connection that broke during it is not given to the next. */
function lease(client: PoolClient, where: string): PostgresPoolClient {
  let broken = false;
  const onError = (): void => {
    broken = true;
  };
  client.on('error', onError);
  const query = async (text: string, values: readonly unknown[]): Promise<unknown> => {
    try {
      return await client.query(text, [...values]);
    } catch (error) {
      broken ||= isBroken(error);
      throw operatingFailure(error, where);
    }
  };
  return {
    // Kysely asks for two overloads and calls the other only with a cursor class, which it is not given.
    query: query as unknown as PostgresPoolClient['query'],
    release(destroy?: boolean) {
      client.off('error', onError);
      client.release(broken || destroy === true);
    },
  };
}

function parserOf(oid: number, format: 'text' | 'binary'): (text: string) => unknown {
  if (oid === INT8) return parseInt8;
  if (oid === INT8_ARRAY) return parseInt8Array;
  return types.getTypeParser(oid, format);
}

/** An int8 as a number. A larger one would be rounded in silence: ask for `::text` where amounts may be so large. */
function parseInt8(text: string): number {
  const value = Number(text);
  assert(Number.isSafeInteger(value), 'an int8 read as a number is a safe integer');
  return value;
}

function parseInt8Array(text: string): readonly (number | null)[] {
  if (text === '{}') return [];
  return text
    .slice(1, -1)
    .split(',')
    .map((item) => (item === 'NULL' ? null : parseInt8(item)));
}
