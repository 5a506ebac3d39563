import { sql } from 'kysely';
import type { Migration } from './migration.ts';

/**
 * The constraints are assertions about the fold, not its logic: a batch that breaks one is refused whole, and so is a
 * balance that somebody changes by hand.
 */
export const ledgerStoreMigrations: readonly Migration[] = [
  {
    name: 'ledger',
    async up(open) {
      const steps = [HEAD, ASSET, ACCOUNT, TRANSFER, ...INDEXES, ...ASSERTIONS, SUMS];
      for (const step of steps) await sql.raw(step).execute(open);
      await sql`insert into ledger_head (epoch, batch, time_ms) values (0, 0, 0)`.execute(open);
    },
  },
];

const HEAD = `create table ledger_head (
  one bool primary key default true check (one), epoch int8 not null, batch int8 not null, time_ms int8 not null
)`;

const ASSET = `create table asset (
  code text collate "C" primary key, decimals int2 not null, unique (code, decimals)
)`;

// Room in each page for the next versions of its rows: balances move without touching the index.
const ACCOUNT = `create table account (
  id text collate "C" primary key,
  asset text collate "C" not null, decimals int2 not null,
  rule text not null check (rule in ('none', 'debits-must-not-exceed-credits', 'credits-must-not-exceed-debits')),
  max_reserved numeric(39),
  debits_pending numeric(39) not null default 0,
  debits_posted numeric(39) not null default 0,
  credits_pending numeric(39) not null default 0,
  credits_posted numeric(39) not null default 0,
  at_ms int8 not null,
  foreign key (asset, decimals) references asset (code, decimals),
  check (debits_pending >= 0 and debits_posted >= 0 and credits_pending >= 0 and credits_posted >= 0),
  check (rule <> 'debits-must-not-exceed-credits' or debits_pending + debits_posted <= credits_posted),
  check (rule <> 'credits-must-not-exceed-debits' or credits_pending + credits_posted <= debits_posted),
  check (max_reserved is null or debits_pending <= max_reserved)
) with (fillfactor = 70)`;

const TRANSFER = `create table transfer (
  id text collate "C" primary key,
  kind text not null check (kind in ('posted', 'pending', 'post', 'void')),
  debit text collate "C", credit text collate "C", pending text collate "C",
  amount numeric(39), expires_at_ms int8, reference text,
  at_ms int8 not null,
  state text not null check (state in ('refused', 'pending', 'posted', 'voided', 'expired')),
  why text, posted numeric(39), ended_at_ms int8, ended_by text collate "C",
  check ((kind in ('posted', 'pending')) = (debit is not null and credit is not null and pending is null)),
  check ((state = 'refused') = (why is not null)),
  check ((state = 'posted') = (posted is not null)),
  check (posted is null or (posted > 0 and (amount is null or posted <= amount))),
  check (state <> 'pending' or kind = 'pending'),
  check ((ended_at_ms is not null) = (kind = 'pending' and state in ('posted', 'voided', 'expired')))
)`;

const INDEXES = [
  // Each reserve is ended by one transfer.
  `create unique index transfer_ends on transfer (pending) where pending is not null and state <> 'refused'`,
  `create index transfer_reserved_from on transfer (debit, at_ms, id) where state = 'pending'`,
  `create index transfer_reserved_for on transfer (credit, at_ms, id) where state = 'pending'`,
  `create index transfer_expires on transfer (expires_at_ms, id) where state = 'pending' and expires_at_ms is not null`,
];

const ASSERTIONS = [
  `create function assert_written(what text, written int8, wanted int8) returns bool language plpgsql as $$
  begin
    if written <> wanted then
      raise exception '% of % rows of % were there to be written', written, wanted, what;
    end if;
    return true;
  end $$`,
  `create function assert_conserved() returns trigger language plpgsql as $$
  begin
    if exists (
      select from (
        select asset, credits_posted - debits_posted as posted, credits_pending - debits_pending as pending from after
        union all
        select asset, debits_posted - credits_posted, debits_pending - credits_pending from before
      ) as change
      group by asset having sum(posted) <> 0 or sum(pending) <> 0
    ) then
      raise exception 'the balances of a batch do not sum to zero';
    end if;
    return null;
  end $$`,
  `create trigger account_conserved after update on account
    referencing old table as before new table as after
    for each statement execute function assert_conserved()`,
];

const SUMS = `create view asset_sums as
  select asset.code as asset, asset.decimals, count(account.id)::int8 as accounts,
    coalesce(sum(debits_posted), 0) as debits_posted, coalesce(sum(credits_posted), 0) as credits_posted,
    coalesce(sum(debits_pending), 0) as debits_pending, coalesce(sum(credits_pending), 0) as credits_pending
  from asset left join account on account.asset = asset.code
  group by asset.code`;
