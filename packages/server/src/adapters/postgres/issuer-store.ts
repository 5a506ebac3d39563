import { assert } from '@holdfast/core';
import { type Insertable, type Kysely, type Selectable, sql } from 'kysely';
import {
  type Copy,
  type IssuedCredential,
  type IssuerList,
  type IssuerStore,
  MAX_ISSUED_PER_READ,
  type NewOffer,
  type Offer,
  type OfferKey,
  type OfferState,
} from '../../ports/issuer-store.ts';
import { type Database, transaction } from './database.ts';
import type { IssuedTable, IssuerTables, ListTable, OfferTable } from './issuer-schema.ts';

export { type IssuerTables, issuerStoreMigrations } from './issuer-schema.ts';

/** An issuer's memory in PostgreSQL. Every decision rests on one row that it locks or on a unique constraint. */
export function createIssuerStorePostgres(database: Database<IssuerTables>): IssuerStore {
  const { kysely } = database;
  return {
    ...offerCalls(kysely),
    ...issuedCalls(database),
    ...listCalls(kysely),
    async keepSecret(tenant, sealed) {
      const row = { tenant, sealed: Buffer.from(sealed) };
      await kysely
        .insertInto('issuer_secret')
        .values(row)
        .onConflict((c) => c.doNothing())
        .execute();
      const kept = await kysely
        .selectFrom('issuer_secret')
        .selectAll()
        .where('tenant', '=', tenant)
        .executeTakeFirstOrThrow();
      return new Uint8Array(kept.sealed);
    },
    async useNonces(tenant, nonces, forgetAt) {
      const rows = nonces.map((nonce) => ({ tenant, nonce, forget_at_ms: forgetAt }));
      if (new Set(nonces).size !== nonces.length) return false;
      return transaction(database, async (open) => {
        const inserted = await open
          .insertInto('used_nonce')
          .values(rows)
          .onConflict((c) => c.doNothing())
          .execute();
        const isAll = inserted.reduce(
          (sum, { numInsertedOrUpdatedRows }) => sum + Number(numInsertedOrUpdatedRows ?? 0),
          0,
        );
        if (isAll === rows.length) return true;
        throw new NonceUsed();
      }).catch((error: unknown) => {
        if (error instanceof NonceUsed) return false;
        throw error;
      });
    },
    async readLabels(places) {
      const lists = places.map(({ list }) => list);
      const indices = places.map(({ index }) => index);
      const { rows } = await sql<{ tenant: string; label: string }>`
        select distinct tenant, label from issued
        join unnest(${lists}::text[], ${indices}::int4[]) as asked (list, place) using (list, place)
        where label is not null`.execute(kysely);
      return rows;
    },
    eraseLabel: (tenant, label) =>
      transaction(database, async (open) => {
        const isOf = sql<boolean>`tenant = ${tenant} and label = ${label}`;
        const ended = { label: null, person: null, claims: null, copies: null, state: 'closed' } as const;
        const offers = await open.updateTable('offer').set(ended).where(isOf).executeTakeFirst();
        const issued = await open
          .updateTable('issued')
          .set({ label: null, person: null })
          .where(isOf)
          .executeTakeFirst();
        return { offers: Number(offers.numUpdatedRows), issued: Number(issued.numUpdatedRows) };
      }),
    sweep: (now, limit) => sweep(kysely, now, limit),
  };
}

type OfferCalls = Pick<IssuerStore, 'appendOffer' | 'readOffer' | 'countGuess' | 'redeem' | 'renew' | 'closeOffer'>;

