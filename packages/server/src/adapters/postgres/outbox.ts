import { setTimeout as delay } from 'node:timers/promises';
import { assert } from '@holdfast/core';
import { type Insertable, sql } from 'kysely';
import {
  type DeliveryOutcome,
  type EndpointState,
  MAX_EVENTS_PER_APPEND,
  MAX_WAITING_PER_ENDPOINT,
  type Outbox,
  type OutboxEvent,
} from '../../ports/outbox.ts';
import type { Database } from './database.ts';
import type { Migration } from './migration.ts';

type EndpointTable = {
  id: string;
  url: string;
  kinds: string;
  created_at_ms: number;
  failure: string | null;
  missed: number;
};

type DeliveryTable = {
  event_id: string;
  endpoint_id: string;
  kind: string;
  subject: string;
  at_ms: number;
  next_at_ms: number;
  attempts: number;
  state: string;
  taken_until_ms: number;
};

export type OutboxTables = { webhook: EndpointTable; delivery: DeliveryTable };

export const outboxMigrations: readonly Migration[] = [
  {
    name: 'outbox',
    async up(open) {
      await sql`create table webhook (
        id text primary key,
        url text not null,
        kinds text not null,
        created_at_ms int8 not null,
        failure text
      )`.execute(open);
      await sql`create table delivery (
        event_id text not null,
        endpoint_id text not null references webhook (id) on delete cascade,
        kind text not null,
        subject text not null,
        at_ms int8 not null,
        next_at_ms int8 not null,
        attempts int4 not null,
        state text not null,
        primary key (event_id, endpoint_id)
      )`.execute(open);
      await sql`create index delivery_due on delivery (next_at_ms) where state = 'waiting'`.execute(open);
      await sql`create index delivery_of on delivery (endpoint_id, state, at_ms)`.execute(open);
      await sql`create index delivery_old on delivery (at_ms) where state <> 'waiting'`.execute(open);
    },
  },
  {
    name: 'outbox-missed',
    async up(open) {
      await sql`alter table webhook add column missed int8 not null default 0`.execute(open);
    },
  },
  {
    name: 'outbox-taken',
    async up(open) {
      await sql`alter table delivery add column taken_until_ms int8 not null default 0`.execute(open);
    },
  },
];

/** How long it is taken for granted that nobody asks, once nobody did. */
const NOBODY_MS = 1000;
/** More than a timer may be early. */
const MARGIN_MS = 50;

/**
 * An outbox in PostgreSQL: a row for each event and endpoint, durable with the commit of its insert. Where there is no endpoint, that is
 * remembered for a moment, as each write of what could be told would wait for the question; whoever adds one has the answer
 * when that moment is over in every process, so an endpoint that was answered for misses nothing.
 */
