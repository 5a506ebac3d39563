import { type Selectable, sql } from 'kysely';
import { type JoiningStore, type KeptJoining, MAX_JOININGS_PER_READ } from '../../ports/joining-store.ts';
import type { Database } from './database.ts';
import type { Migration } from './migration.ts';

type JoiningTable = {
  id: string;
  party: string;
  request: string;
  sealed: Uint8Array | null;
  received_at_ms: number;
  declined: string | null;
};
export type JoiningTables = { joining: JoiningTable };

export const joiningStoreMigrations: readonly Migration[] = [
  {
    name: 'joining',
    async up(open) {
      await sql`create table joining (
        id text primary key, party text not null, request text not null, sealed bytea,
        received_at_ms int8 not null, declined text
      )`.execute(open);
      await sql`create index joining_open on joining (received_at_ms) where declined is null`.execute(open);
    },
  },
];

/** Requests to join in PostgreSQL: the first row of an id stays. */
export function createJoiningStorePostgres({ kysely }: Database<JoiningTables>): JoiningStore {
  const all = () => kysely.selectFrom('joining').selectAll();
  const countOpen = async (party?: string): Promise<number> => {
    const query = kysely
      .selectFrom('joining')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('declined', 'is', null);
    const own = party === undefined ? query : query.where('party', '=', party);
    return Number((await own.executeTakeFirstOrThrow()).count);
  };

  return {
    async add(joining, { maxOpen, maxOpenPerParty }) {
      const known = await all().where('id', '=', joining.id).executeTakeFirst();
      if (known !== undefined) return { answer: 'repeat', kept: keptOf(known) };
      if ((await countOpen()) >= maxOpen) return { answer: 'full' };
      if ((await countOpen(joining.party)) >= maxOpenPerParty) return { answer: 'party-full' };
      const { id, party, request, sealed, receivedAt: received_at_ms } = joining;
      const row = { id, party, request, sealed: Buffer.from(sealed), received_at_ms, declined: null };
      const inserted = await kysely
        .insertInto('joining')
        .values(row)
        .onConflict((conflict) => conflict.column('id').doNothing())
        .executeTakeFirst();
      const kept = keptOf(await all().where('id', '=', id).executeTakeFirstOrThrow());
      return { answer: inserted.numInsertedOrUpdatedRows === 1n ? 'kept' : 'repeat', kept };
    },
    async read(id) {
      const row = await all().where('id', '=', id).executeTakeFirst();
      return row === undefined ? undefined : keptOf(row);
    },
    async readOpen() {
      const open = all().where('declined', 'is', null).orderBy('received_at_ms');
      return (await open.limit(MAX_JOININGS_PER_READ).execute()).map(keptOf);
    },
    async decline(id, reason) {
      const declined = await kysely
        .updateTable('joining')
        .set((eb) => ({ declined: eb.fn.coalesce('declined', eb.val(reason)), sealed: null }))
        .where('id', '=', id)
        .executeTakeFirst();
      return declined.numUpdatedRows === 1n;
    },
    async countBefore(id) {
      const { rows } = await sql<{ count: number }>`select count(*) as count from joining
        where declined is null and received_at_ms < (select received_at_ms from joining where id = ${id})`.execute(
        kysely,
      );
      return Number(rows[0]?.count ?? 0);
    },
    async forget(time, limit) {
      const { numAffectedRows } = await sql`delete from joining where ctid in
        (select ctid from joining where received_at_ms < ${time} limit ${limit})`.execute(kysely);
      return Number(numAffectedRows ?? 0);
    },
  };
}

function keptOf({ id, party, request, sealed, received_at_ms, declined }: Selectable<JoiningTable>): KeptJoining {
  return {
    ...{ id, party, request, receivedAt: received_at_ms },
    ...(sealed === null ? {} : { sealed: new Uint8Array(sealed) }),
    ...(declined === null ? {} : { declined }),
  };
}
