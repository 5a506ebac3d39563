import { Pool } from 'pg';

/** Whether a PostgreSQL answers the least that can be asked of it, on a connection of its own that waits for nobody. */
export type DatabaseProbe = AsyncDisposable & { readonly isAnswering: () => Promise<boolean> };

export function createDatabaseProbe(url: string, timeoutMs: number): DatabaseProbe {
  const pool = new Pool({
    connectionString: url,
    application_name: 'holdfast overview',
    max: 1,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    keepAlive: true,
  });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return {
    async isAnswering() {
      try {
        await pool.query('select 1');
        return true;
      } catch {
        return false;
      }
    },
    // One that hangs is not waited for: ending is not held up by what is looked at.
    [Symbol.asyncDispose]: async () => void pool.end().catch(() => undefined),
  };
}
