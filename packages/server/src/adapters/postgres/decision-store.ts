import { assert, CodedError, type DecisionOpenings, type DecisionTerms } from '@holdfast/core';
import { type Generated, type Insertable, type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import {
  type DecisionBatch,
  type DecisionStore,
  type KeptApproval,
  type KeptProposal,
  MAX_PROPOSALS_PER_READ,
  type NewProposal,
  type ProposalOutcome,
} from '../../ports/decision-store.ts';
import { type Database, statement, transaction } from './database.ts';
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

export type DecisionTables = { proposal: ProposalTable; approval: ApprovalTable; batch: BatchTable };

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
];

type Sql = Kysely<DecisionTables> | Transaction<DecisionTables>;

/** Proposals in PostgreSQL. A proposal's row is locked by whatever changes it, so approvals and batches take turns. */
export function createDecisionStorePostgres(database: Database<DecisionTables>): DecisionStore {
  const { kysely } = database;
  return {
    async create(proposal) {
      await statement(database, (one) =>
        one
          .insertInto('proposal')
          .values(rowOf(proposal))
          .onConflict((conflict) => conflict.column('idempotency_key').doNothing())
          .execute(),
      );
      const kept = await readOne(kysely, 'idempotency_key', proposal.idempotencyKey);
      assert(kept !== undefined, 'a proposal is kept under its key');
      return kept;
    },
    read: (id) => readOne(kysely, 'id', id),
    readByKey: (idempotencyKey) => readOne(kysely, 'idempotency_key', idempotencyKey),
    async readLatest(limit) {
      const most = Math.min(limit, MAX_PROPOSALS_PER_READ);
      const rows = await proposals(kysely).orderBy('sequence', 'desc').limit(most).execute();
      return rows.map(proposalOf);
    },
    async readOpen(time) {
      const rows = await proposals(kysely)
        .where('batch', 'is', null)
        .where('outcome', 'is', null)
        .where('expires_at_ms', '>', time)
        .orderBy('sequence')
        .limit(MAX_PROPOSALS_PER_READ)
        .execute();
      return rows.map(proposalOf);
    },
    async addApproval(id, approval) {
      await statement(database, (one) => addApproval(one, id, approval));
      return readOne(kysely, 'id', id);
    },
    async readAfter(id) {
      const behind = id === undefined ? sql`0` : sql`(select sequence from proposal where id = ${id})`;
      const query = proposals(kysely).where(sql<boolean>`sequence > ${behind}`);
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
    createBatch: (batch) => transaction(database, (open) => createBatch(open, batch)),
    async readBatches() {
      const rows = await kysely.selectFrom('batch').selectAll().orderBy('sequence').execute();
      return rows.map(({ id, proposals, statements }) => ({
        id,
        proposals: JSON.parse(proposals) as string[],
        statements: JSON.parse(statements) as string[],
      }));
    },
    settle: (batch, outcomes) =>
      transaction(database, async (open) => {
        const known = await open.deleteFrom('batch').where('id', '=', batch).executeTakeFirst();
        if (known.numDeletedRows === 0n) return;
        for (const { proposal, outcome } of outcomes) {
          await open
            .updateTable('proposal')
            .set({ outcome: JSON.stringify(outcome) })
            .where('id', '=', proposal)
            .where('batch', '=', batch)
            .execute();
        }
        await open.updateTable('proposal').set({ batch: null }).where('batch', '=', batch).execute();
      }),
  };
}

/**
 * With the approvals of each, in the order in which they came: one statement, because each is waited for by an officer behind
 * everything that the same process has to do just then.
 */
function proposals(open: Sql) {
  const approvals = sql<readonly KeptApproval[]>`coalesce((
    select json_agg(json_build_object('officer', officer, 'approval', approval, 'at', at_ms) order by sequence)
    from approval where approval.proposal = proposal.id
  ), '[]')`;
  return open.selectFrom('proposal').selectAll().select(approvals.as('approvals'));
}

async function readOne(open: Sql, by: 'id' | 'idempotency_key', value: string): Promise<KeptProposal | undefined> {
  const row = await proposals(open).where(by, '=', value).executeTakeFirst();
  return row === undefined ? undefined : proposalOf(row);
}

/** The row is locked while it is looked at: what is put into a batch meanwhile is seen to be in it, and nothing is added. */
function addApproval(open: Sql, id: string, { officer, approval, at }: KeptApproval) {
  return sql`
    with open as (select id from proposal where id = ${id} and batch is null and outcome is null for update)
    insert into approval (proposal, officer, approval, at_ms)
    select id, ${officer}::text, ${approval}::text, ${at}::int8 from open
    on conflict (proposal, officer) do nothing`.execute(open);
}

async function createBatch(open: Transaction<DecisionTables>, batch: DecisionBatch): Promise<void> {
  const { id, proposals, statements } = batch;
  const taken = await open
    .updateTable('proposal')
    .set({ batch: id })
    .where('id', 'in', [...proposals])
    .where('batch', 'is', null)
    .where('outcome', 'is', null)
    .executeTakeFirst();
  if (taken.numUpdatedRows !== BigInt(proposals.length)) {
    throw new CodedError('decision.batch-conflict', 'A proposal of this batch is being carried out or is over.');
  }
  const row = { id, proposals: JSON.stringify(proposals), statements: JSON.stringify(statements) };
  await open.insertInto('batch').values(row).execute();
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

function proposalOf(row: Selectable<ProposalTable> & { readonly approvals: readonly KeptApproval[] }): KeptProposal {
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
