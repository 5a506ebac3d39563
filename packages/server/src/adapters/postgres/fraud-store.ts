import { type FraudStore, MAX_KEPT_FRAUD } from '@holdfast/verifier';
import { sql } from 'kysely';
import type { Database } from './database.ts';
import type { Migration } from './migration.ts';

export type FraudTables = { kept_fraud: { digest: string; proof: Buffer } };

/** For the schema of whoever follows a log. */
export const fraudStoreMigrations: readonly Migration[] = [
  {
    name: 'kept-fraud',
    async up(open) {
      await sql`create table kept_fraud (digest text primary key, proof bytea not null)`.execute(open);
    },
  },
];

export function createFraudStorePostgres({ kysely }: Database<FraudTables>): FraudStore {
  return {
    async readFraud() {
      const rows = await kysely.selectFrom('kept_fraud').select(['digest', 'proof']).execute();
      const kept = rows.map(({ digest, proof }) => ({ digest, proof: proof.toString('utf8') }));
      return kept.sort((a, b) => (a.digest < b.digest ? -1 : 1));
    },
    async keepFraud({ digest, proof }) {
      await sql`
        insert into kept_fraud (digest, proof)
        select ${digest}, ${Buffer.from(proof, 'utf8')}::bytea
        where (select count(*) from kept_fraud) < ${MAX_KEPT_FRAUD}
        on conflict (digest) do nothing`.execute(kysely);
    },
  };
}
