import { type Generated, type Selectable, sql } from 'kysely';
import {
  type FilingOutcome,
  type FilingStore,
  type KeptFiling,
  MAX_FILINGS_PER_READ,
} from '../../ports/filing-store.ts';
import type { Database } from './database.ts';
import type { Migration } from './migration.ts';

type FilingTable = {
  sequence: Generated<number>;
  matter: string;
  kept_at_ms: number;
  sealed: Uint8Array | null;
  receipt: string | null;
  refused: string | null;
};
export type FilingTables = { filing: FilingTable };

export const filingStoreMigrations: readonly Migration[] = [
  {
    name: 'filing',
    async up(open) {
      await sql`create table filing (
        sequence int8 generated always as identity primary key,
        matter text not null unique,
        kept_at_ms int8 not null,
        sealed bytea,
        receipt text,
        refused text,
        constraint filing_sealed_while_open check ((sealed is not null) = (receipt is null and refused is null))
      )`.execute(open);
      await sql`create index filing_waiting on filing (sequence) where sealed is not null`.execute(open);
      await sql`create index filing_refused on filing (sequence) where refused is not null`.execute(open);
    },
  },
];

/** Filings in PostgreSQL: the first row of a matter stays. */
export function createFilingStorePostgres({ kysely }: Database<FilingTables>): FilingStore {
  const all = () => kysely.selectFrom('filing').selectAll();
  const most = (limit: number) => Math.min(limit, MAX_FILINGS_PER_READ);

  async function read(matter: string): Promise<KeptFiling | undefined> {
    const row = await all().where('matter', '=', matter).executeTakeFirst();
    return row === undefined ? undefined : keptOf(row);
  }

  return {
    async keep({ matter, keptAt, sealed }, maxWaiting) {
      // The bound is for whoever keeps asking, not for the last one to the row: some at once may pass it together.
      await sql`insert into filing (matter, kept_at_ms, sealed)
        select ${matter}, ${keptAt}, ${Buffer.from(sealed)}
        where (select count(*) from filing where sealed is not null) < ${maxWaiting}
        on conflict (matter) do nothing`.execute(kysely);
      return read(matter);
    },
    read,
    async readWaiting(limit) {
      const rows = await all().where('sealed', 'is not', null).orderBy('sequence').limit(most(limit)).execute();
      return rows.map(keptOf);
    },
    async readRefused(limit) {
      const rows = await all()
        .where('refused', 'is not', null)
        .orderBy('sequence', 'desc')
        .limit(most(limit))
        .execute();
      return rows.map(keptOf);
    },
    async settle(matter, outcome) {
      const told = 'receipt' in outcome ? { receipt: JSON.stringify(outcome.receipt) } : { refused: outcome.refused };
      await kysely
        .updateTable('filing')
        .set({ ...told, sealed: null })
        .where('matter', '=', matter)
        .where('sealed', 'is not', null)
        .execute();
    },
    async remove(before, limit) {
      const { numAffectedRows } = await sql`delete from filing where sequence in
        (select sequence from filing where sealed is null and kept_at_ms < ${before} limit ${limit})`.execute(kysely);
      return Number(numAffectedRows ?? 0);
    },
  };
}

function keptOf({ matter, kept_at_ms, sealed, receipt, refused }: Selectable<FilingTable>): KeptFiling {
  return {
    ...{ matter, keptAt: kept_at_ms },
    ...(sealed === null ? {} : { sealed: new Uint8Array(sealed) }),
    ...(receipt === null ? {} : { outcome: { receipt: JSON.parse(receipt) } as FilingOutcome }),
    ...(refused === null ? {} : { outcome: { refused } }),
  };
}
