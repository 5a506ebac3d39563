import { type KeyChange, MAX_KEY_CHANGES } from '@holdfast/core';
import { type Selectable, sql } from 'kysely';
import type { AccountKeyStore } from '../../ports/account-key-store.ts';
import type { Database } from './database.ts';
import type { Migration } from './migration.ts';

type KeyTable = {
  id: string;
  account: string;
  number: number;
  to_key: string;
  at_ms: number;
  effective_at_ms: number;
  ordered: string;
  cancelled_by: string | null;
};
export type AccountKeyTables = { account_key: KeyTable };

export const accountKeyMigrations: readonly Migration[] = [
  {
    name: 'account key',
    async up(open) {
      await sql`create table account_key (
        account text not null,
        number int4 not null,
        id text not null,
        to_key text not null,
        at_ms int8 not null,
        effective_at_ms int8 not null,
        ordered text not null,
        cancelled_by text,
        primary key (account, number)
      )`.execute(open);
    },
  },
];

/** Keys of accounts in PostgreSQL: the first row of an account and number stays. */
export function createAccountKeyStorePostgres({ kysely }: Database<AccountKeyTables>): AccountKeyStore {
  return {
    async append(change) {
      const { to: to_key, at: at_ms, effectiveAt: effective_at_ms, order: ordered, id, account, number } = change;
      await kysely
        .insertInto('account_key')
        .values({ ...{ id, account, number, to_key, at_ms, effective_at_ms, ordered }, cancelled_by: null })
        .onConflict((conflict) => conflict.columns(['account', 'number']).doNothing())
        .execute();
      const kept = kysely.selectFrom('account_key').selectAll().where('account', '=', account);
      return changeOf(await kept.where('number', '=', number).executeTakeFirstOrThrow());
    },
    async cancel({ account, number, id, cancelledBy }) {
      const noting = kysely.updateTable('account_key').set({ cancelled_by: cancelledBy });
      const ours = noting.where('account', '=', account).where('number', '=', number).where('id', '=', id);
      await ours.where('cancelled_by', 'is', null).execute();
    },
    async read(account) {
      const rows = kysely.selectFrom('account_key').selectAll().where('account', '=', account);
      return (await rows.orderBy('number').limit(MAX_KEY_CHANGES).execute()).map(changeOf);
    },
  };
}

function changeOf(row: Selectable<KeyTable>): KeyChange {
  const { id, account, number, to_key: to, at_ms: at, effective_at_ms: effectiveAt, ordered: order } = row;
  const change = { id, account, number, to, at, effectiveAt, order };
  return row.cancelled_by === null ? change : { ...change, cancelledBy: row.cancelled_by };
}
