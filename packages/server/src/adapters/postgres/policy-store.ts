import { type Generated, sql } from 'kysely';
import { MAX_POLICIES, type PolicyRecord, type PolicyStore } from '../../ports/policy-store.ts';
import type { Database } from './database.ts';
import type { Migration } from './migration.ts';

type PolicyTable = {
  sequence: Generated<number>;
  digest: string;
  text: string;
  since_ms: number;
};

export type PolicyTables = { policy: PolicyTable };

export const policyStoreMigrations: readonly Migration[] = [
  {
    name: 'policy',
    async up(open) {
      await sql`create table policy (
        sequence int8 generated always as identity primary key,
        digest text not null,
        text text not null,
        since_ms int8 not null
      )`.execute(open);
      await sql`create index policy_by_digest on policy (digest, sequence)`.execute(open);
    },
  },
];

/** Policies in PostgreSQL: one row each, the last one in force; replaced under a lock of the table. */
export function createPolicyStorePostgres({ kysely }: Database<PolicyTables>): PolicyStore {
  const latest = (open: typeof kysely) =>
    open.selectFrom('policy').selectAll().orderBy('sequence', 'desc').limit(1).executeTakeFirst();

  return {
    async readCurrent() {
      return recordOf(await latest(kysely));
    },
    async read(digest) {
      const row = await kysely
        .selectFrom('policy')
        .selectAll()
        .where('digest', '=', digest)
        .orderBy('sequence', 'desc')
        .limit(1)
        .executeTakeFirst();
      return recordOf(row);
    },
    async replace({ digest, text, since }, expected) {
      return kysely.transaction().execute(async (open) => {
        await sql`lock table policy in share row exclusive mode`.execute(open);
        if ((await latest(open))?.digest !== expected) return false;
        await open.insertInto('policy').values({ digest, text, since_ms: since }).execute();
        await open
          .deleteFrom('policy')
          .where('sequence', 'in', (query) =>
            query.selectFrom('policy').select('sequence').orderBy('sequence', 'desc').offset(MAX_POLICIES),
          )
          .execute();
        return true;
      });
    },
  };
}

function recordOf(row: { digest: string; text: string; since_ms: number } | undefined): PolicyRecord | undefined {
  return row === undefined ? undefined : { digest: row.digest, text: row.text, since: row.since_ms };
}
