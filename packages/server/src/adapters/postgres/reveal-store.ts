import { sql } from 'kysely';
import { MAX_REVEALS, type RevealStore } from '../../ports/reveal-store.ts';
import type { Database } from './database.ts';
import type { Migration } from './migration.ts';

type RevealTable = { program: string; party: string; round: number; secret: string; at_ms: number };
export type RevealTables = { reveal: RevealTable };

export const revealStoreMigrations: readonly Migration[] = [
  {
    name: 'reveal',
    async up(open) {
      await sql`create table reveal (
        program text not null,
        party text not null,
        round int4 not null,
        secret text not null,
        at_ms int8 not null,
        primary key (program, party, round)
      )`.execute(open);
    },
  },
];

/** Reveals in PostgreSQL: the first row of a party and round stays. */
export function createRevealStorePostgres({ kysely }: Database<RevealTables>): RevealStore {
  return {
    async add(program, { party, round, secret, at }) {
      await kysely
        .insertInto('reveal')
        .values({ program, party, round, secret, at_ms: at })
        .onConflict((conflict) => conflict.columns(['program', 'party', 'round']).doNothing())
        .execute();
    },
    async read(program) {
      const rows = await kysely
        .selectFrom('reveal')
        .selectAll()
        .where('program', '=', program)
        .limit(MAX_REVEALS)
        .execute();
      return rows.map(({ party, round, secret, at_ms }) => ({ party, round, secret, at: at_ms }));
    },
  };
}
