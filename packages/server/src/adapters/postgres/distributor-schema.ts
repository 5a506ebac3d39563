import { sql } from 'kysely';
import { ACCEPT_FUNCTION } from './distributor-accept.ts';
import type { Migration } from './migration.ts';

/** The constraints are assertions, not the logic; but who counts for a person is decided by the one of `admission`. */
export const distributorStoreMigrations: readonly Migration[] = [
  {
    name: 'distributor',
    async up(open) {
      for (const step of [KEY, PROGRAM, ...APPLICATION, JUDGEMENT, ADMISSION, ...PAYMENT, TALLY]) {
        await sql.raw(step).execute(open);
      }
    },
  },
  {
    name: 'exceptions',
    async up(open) {
      await sql.raw('alter table judgement add column exception int8 check (exception >= 0)').execute(open);
    },
  },
  {
    name: 'distributor-codes',
    async up(open) {
      await sql`alter table sealed_application add column code text collate "C"`.execute(open);
      await sql`create index sealed_application_code on sealed_application (code) where code is not null`.execute(open);
    },
  },
  {
    name: 'late-admissions',
    async up(open) {
      await sql`alter table judgement add column sealed_as text`.execute(open);
    },
  },
  {
    name: 'accepting-at-once',
    async up(open) {
      await sql.raw(ACCEPT_FUNCTION).execute(open);
    },
  },
  {
    name: 'accepting-for-less',
    async up(open) {
      // Whoever adds a row has locked its program, and no program is ever taken away: asked again, each row paid for it.
      await sql`alter table application drop constraint application_program_fkey`.execute(open);
      // What was sent lies in its row up to a page of it, and not cut in two beside it with an index of the pieces.
      await sql`alter table sealed_application set (toast_tuple_target = 8160)`.execute(open);
    },
  },
];

// An erased key stays as a row without bytes, so that it does not come back.
const KEY = `create table nullifier_key (digest text collate "C" primary key, sealed bytea)`;

// Its row changes with every call of accept: room in its page for the next versions.
const PROGRAM = `create table program (
  number int4 generated always as identity primary key,
  id text collate "C" not null unique,
  digest text not null,
  count int4 not null default 0 check (count >= 0),
  closed_at_ms int8,
  intake text, seal text, draw text
) with (fillfactor = 50)`;

const APPLICATION = [
  `create table application (
    program int4 not null references program,
    sequence int4 not null,
    received_at_ms int8 not null,
    application text collate "C" not null,
    holder text collate "C" not null,
    salt text not null,
    acknowledgement text not null,
    primary key (program, application)
  )`,
  `create index application_by_holder on application (program, holder)`,
  // Apart, so that it is gone when it is erased, and not in the way of what is read without it.
  `create table sealed_application (
    program int4 not null, sequence int4 not null, sealed bytea not null, primary key (program, sequence)
  )`,
  // Ciphertext does not compress.
  `alter table sealed_application alter column sealed set storage external`,
  `create table unjudged (
    program int4 not null, sequence int4 not null, application text collate "C" not null,
    primary key (program, sequence)
  )`,
];

const JUDGEMENT = `create table judgement (
  program int4 not null,
  application text collate "C" not null,
  verdict text,
  refused text,
  issuer text, nullifier text collate "C", held bool, want text, weight text,
  primary key (program, application),
  foreign key (program, application) references application,
  check ((refused is null) = (issuer is not null and nullifier is not null and held is not null)),
  check (refused is null or (want is null and weight is null))
)`;

const ADMISSION = `create table admission (
  program int4 not null,
  application text collate "C" not null,
  nullifier text collate "C" not null,
  primary key (program, application),
  unique (program, nullifier),
  foreign key (program, application) references judgement
)`;

const PAYMENT = [
  `create table payment (
    program int4 not null,
    application text collate "C" not null,
    amount numeric(39) not null check (amount >= 0),
    state text not null check (state in ('planned', 'reserved', 'posted', 'voided', 'carried')),
    at_ms int8 not null,
    settled_by text,
    primary key (program, application),
    foreign key (program, application) references admission
  )`,
  `create index payment_by_state on payment (program, state, application)`,
];

// How many are judged, admitted, refused, and in each state of payment: counted by whatever changes it.
const TALLY = `create table tally (
  program int4 not null, name text collate "C" not null, count int8 not null, total numeric not null,
  primary key (program, name)
) with (fillfactor = 50)`;
