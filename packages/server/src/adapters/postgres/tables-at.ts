import { type RawBuilder, sql } from 'kysely';
import type { Database } from './database.ts';

/**
 * Names of the tables of the log in this place: 0 is the network's first, whose tables bear plain names, 1 the one that succeeded
 * it. A migration that changes one of these tables has to change those of later places too.
 */
export function tablesAt<Name extends string>(
  place: number,
  ...names: readonly Name[]
): Readonly<Record<Name, RawBuilder<unknown>>> {
  const named = names.map((name) => [name, sql.table(nameAt(place, name))] as const);
  return Object.fromEntries(named) as Record<Name, RawBuilder<unknown>>;
}

/** Makes those tables as the first ones are; `head` is given the one row that it has. What is there stays as it is. */
export async function makeTablesAt(
  { kysely }: Database,
  place: number,
  {
    names,
    head: [head, row],
  }: { readonly names: readonly string[]; readonly head: readonly [name: string, row: RawBuilder<unknown>] },
): Promise<void> {
  if (place === 0) return;
  for (const name of [...names, head]) {
    const made = sql.table(nameAt(place, name));
    await sql`create table if not exists ${made} (like ${sql.table(name)} including all)`.execute(kysely);
  }
  await sql`insert into ${sql.table(nameAt(place, head))} ${row} on conflict do nothing`.execute(kysely);
}

export async function hasTablesAt({ kysely }: Database, place: number, name: string): Promise<boolean> {
  const { rows } = await sql<{
    found: boolean;
  }>`select to_regclass(${nameAt(place, name)}) is not null as found`.execute(kysely);
  return rows[0]?.found === true;
}

function nameAt(place: number, name: string): string {
  return place === 0 ? name : `${name}_${place}`;
}