function offerCalls(kysely: Kysely<IssuerTables>): OfferCalls {
  return {
    appendOffer: (offer, maxOpen) => appendOffer(kysely, offer, maxOpen),
    async readOffer(tenant, key) {
      const [column, digest] = columnOf(key);
      const query = kysely.selectFrom('offer').selectAll().where('tenant', '=', tenant).where(column, '=', digest);
      const open = 'replaces' in key ? query.where('state', '<>', 'closed').orderBy('until_ms', 'desc') : query;
      const row = await open.executeTakeFirst();
      return row === undefined ? undefined : offerOf(row);
    },
    async countGuess(tenant, id) {
      const counted = await kysely
        .updateTable('offer')
        .set((expression) => ({ guesses: expression('guesses', '+', 1) }))
        .where('tenant', '=', tenant)
        .where('id', '=', id)
        .returning('guesses')
        .executeTakeFirst();
      return counted?.guesses ?? 1;
    },
    async redeem(tenant, id, token, until) {
      const redeemed = await kysely
        .updateTable('offer')
        .set({ state: 'redeemed', token, until_ms: until })
        .where('tenant', '=', tenant)
        .where('id', '=', id)
        .where('state', '=', 'open')
        .executeTakeFirst();
      return redeemed.numUpdatedRows === 1n;
    },
    async renew(tenant, id, token, until) {
      const renewed = await kysely
        .updateTable('offer')
        .set(({ eb }) => ({
          state: eb.case().when('state', '=', 'open').then<OfferState>('redeemed').else(eb.ref('state')).end(),
          token,
          until_ms: until,
        }))
        .where('tenant', '=', tenant)
        .where('id', '=', id)
        .where('state', '<>', 'closed')
        .executeTakeFirst();
      return renewed.numUpdatedRows === 1n;
    },
    async closeOffer(tenant, id) {
      const closing = kysely.updateTable('offer').set({ state: 'closed', claims: null, copies: null });
      await closing.where('tenant', '=', tenant).where('id', '=', id).execute();
    },
  };
}

type IssuedCalls = Pick<
  IssuerStore,
  | 'recordIssued'
  | 'readIssued'
  | 'findIssued'
  | 'findIssuedAt'
  | 'findOwn'
  | 'findReinstated'
  | 'readIssuedTogether'
  | 'readSuccessors'
>;

function issuedCalls(database: Database<IssuerTables>): IssuedCalls {
  const { kysely } = database;
  const of = (tenant: string) => kysely.selectFrom('issued').selectAll().where('tenant', '=', tenant);
  return {
    recordIssued: (issuing) =>
      transaction(database, async (open) => {
        const { tenant, offer: id, copies, issuedAt, forgetAt, refresh = null } = issuing;
        const ours = open.selectFrom('offer').selectAll().where('tenant', '=', tenant).where('id', '=', id);
        const offer = await ours.forUpdate().executeTakeFirst();
        if (offer?.state === 'issued') return offerOf(offer).copies;
        if (offer?.state !== 'redeemed') return undefined;
        const { type, label, replaces, reinstates, person } = offer;
        const times = { issued_at_ms: issuedAt, forget_at_ms: forgetAt };
        const rows = copies.map((copy) => ({
          tenant,
          id: copy.id,
          list: copy.list,
          place: copy.index,
          type,
          label,
          ...{ refresh, replaces, reinstates, person },
          ...times,
        }));
        await open.insertInto('issued').values(rows).execute();
        const changed = { state: 'issued', copies: JSON.stringify(copies) } as const;
        await open.updateTable('offer').set(changed).where('tenant', '=', tenant).where('id', '=', id).execute();
        return copies;
      }),
    async readIssued(tenant, label) {
      const ours = kysely.selectFrom('issued').selectAll().where('tenant', '=', tenant).where('label', '=', label);
      const rows = await ours.orderBy('issued_at_ms', 'desc').orderBy('id').limit(MAX_ISSUED_PER_READ).execute();
      return rows.map(issuedOf);
    },
    async findIssued(tenant, id) {
      const row = await of(tenant).where('id', '=', id).executeTakeFirst();
      return row === undefined ? undefined : issuedOf(row);
    },
    async findIssuedAt(tenant, list, index) {
      const row = await of(tenant).where('list', '=', list).where('place', '=', index).executeTakeFirst();
      return row === undefined ? undefined : issuedOf(row);
    },
    async findReinstated(tenant, reinstates) {
      const row = await of(tenant).where('reinstates', '=', reinstates).executeTakeFirst();
      return row === undefined ? undefined : issuedOf(row);
    },
    async findOwn(person) {
      const offer = await kysely.selectFrom('offer').selectAll().where('person', '=', person).executeTakeFirst();
      const own = kysely.selectFrom('issued').selectAll().where('person', '=', person).orderBy('id');
      const issued = (await own.limit(MAX_ISSUED_PER_READ).execute()).map(issuedOf);
      return { issued, ...(offer === undefined ? {} : { offer: offerOf(offer) }) };
    },
    async readIssuedTogether(tenant, refresh) {
      const rows = await of(tenant).where('refresh', '=', refresh).limit(MAX_ISSUED_PER_READ).execute();
      return rows.map(issuedOf);
    },
    async readSuccessors(tenant, limit, after) {
      const replacing = of(tenant).where('replaces', 'is not', null).where('id', '>', after);
      const rows = await replacing.orderBy('id').limit(limit).execute();
      return rows.map(issuedOf);
    },
  };
}

