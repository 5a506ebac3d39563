import { sql } from 'kysely';
import type { Lease, LeaseHolder } from '../../ports/lease.ts';
import type { Database } from './database.ts';
import type { Migration } from './migration.ts';

type LeaseRow = { holder: string; address: string | null; fence: number };

export const leaseMigrations: readonly Migration[] = [
  {
    name: 'lease',
    up: (open) =>
      sql`create table lease (
        name text primary key, holder text not null, address text, fence int8 not null, until timestamptz not null
      )`.execute(open),
  },
];

/** Leases as rows, by the clock of the server: those who take them need not agree on the time. */
export function createLeasePostgres({ kysely }: Database): Lease {
  return {
    async take(name, { holder, address }, forMs) {
      const { rows } = await sql<LeaseRow>`
        insert into lease as held (name, holder, address, fence, until)
        values (${name}, ${holder}, ${address ?? null}, 1, clock_timestamp() + ${forMs} * interval '1 millisecond')
        on conflict (name) do update set
          holder = excluded.holder, address = excluded.address, until = excluded.until,
          fence = held.fence + case when held.until > clock_timestamp() then 0 else 1 end
        where held.until <= clock_timestamp() or held.holder = excluded.holder
        returning holder, address, fence`.execute(kysely);
      return holderOf(rows[0]);
    },
    async release(name, holder) {
      await sql`update lease set until = clock_timestamp() where name = ${name} and holder = ${holder}`.execute(kysely);
    },
    async read(name) {
      const { rows } = await sql<LeaseRow>`
        select holder, address, fence from lease where name = ${name} and until > clock_timestamp()`.execute(kysely);
      return holderOf(rows[0]);
    },
  };
}

function holderOf(row: LeaseRow | undefined): LeaseHolder | undefined {
  if (row === undefined) return undefined;
  const { holder, address, fence } = row;
  return { holder, fence, ...(address === null ? {} : { address }) };
}