export function createOutboxPostgres({ kysely }: Database<OutboxTables>, nobodyMs = NOBODY_MS): Outbox {
  let nobodyUntilMs = Number.NEGATIVE_INFINITY;
  return {
    async addEndpoint({ id, url, kinds, createdAt }, max) {
      const { numAffectedRows } = await sql`
        insert into webhook (id, url, kinds, created_at_ms)
        select ${id}, ${url}, ${kinds.join(' ')}, ${createdAt}
        where (select count(*) from webhook) < ${max}`.execute(kysely);
      await delay(nobodyMs + MARGIN_MS);
      return numAffectedRows === 1n;
    },
    async removeEndpoint(id) {
      const result = await kysely.deleteFrom('webhook').where('id', '=', id).executeTakeFirst();
      return result.numDeletedRows === 1n;
    },
    async readEndpoints() {
      const { rows } = await sql<StateRow>`
        select webhook.*,
          (select count(*) from delivery where endpoint_id = id and state = 'waiting') as waiting,
          (select min(at_ms) from delivery where endpoint_id = id and state = 'waiting') as waiting_since,
          (select count(*) from delivery where endpoint_id = id and state = 'dead') as dead,
          (select min(at_ms) from delivery where endpoint_id = id and state = 'dead') as dead_since
        from webhook order by created_at_ms, id`.execute(kysely);
      return rows.map(stateOf);
    },
    async append(events, dueAt) {
      assert(events.length <= MAX_EVENTS_PER_APPEND, 'an append to the outbox is bounded');
      const askedAtMs = performance.now();
      if (events.length === 0 || askedAtMs < nobodyUntilMs) return 0;
      const column = (of: (event: OutboxEvent) => string | number) => events.map(of);
      // An endpoint that is full takes nothing of this call, and counts what it would have taken.
      const { rows } = await sql<{ readonly count: number; readonly is_asked: boolean }>`
        with event as (
          select * from unnest(
            ${column(({ id }) => id)}::text[], ${column(({ kind }) => kind)}::text[],
            ${column(({ subject }) => subject)}::text[], ${column(({ at }) => at)}::int8[]
          ) as event (id, kind, subject, at_ms)
        ), endpoint as materialized (
          select id, kinds, (
            select count(*) from (
              select 1 from delivery where endpoint_id = webhook.id and state = 'waiting' limit ${MAX_WAITING_PER_ENDPOINT}
            ) as few
          ) < ${MAX_WAITING_PER_ENDPOINT} as has_room from webhook
        ), wanted as (
          select event.*, endpoint.id as endpoint_id, has_room from event, endpoint
          where event.kind = any(string_to_array(kinds, ' '))
        ), missed as (
          update webhook set missed = webhook.missed + lost.count
          from (select endpoint_id, count(*) as count from wanted where not has_room and not exists (
            select 1 from delivery where event_id = wanted.id and delivery.endpoint_id = wanted.endpoint_id
          ) group by endpoint_id) as lost
          where webhook.id = lost.endpoint_id
        ), added as (
          insert into delivery (event_id, endpoint_id, kind, subject, at_ms, next_at_ms, attempts, state)
          select id, endpoint_id, kind, subject, at_ms, ${dueAt}, 0, 'waiting' from wanted where has_room
          on conflict do nothing returning 1
        ) select (select count(*) from added) as count, exists (select from webhook) as is_asked`.execute(kysely);
      const [{ count, is_asked: isAsked } = { count: 0, is_asked: true }] = rows;
      if (!isAsked) nobodyUntilMs = askedAtMs + nobodyMs;
      return count;
    },
    async hasten(eventIds, at) {
      await sql`update delivery set next_at_ms = least(next_at_ms, ${at})
        where event_id = any(${[...eventIds]}::text[]) and state = 'waiting' and attempts = 0`.execute(kysely);
    },
    revive: (endpointId, at) =>
      kysely.transaction().execute(async (open) => {
        const revived = await open
          .updateTable('delivery')
          .set({ state: 'waiting', attempts: 0, next_at_ms: at })
          .where('endpoint_id', '=', endpointId)
          .where('state', '=', 'dead')
          .executeTakeFirst();
        await open.updateTable('webhook').set({ missed: 0 }).where('id', '=', endpointId).execute();
        return Number(revived.numUpdatedRows);
      }),
    async readDue(at, limit, takenUntil = 0) {
      // Those that another process is taking at this moment are passed over.
      const { rows } = await sql<DeliveryTable & Pick<EndpointTable, 'id' | 'url' | 'kinds' | 'created_at_ms'>>`
        with due as materialized (
          select event_id, endpoint_id from delivery
          where state = 'waiting' and next_at_ms <= ${at} and taken_until_ms <= ${at}
          order by next_at_ms, event_id limit ${limit} for update skip locked
        )
        update delivery set taken_until_ms = ${takenUntil} from due, webhook
        where delivery.event_id = due.event_id and delivery.endpoint_id = due.endpoint_id and webhook.id = due.endpoint_id
        returning delivery.*, webhook.id, webhook.url, webhook.kinds, webhook.created_at_ms`.execute(kysely);
      return rows.toSorted(isDueEarlier).map((row) => ({
        event: { id: row.event_id, kind: row.kind, subject: row.subject, at: row.at_ms },
        endpoint: { id: row.id, url: row.url, kinds: row.kinds.split(' '), createdAt: row.created_at_ms },
        attempts: row.attempts,
      }));
    },
    async settle(eventId, endpointId, outcome) {
      await kysely.transaction().execute(async (open) => {
        const result = await open
          .updateTable('delivery')
          .set((column) => ({
            ...changeOf(outcome),
            taken_until_ms: 0,
            ...(outcome.state === 'failed' ? { attempts: column('attempts', '+', 1) } : {}),
          }))
          .where('event_id', '=', eventId)
          .where('endpoint_id', '=', endpointId)
          .where('state', '=', 'waiting')
          .executeTakeFirst();
        if (result.numUpdatedRows === 0n || outcome.state === 'waits' || outcome.state === 'dropped') return;
        const failure = 'failure' in outcome ? outcome.failure : null;
        await open.updateTable('webhook').set({ failure }).where('id', '=', endpointId).execute();
      });
    },
    async remove(before, limit) {
      const { numAffectedRows } = await sql`
        delete from delivery where ctid = any(array(
          select ctid from delivery where state <> 'waiting' and at_ms < ${before} order by at_ms limit ${limit}
        ))`.execute(kysely);
      return Number(numAffectedRows ?? 0n);
    },
  };
}

function isDueEarlier(a: DeliveryTable, b: DeliveryTable): number {
  return a.next_at_ms - b.next_at_ms || (a.event_id < b.event_id ? -1 : 1);
}

type StateRow = EndpointTable & {
  readonly waiting: number | string;
  readonly waiting_since: number | null;
  readonly dead: number | string;
  readonly dead_since: number | null;
};

function stateOf(row: StateRow): EndpointState {
  return {
    ...{ id: row.id, url: row.url, kinds: row.kinds.split(' '), createdAt: row.created_at_ms },
    waiting: Number(row.waiting),
    ...(row.waiting_since === null ? {} : { waitingSince: row.waiting_since }),
    dead: Number(row.dead),
    ...(row.dead_since === null ? {} : { deadSince: row.dead_since }),
    missed: Number(row.missed),
    ...(row.failure === null ? {} : { failure: row.failure }),
  };
}

function changeOf(outcome: DeliveryOutcome): Partial<Insertable<DeliveryTable>> {
  return 'nextAt' in outcome ? { next_at_ms: outcome.nextAt } : { state: outcome.state };
}
