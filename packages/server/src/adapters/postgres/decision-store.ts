import { assert, CodedError, type DecisionOpenings, type DecisionTerms } from '@holdfast/core';
import { type Generated, type Insertable, type Selectable, sql } from 'kysely';
import {
  type DecisionBatch,
  type DecisionStore,
  type KeptApproval,
  type KeptProposal,
  MAX_PROPOSALS_PER_READ,
  type NewProposal,
  type ProposalOutcome,
} from '../../ports/decision-store.ts';
import { type Database, statement } from './database.ts';
import type { Migration } from './migration.ts';

type ProposalTable = {
  sequence: Generated<number>;
  id: string;
  idempotency_key: string;
  request: string;
  digest: string;
  /** JSON as text: read back exactly as written, whatever a jsonb would make of it. */
  terms: string;
  openings: string;
  quorum: number;
  proposed_at_ms: number;
  expires_at_ms: number;
  batch: string | null;
  outcome: string | null;
};

type ApprovalTable = {
  sequence: Generated<number>;
  proposal: string;
  officer: string;
  approval: string;
  at_ms: number;
};

type BatchTable = {
  sequence: Generated<number>;
  id: string;
  proposals: string;
  statements: string;
};

/** With the approvals of each, in the order in which they came. */
type KeptTable = ProposalTable & { approvals: readonly KeptApproval[] };
type KeptRow = Selectable<KeptTable>;

export type DecisionTables = {
  proposal: ProposalTable;
  kept_proposal: KeptTable;
  approval: ApprovalTable;
  batch: BatchTable;
};

export const decisionStoreMigrations: readonly Migration[] = [
  {
    name: 'decision',
    async up(open) {
      await sql`create table proposal (
        sequence int8 generated always as identity primary key,
        id text not null unique,
        idempotency_key text not null unique,
        request text not null,
        digest text not null,
        terms text not null,
        openings text not null,
        quorum int4 not null,
        proposed_at_ms int8 not null,
        expires_at_ms int8 not null,
        batch text,
        outcome text
      )`.execute(open);
      await sql`create index proposal_open on proposal (sequence) where batch is null and outcome is null`.execute(
        open,
      );
      await sql`create table approval (
        sequence int8 generated always as identity primary key,
        proposal text not null references proposal (id),
        officer text not null,
        approval text not null,
        at_ms int8 not null,
        unique (proposal, officer)
      )`.execute(open);
      await sql`create table batch (
        sequence int8 generated always as identity primary key,
        id text not null unique,
        proposals text not null,
        statements text not null
      )`.execute(open);
    },
  },
  {
    // A function, so that an officer waits for one answer and not for two: its second statement sees what was there once the row was
    // locked, the approvals of others among it. What is in a batch meanwhile is seen to be in it, and nothing is added.
    name: 'decision_kept_proposal',
    async up(open) {
      await sql`create view kept_proposal as select *, coalesce((
        select json_agg(json_build_object('officer', officer, 'approval', approval, 'at', at_ms) order by sequence)
        from approval where approval.proposal = proposal.id
      ), '[]') as approvals from proposal`.execute(open);
      await sql`create function add_approval(of_proposal text, of_officer text, signed text, given_at_ms int8)
        returns setof kept_proposal language sql volatile as $$
          with open as (
            select id from proposal where id = of_proposal and batch is null and outcome is null for update
          )
          insert into approval (proposal, officer, approval, at_ms)
          select id, of_officer, signed, given_at_ms from open
          on conflict (proposal, officer) do nothing;
          select * from kept_proposal where id = of_proposal;
        $$`.execute(open);
    },
  },
];

/**
 * Proposals in PostgreSQL. A proposal's row is locked by whatever changes it, so approvals and batches take turns. Each call is one
 * statement, because each is waited for by an officer behind everything that the same process has to do just then.
 */
