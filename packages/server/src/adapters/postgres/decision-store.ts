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
import { type Database, transaction } from './database.ts';
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
    create: (proposal) =>
      transaction(database, async (open) => {
        await open
          .insertInto('proposal')
          .values(rowOf(proposal))
          .onConflict((conflict) => conflict.column('idempotency_key').doNothing())
          .execute();
        const kept = await readOne(open, 'idempotency_key', proposal.idempotencyKey);
        assert(kept !== undefined, 'a proposal is kept under its key');
        return kept;
      }),
    read: (id) => readOne(kysely, 'id', id),
    readByKey: (idempotencyKey) => readOne(kysely, 'idempotency_key', idempotencyKey),
    async readLatest(limit) {
      const most = Math.min(limit, MAX_PROPOSALS_PER_READ);
      const query = kysely.selectFrom('proposal').selectAll().orderBy('sequence', 'desc').limit(most);
      return withApprovals(kysely, await query.execute());
    },
    async readOpen(time) {
      const rows = await kysely
        .selectFrom('proposal')
        .selectAll()
        .where('batch', 'is', null)
        .where('outcome', 'is', null)
        .where('expires_at_ms', '>', time)
        .orderBy('sequence')
        .limit(MAX_PROPOSALS_PER_READ)
        .execute();
      return withApprovals(kysely, rows);
    },
    addApproval: (id, approval) => transaction(database, (open) => addApproval(open, id, approval)),
    async readAfter(id) {
      const behind = id === undefined ? sql`0` : sql`(select sequence from proposal where id = ${id})`;
      const query = kysely.selectFrom('proposal').selectAll().where(sql<boolean>`sequence > ${behind}`);
      return withApprovals(kysely, await query.orderBy('sequence').limit(MAX_PROPOSALS_PER_READ).execute());
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

async function readOne(open: Sql, by: 'id' | 'idempotency_key', value: string): Promise<KeptProposal | undefined> {
  const rows = await open.selectFrom('proposal').selectAll().where(by, '=', value).execute();
  return (await withApprovals(open, rows))[0];
}

async function addApproval(open: Transaction<DecisionTables>, id: string, approval: KeptApproval) {
  const row = await open.selectFrom('proposal').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  if (row === undefined) return undefined;
  if (row.batch === null && row.outcome === null) {
    const { officer, approval: text, at } = approval;
    await open
      .insertInto('approval')
      .values({ proposal: id, officer, approval: text, at_ms: at })
      .onConflict((conflict) => conflict.columns(['proposal', 'officer']).doNothing())
      .execute();
  }
  return readOne(open, 'id', id);
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

async function withApprovals(open: Sql, rows: readonly Selectable<ProposalTable>[]): Promise<KeptProposal[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const approvals = await open
    .selectFrom('approval')
    .selectAll()
    .where('proposal', 'in', ids)
    .orderBy('sequence')
    .execute();
  const byProposal = new Map<string, Selectable<ApprovalTable>[]>();
  for (const approval of approvals) {
    const known = byProposal.get(approval.proposal);
    if (known === undefined) byProposal.set(approval.proposal, [approval]);
    else known.push(approval);
  }
  return rows.map((row) => proposalOf(row, byProposal.get(row.id) ?? []));
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

function proposalOf(row: Selectable<ProposalTable>, approvals: readonly Selectable<ApprovalTable>[]): KeptProposal {
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
    approvals: approvals.map(({ officer, approval, at_ms: at }) => ({ officer, approval, at })),
    ...(row.batch === null ? {} : { batch: row.batch }),
    ...(row.outcome === null ? {} : { outcome: JSON.parse(row.outcome) as ProposalOutcome }),
  };
}
