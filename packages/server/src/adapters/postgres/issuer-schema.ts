import { sql } from 'kysely';
import type { OfferState } from '../../ports/issuer-store.ts';
import type { Migration } from './migration.ts';

export type OfferTable = {
  tenant: string;
  id: string;
  seed: string;
  request: string;
  link: string;
  code: string;
  tx_code: string | null;
  type: string;
  label: string | null;
  claims: Uint8Array | null;
  state: OfferState;
  guesses: number;
  until_ms: number;
  forget_at_ms: number;
  token: string | null;
  copies: string | null;
  replaces: string | null;
  reinstates: string | null;
  person: string | null;
};

export type ListTable = {
  tenant: string;
  number: number;
  uri: string;
  size: number;
  key_name: string;
  key: string;
  x5c: string;
  statement: string;
  used: number;
  opened_log: string | null;
  opened_size: number | null;
};

export type IssuedTable = {
  tenant: string;
  id: string;
  list: string;
  place: number;
  type: string;
  label: string | null;
  issued_at_ms: number;
  forget_at_ms: number;
  refresh: string | null;
  replaces: string | null;
  reinstates: string | null;
  person: string | null;
};

export type IssuerTables = {
  issuer_secret: { tenant: string; sealed: Uint8Array };
  offer: OfferTable;
  issuer_list: ListTable;
  issued: IssuedTable;
  used_nonce: { tenant: string; nonce: string; forget_at_ms: number };
};

export const issuerStoreMigrations: readonly Migration[] = [
  {
    name: 'issuer',
    async up(open) {
      await sql`create table issuer_secret (tenant text primary key, sealed bytea not null)`.execute(open);
      await sql`create table offer (
        tenant text not null, id text not null, seed text not null, request text not null, link text not null,
        code text not null, tx_code text, type text not null, label text, claims bytea, state text not null,
        guesses int4 not null, until_ms int8 not null, forget_at_ms int8 not null, token text, copies text,
        primary key (tenant, id), unique (tenant, seed), unique (tenant, link), unique (tenant, code),
        unique (tenant, token)
      )`.execute(open);
      await sql`create index offer_to_close on offer (until_ms) where state <> 'closed'`.execute(open);
      await sql`create index offer_to_forget on offer (forget_at_ms)`.execute(open);
      await sql`create index offer_with_claims on offer (tenant) where claims is not null`.execute(open);
      await sql`create table issuer_list (
        uri text primary key, tenant text not null, number int4 not null, size int4 not null, key_name text not null,
        key text not null, x5c text not null, statement text not null, used int4 not null check (used <= size),
        opened_log text, opened_size int8, unique (tenant, number)
      )`.execute(open);
      // The second unique is the assertion behind the keyed permutation: an index is never given out twice.
      await sql`create table issued (
        id text primary key, tenant text not null, list text not null, place int4 not null, type text not null,
        label text, issued_at_ms int8 not null, forget_at_ms int8 not null, unique (list, place)
      )`.execute(open);
      await sql`create index issued_by_label on issued (tenant, label, issued_at_ms)`.execute(open);
      await sql`create index issued_to_forget on issued (forget_at_ms)`.execute(open);
      await sql`create table used_nonce (
        tenant text not null, nonce text not null, forget_at_ms int8 not null, primary key (tenant, nonce)
      )`.execute(open);
      await sql`create index used_nonce_to_forget on used_nonce (forget_at_ms)`.execute(open);
    },
  },
  {
    name: 'issuer-replacing',
    async up(open) {
      await sql`alter table offer add column replaces text`.execute(open);
      await sql`alter table issued add column refresh text, add column replaces text`.execute(open);
      await sql`create index offer_replacing on offer (tenant, replaces) where replaces is not null`.execute(open);
      await sql`create index issued_together on issued (tenant, refresh) where refresh is not null`.execute(open);
      await sql`create index issued_replacing on issued (tenant, id) where replaces is not null`.execute(open);
    },
  },
  {
    name: 'issuer-reinstating',
    async up(open) {
      await sql`alter table offer add column reinstates text`.execute(open);
      await sql`alter table issued add column reinstates text`.execute(open);
      await sql`create index issued_reinstating on issued (tenant, reinstates) where reinstates is not null`.execute(
        open,
      );
    },
  },
  {
    name: 'issuer-codes',
    async up(open) {
      for (const table of ['offer', 'issued']) {
        const named = sql.table(table);
        await sql`alter table ${named} add column person text`.execute(open);
        await sql`create index ${sql.ref(`${table}_person`)} on ${named} (person) where person is not null`.execute(
          open,
        );
      }
    },
  },
];