type ListCalls = Pick<
  IssuerStore,
  'appendList' | 'readLists' | 'openList' | 'takeSequences' | 'fillList' | 'replaceListStatement'
>;

function listCalls(kysely: Kysely<IssuerTables>): ListCalls {
  return {
    appendList: (list) => appendList(kysely, list),
    async readLists(tenant) {
      const rows = await kysely
        .selectFrom('issuer_list')
        .selectAll()
        .where('tenant', '=', tenant)
        .orderBy('number')
        .execute();
      return rows.map(listOf);
    },
    async openList(uri, { log, size }) {
      const opening = kysely.updateTable('issuer_list').set({ opened_log: log, opened_size: size });
      await opening.where('uri', '=', uri).where('opened_log', 'is', null).execute();
    },
    async takeSequences(uri, count) {
      const taken = await kysely
        .updateTable('issuer_list')
        .set((expression) => ({ used: expression('used', '+', count) }))
        .where('uri', '=', uri)
        .where((expression) => expression(expression('used', '+', count), '<=', expression.ref('size')))
        .returning('used')
        .executeTakeFirst();
      return taken === undefined ? undefined : taken.used - count;
    },
    async fillList(uri) {
      const filling = kysely.updateTable('issuer_list').set((expression) => ({ used: expression.ref('size') }));
      await filling.where('uri', '=', uri).execute();
    },
    async replaceListStatement(uri, from, to) {
      const replacing = kysely.updateTable('issuer_list').set({ statement: to });
      await replacing.where('uri', '=', uri).where('statement', '=', from).execute();
      const reading = kysely.selectFrom('issuer_list').select('statement').where('uri', '=', uri);
      return (await reading.executeTakeFirstOrThrow()).statement;
    },
  };
}

/** Carries "used before" out of the transaction, so that it rolls back and none of the call's nonces is marked. */
class NonceUsed extends Error {}

async function appendOffer(kysely: Kysely<IssuerTables>, offer: NewOffer, maxOpen: number) {
  const { tenant, seed } = offer;
  const bySeed = kysely.selectFrom('offer').selectAll().where('tenant', '=', tenant).where('seed', '=', seed);
  const before = await bySeed.executeTakeFirst();
  if (before !== undefined) return { created: false, offer: offerOf(before) };
  const kept = kysely.selectFrom('offer').where('tenant', '=', tenant).where('claims', 'is not', null);
  const { count } = await kept.select(({ fn }) => fn.countAll<number>().as('count')).executeTakeFirstOrThrow();
  if (Number(count) >= maxOpen) return 'full' as const;
  // Without a target: of two at once PostgreSQL may meet the link before the seed, and both mean the same offer.
  const conflict = kysely
    .insertInto('offer')
    .values(offerRow(offer))
    .onConflict((c) => c.doNothing());
  const created = await conflict.returningAll().executeTakeFirst();
  if (created !== undefined) return { created: true, offer: offerOf(created) };
  return { created: false, offer: offerOf(await bySeed.executeTakeFirstOrThrow()) };
}

