import { sql } from 'kysely';
import type { Database } from './database.ts';

/**
 * Every list of an issuer that was set back counts as full: places that were given out since are forgotten, and must not be given
 * out again. The next list is opened instead. Says how many had room left.
 */
export async function fillIssuerLists({ kysely }: Database): Promise<number> {
  const { rows } = await sql`update issuer_list set used = size where used < size returning uri`.execute(kysely);
  return rows.length;
}
