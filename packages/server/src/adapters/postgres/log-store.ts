import {
  appendLeaf,
  assert,
  CodedError,
  type CompactTree,
  concatBytes,
  copyCompactTree,
  createCompactTree,
  encodeUtf8,
  HASH_LENGTH,
  leafHash,
  TILE_HEIGHT,
} from '@holdfast/core';
import { sql } from 'kysely';
import type { LogStore } from '../../ports/log-store.ts';
import { encodeCosigned, parseCosigned } from './cosigned-notes.ts';
import type { Database } from './database.ts';
import type { Migration } from './migration.ts';
import { snapshotStoreMigrations } from './snapshot-store.ts';

export type LogTables = {
  log_entry: { index: number; entry: Buffer; leaf_hash: Buffer };
  log_hash: { level: number; index: number; hash: Buffer };
  log_checkpoint: { size: number; note: string };
  log_head: { size: number; tree: Buffer; cosigned: string | null };
};

export const logStoreMigrations: readonly Migration[] = [
  {
    name: 'log',
    async up(open) {
      // Entries as bytea: PostgreSQL's text knows no U+0000, and what was signed comes back byte for byte.
      await sql`create table log_entry (index int8 primary key, entry bytea not null, leaf_hash bytea not null)`.execute(
        open,
      );
      await sql`create index log_entry_leaf_hash on log_entry (leaf_hash)`.execute(open);
      await sql`create table log_hash (
        level int2 not null, index int8 not null, hash bytea not null, primary key (level, index)
      )`.execute(open);
      await sql`create table log_checkpoint (size int8 primary key, note text not null)`.execute(open);
      await sql`create table log_head (
        one bool primary key default true check (one), size int8 not null, tree bytea not null
      )`.execute(open);
      await sql`insert into log_head (size, tree) values (0, '')`.execute(open);
    },
  },
  {
    name: 'log-cosignatures',
    async up(open) {
      await sql`alter table log_head add column cosigned text`.execute(open);
    },
  },
  ...snapshotStoreMigrations,
];

/** How the log goes on after these entries: all rows of one append. */
type Growth = {
  readonly tree: CompactTree;
  readonly leaves: Buffer[];
  readonly upper: { readonly level: number; readonly index: number; readonly hash: Buffer }[];
};

/**
 * The sequencer's log in PostgreSQL. An append is one statement, so one round trip and one flush: the head's row moves on
 * if it is where it was expected, and everything else is inserted only if it moved. Of two appends at once the second
 * waits for the row, and finds it moved.
 */