function offerRow(offer: NewOffer): Insertable<OfferTable> {
  const {
    tenant,
    id,
    seed,
    request,
    link,
    code,
    txCode,
    type,
    label,
    replaces,
    reinstates,
    person,
    claims,
    until,
    forgetAt,
  } = offer;
  const started = { state: 'open', guesses: 0, token: null, copies: null } as const;
  const optional = {
    tx_code: txCode ?? null,
    label: label ?? null,
    replaces: replaces ?? null,
    reinstates: reinstates ?? null,
    person: person ?? null,
    claims: Buffer.from(claims),
  };
  return {
    tenant,
    id,
    seed,
    request,
    link,
    code,
    type,
    ...optional,
    ...started,
    until_ms: until,
    forget_at_ms: forgetAt,
  };
}

function offerOf(row: Selectable<OfferTable>): Offer {
  const { tenant, id, seed, request, link, code, type, state, guesses } = row;
  return {
    ...{ tenant, id, seed, request, link, code, type, state, guesses },
    ...(row.tx_code === null ? {} : { txCode: row.tx_code }),
    ...(row.label === null ? {} : { label: row.label }),
    ...(row.replaces === null ? {} : { replaces: row.replaces }),
    ...(row.reinstates === null ? {} : { reinstates: row.reinstates }),
    ...(row.person === null ? {} : { person: row.person }),
    ...(row.claims === null ? {} : { claims: new Uint8Array(row.claims) }),
    until: row.until_ms,
    forgetAt: row.forget_at_ms,
    ...(row.token === null ? {} : { token: row.token }),
    ...(row.copies === null ? {} : { copies: JSON.parse(row.copies) as readonly Copy[] }),
  };
}

function columnOf(key: OfferKey): readonly ['link' | 'code' | 'token' | 'replaces', string] {
  if ('link' in key) return ['link', key.link];
  if ('replaces' in key) return ['replaces', key.replaces];
  return 'code' in key ? ['code', key.code] : ['token', key.token];
}

async function appendList(
  kysely: Kysely<IssuerTables>,
  list: Omit<IssuerList, 'used' | 'opened'>,
): Promise<IssuerList> {
  const { keyName: key_name, x5c, ...same } = list;
  const row = { ...same, key_name, x5c: JSON.stringify(x5c), used: 0, opened_log: null, opened_size: null };
  await kysely
    .insertInto('issuer_list')
    .values(row)
    // Without a target, for the same reason as with offers.
    .onConflict((c) => c.doNothing())
    .execute();
  const ours = kysely
    .selectFrom('issuer_list')
    .selectAll()
    .where('tenant', '=', list.tenant)
    .where('number', '=', list.number);
  return listOf(await ours.executeTakeFirstOrThrow());
}

function listOf(row: Selectable<ListTable>): IssuerList {
  const { tenant, number, uri, size, key_name: keyName, key, x5c, statement, used, opened_log: log } = row;
  const list = { tenant, number, uri, size, keyName, key, x5c: JSON.parse(x5c) as readonly string[], statement, used };
  if (log === null) return list;
  assert(row.opened_size !== null, 'a list is opened in a log and at a size');
  return { ...list, opened: { log, size: row.opened_size } };
}

function issuedOf(row: Selectable<IssuedTable>): IssuedCredential {
  const { tenant, id, list, place: index, type, label, issued_at_ms: issuedAt, forget_at_ms: forgetAt } = row;
  const { refresh, replaces, reinstates, person } = row;
  return {
    ...{ tenant, id, list, index, type, issuedAt, forgetAt },
    ...(label === null ? {} : { label }),
    ...(refresh === null ? {} : { refresh }),
    ...(replaces === null ? {} : { replaces }),
    ...(reinstates === null ? {} : { reinstates }),
    ...(person === null ? {} : { person }),
  };
}

async function sweep(kysely: Kysely<IssuerTables>, now: number, limit: number): Promise<number> {
  const closed = await sql`update offer set state = 'closed', claims = null, copies = null where ctid in
    (select ctid from offer where until_ms <= ${now} and state <> 'closed' limit ${limit})`.execute(kysely);
  let touched = Number(closed.numAffectedRows ?? 0);
  for (const table of ['offer', 'used_nonce', 'issued'] as const) {
    const name = sql.table(table);
    const removed = await sql`delete from ${name} where ctid in
      (select ctid from ${name} where forget_at_ms <= ${now} limit ${limit})`.execute(kysely);
    touched += Number(removed.numAffectedRows ?? 0);
  }
  return touched;
}
