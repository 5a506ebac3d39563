import type { Pool } from 'pg';

/** The artificial capacity, printed: the writer is held so long for each row, and so much longer for each transaction. */
export const WRITER_MS = 16;
export const COMMIT_MS = 2;

/** Holds whoever writes to this table. After the row: the row of a balance is locked by then, as it is where it is hot. */
export async function holdWriter(pool: Pool, table: string, what: 'insert' | 'update'): Promise<void> {
  for (const [each, ms] of Object.entries({ row: WRITER_MS, statement: COMMIT_MS })) {
    const name = `hold_${each}`;
    await pool.query(`create or replace function public.${name}() returns trigger language plpgsql as
      $$ begin perform pg_sleep(${ms / 1000}); return null; end $$`);
    await pool.query(`grant execute on function public.${name}() to public`);
    await pool.query(`create or replace trigger ${name} after ${what} on ${table}
      for each ${each} execute function public.${name}()`);
  }
}