export function createLogStorePostgres(database: Database<LogTables>): LogStore {
  const { kysely } = database;
  /** The tree at the size we know: at one size of this log there is one tree. */
  let known: CompactTree = createCompactTree();

  async function readTree(): Promise<CompactTree> {
    const { size, tree } = await kysely.selectFrom('log_head').select(['size', 'tree']).executeTakeFirstOrThrow();
    const hashes: Uint8Array[] = [];
    for (let at = 0; at < tree.length; at += HASH_LENGTH) hashes.push(plain(tree.subarray(at, at + HASH_LENGTH)));
    return createCompactTree(size, hashes);
  }

  return {
    async readHead() {
      const { size, note, cosigned } = await kysely
        .selectFrom('log_head')
        .leftJoin('log_checkpoint', (join) =>
          join.on('log_checkpoint.size', '=', (select) =>
            select.selectFrom('log_checkpoint as latest').select((latest) => latest.fn.max('latest.size').as('size')),
          ),
        )
        .select(['log_head.size as size', 'log_head.cosigned as cosigned', 'log_checkpoint.note as note'])
        .executeTakeFirstOrThrow();
      return { size, ...(note === null ? {} : { checkpoint: note }), ...parseCosigned(cosigned) };
    },
    async readEntries(from, to) {
      const query = kysely.selectFrom('log_entry').select('entry').where('index', '>=', from).where('index', '<', to);
      return (await query.orderBy('index').execute()).map(({ entry }) => entry.toString('utf8'));
    },
    async append(expectedSize, entries, checkpoint) {
      if (known.size !== expectedSize) known = await readTree();
      if (known.size !== expectedSize) throw conflict(expectedSize, known.size);
      const growth = grow(known, entries);
      const { rows } = await insertion(expectedSize, entries, growth, checkpoint).execute(kysely);
      if (rows[0]?.moved !== 1) throw conflict(expectedSize, (await readTree()).size);
      known = growth.tree;
    },
    async keepCosigned(notes) {
      await kysely
        .updateTable('log_head')
        .set({ cosigned: encodeCosigned(notes) })
        .execute();
    },
    async readCheckpoint(atMost) {
      const query = kysely.selectFrom('log_checkpoint').select('note').where('size', '<=', atMost);
      return (await query.orderBy('size', 'desc').limit(1).executeTakeFirst())?.note;
    },
    async readHashes(level, from, to) {
      const { rows } =
        level === 0
          ? await sql<{ hash: Buffer }>`select leaf_hash as hash from log_entry
              where index >= ${from} and index < ${to} order by index`.execute(kysely)
          : await sql<{ hash: Buffer }>`select hash from log_hash
              where level = ${level} and index >= ${from} and index < ${to} order by index`.execute(kysely);
      return rows.map(({ hash }) => plain(hash));
    },
    async findEntries(entries) {
      const hashes = entries.map((entry) => Buffer.from(leafHash(encodeUtf8(entry))));
      const { rows } = await sql<{ hash: Buffer; index: number }>`
        select leaf_hash as hash, min(index) as index from log_entry
        where leaf_hash = any(${hashes}::bytea[]) group by leaf_hash`.execute(kysely);
      const found = new Map(rows.map(({ hash, index }) => [hash.toString('hex'), index]));
      return hashes.map((hash) => found.get(hash.toString('hex')));
    },
  };
}

function grow(from: CompactTree, entries: readonly string[]): Growth {
  const tree = copyCompactTree(from);
  const leaves: Buffer[] = [];
  const upper: Growth['upper'] = [];
  for (const entry of entries) {
    const leaf = leafHash(encodeUtf8(entry));
    leaves.push(Buffer.from(leaf));
    appendLeaf(tree, leaf, (level, index, hash) => {
      if (level === 0 || level % TILE_HEIGHT !== 0) return;
      upper.push({ level: level / TILE_HEIGHT, index, hash: Buffer.from(hash) });
    });
  }
  return { tree, leaves, upper };
}

function insertion(expectedSize: number, entries: readonly string[], growth: Growth, checkpoint: string | undefined) {
  const { tree, leaves, upper } = growth;
  assert(tree.size === expectedSize + entries.length, 'a log grows by what is appended');
  const texts = entries.map((entry) => Buffer.from(entry, 'utf8'));
  return sql<{ moved: number }>`
    with head as (
      update log_head set size = ${tree.size}, tree = ${Buffer.from(concatBytes(...tree.hashes))}
      where size = ${expectedSize} returning 1
    ), entries as (
      insert into log_entry (index, entry, leaf_hash)
      select ${expectedSize}::int8 + place - 1, entry, hash
      from unnest(${texts}::bytea[], ${leaves}::bytea[]) with ordinality as row (entry, hash, place)
      where exists (select from head)
    ), hashes as (
      insert into log_hash (level, index, hash)
      select level, index, hash
      from unnest(
        ${upper.map(({ level }) => level)}::int2[], ${upper.map(({ index }) => index)}::int8[],
        ${upper.map(({ hash }) => hash)}::bytea[]
      ) as row (level, index, hash)
      where exists (select from head)
    ), checkpoints as (
      insert into log_checkpoint (size, note)
      select ${tree.size}::int8, ${checkpoint ?? null}::text
      where ${checkpoint !== undefined} and exists (select from head)
    )
    select count(*)::int4 as moved from head`;
}

function conflict(expectedSize: number, size: number): CodedError {
  return new CodedError('log.size-conflict', 'Somebody else has appended to this log.', { expectedSize, size });
}

/** A Uint8Array and nothing more: a Buffer would show through in comparisons and JSON. */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer);
}