export function createDecisionStorePostgres(database: Database<DecisionTables>): DecisionStore {
  const { kysely } = database;
  const kept = () => kysely.selectFrom('kept_proposal').selectAll();

  async function readOne(by: 'id' | 'idempotency_key', value: string): Promise<KeptProposal | undefined> {
    const row = await kept().where(by, '=', value).executeTakeFirst();
    return row === undefined ? undefined : proposalOf(row);
  }

  return {
    async create(proposal) {
      const made = await statement(database, (one) =>
        one
          .insertInto('proposal')
          .values(rowOf(proposal))
          .onConflict((conflict) => conflict.column('idempotency_key').doNothing())
          .returningAll()
          .executeTakeFirst(),
      );
      if (made !== undefined) return proposalOf({ ...made, approvals: [] });
      const known = await readOne('idempotency_key', proposal.idempotencyKey);
      assert(known !== undefined, 'a proposal is kept under its key');
      return known;
    },
    read: (id) => readOne('id', id),
    async readEach(ids) {
      const rows = await kept().where(isOneOf(ids)).orderBy('sequence').execute();
      return rows.map(proposalOf);
    },
    readByKey: (idempotencyKey) => readOne('idempotency_key', idempotencyKey),
    async readLatest(limit) {
      const most = Math.min(limit, MAX_PROPOSALS_PER_READ);
      const rows = await kept().orderBy('sequence', 'desc').limit(most).execute();
      return rows.map(proposalOf);
    },
    async readOpen(time) {
      const rows = await kept().where(isOpenAt(time)).orderBy('sequence').limit(MAX_PROPOSALS_PER_READ).execute();
      return rows.map(proposalOf);
    },
    async countOpen(time) {
      const open = kysely.selectFrom('proposal').where(isOpenAt(time)).select('sequence').limit(MAX_PROPOSALS_PER_READ);
      const { count } = await kysely
        .selectFrom(open.as('open'))
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow();
      return count;
    },
    async addApproval(id, { officer, approval, at }) {
      const { rows } = await statement(database, (one) =>
        sql<KeptRow>`select * from add_approval(${id}, ${officer}, ${approval}, ${at}::int8)`.execute(one),
      );
      return rows[0] === undefined ? undefined : proposalOf(rows[0]);
    },
    async readAfter(id) {
      const behind = id === undefined ? sql`0` : sql`(select sequence from proposal where id = ${id})`;
      const query = kept().where(sql<boolean>`sequence > ${behind}`);
      return (await query.orderBy('sequence').limit(MAX_PROPOSALS_PER_READ).execute()).map(proposalOf);
    },
    async replaceOpenings(id, openings, time) {
      const replacing = kysely.updateTable('proposal').set({ openings: JSON.stringify(openings) });
      const { numUpdatedRows } = await replacing
        .where('id', '=', id)
        .where('batch', 'is', null)
        .where(sql<boolean>`(outcome is not null or expires_at_ms <= ${time})`)
        .executeTakeFirst();
      return numUpdatedRows === 1n;
    },
    async createBatch(batch) {
      const { rows } = await statement(database, (one) => insertionOf(batch).execute(one));
      if (rows.length === 1) return;
      throw new CodedError('decision.batch-conflict', 'A proposal of this batch is being carried out or is over.');
    },
    async readBatches() {
      const rows = await kysely.selectFrom('batch').selectAll().orderBy('sequence').execute();
      return rows.map(({ id, proposals, statements }) => ({
        id,
        proposals: JSON.parse(proposals) as string[],
        statements: JSON.parse(statements) as string[],
      }));
    },
    async settle(batch, outcomes) {
      const ids = outcomes.map(({ proposal }) => proposal);
      const texts = outcomes.map(({ outcome }) => JSON.stringify(outcome));
      await statement(database, (one) =>
        sql`with gone as (delete from batch where id = ${batch} returning id, proposals)
          update proposal set batch = null, outcome = (
            select text from unnest(${ids}::text[], ${texts}::text[]) as settled (of, text) where of = proposal.id
          )
          from gone
          where proposal.batch = gone.id and proposal.id in (select json_array_elements_text(gone.proposals::json))
        `.execute(one),
      );
    },
  };
}

function isOpenAt(time: number) {
  return sql<boolean>`(batch is null and outcome is null and expires_at_ms > ${time}::int8)`;
}

function isOneOf(ids: readonly string[]) {
  return sql<boolean>`id = any(${ids}::text[])`;
}

/** Nothing is written unless every proposal of it is open. Their rows are locked in one order, so two planners do not hold each other up. */
function insertionOf({ id, proposals, statements }: DecisionBatch) {
  return sql`
    with open as (
      select proposal.id from proposal
      where ${isOneOf(proposals)} and batch is null and outcome is null order by sequence for update
    ), whole as (
      select from open having count(*) = ${proposals.length}
    ), taken as (
      update proposal set batch = ${id} where ${isOneOf(proposals)} and exists (select from whole)
    )
    insert into batch (id, proposals, statements)
    select ${id}::text, ${JSON.stringify(proposals)}::text, ${JSON.stringify(statements)}::text from whole
    returning id`;
}

function rowOf(proposal: NewProposal): Insertable<ProposalTable> {
  const { id, idempotencyKey, request, digest, terms, openings, quorum, proposedAt } = proposal;
  return {
    id,
    idempotency_key: idempotencyKey,
    request,
    digest,
    terms: JSON.stringify(terms),
    openings: JSON.stringify(openings),
    quorum,
    proposed_at_ms: proposedAt,
    expires_at_ms: terms.expiry,
    batch: null,
    outcome: null,
  };
}

function proposalOf(row: KeptRow): KeptProposal {
  const { id, idempotency_key: idempotencyKey, request, digest, terms, openings, proposed_at_ms: proposedAt } = row;
  return {
    id,
    idempotencyKey,
    request,
    digest,
    terms: JSON.parse(terms) as DecisionTerms,
    openings: JSON.parse(openings) as DecisionOpenings,
    quorum: row.quorum,
    proposedAt,
    approvals: row.approvals,
    ...(row.batch === null ? {} : { batch: row.batch }),
    ...(row.outcome === null ? {} : { outcome: JSON.parse(row.outcome) as ProposalOutcome }),
  };
}
