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
import { createSnapshotStorePostgres, type SnapshotTables, snapshotStoreMigrations } from './snapshot-store.ts';
import { makeTablesAt, tablesAt } from './tables-at.ts';

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

type LogTableNames = ReturnType<typeof tablesAt<keyof LogTables>>;

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
export function createLogStorePostgres({ kysely }: Database<LogTables>, place = 0): LogStore {
  const tables = tablesAt(place, 'log_entry', 'log_hash', 'log_checkpoint', 'log_head');
  const { log_entry, log_hash, log_checkpoint, log_head } = tables;
  /** The tree at the size we know: at one size of this log there is one tree. */
  let known: CompactTree = createCompactTree();

  async function readTree(): Promise<CompactTree> {
    const { rows } = await sql<LogTables['log_head']>`select size, tree from ${log_head}`.execute(kysely);
    assert(rows[0] !== undefined, 'the head of a log has one row');
    const { size, tree } = rows[0];
    const hashes: Uint8Array[] = [];
    for (let at = 0; at < tree.length; at += HASH_LENGTH) hashes.push(plain(tree.subarray(at, at + HASH_LENGTH)));
    return createCompactTree(size, hashes);
  }

  return {
    async readHead() {
      const { rows } = await sql<{ size: number; cosigned: string | null; note: string | null }>`
        select head.size, head.cosigned, latest.note from ${log_head} as head
        left join (select note from ${log_checkpoint} order by size desc limit 1) as latest on true`.execute(kysely);
      assert(rows[0] !== undefined, 'the head of a log has one row');
      const { size, note, cosigned } = rows[0];
      return { size, ...(note === null ? {} : { checkpoint: note }), ...parseCosigned(cosigned) };
    },
    async readEntries(from, to) {
      const { rows } = await sql<Pick<LogTables['log_entry'], 'entry'>>`
        select entry from ${log_entry} where index >= ${from} and index < ${to} order by index`.execute(kysely);
      return rows.map(({ entry }) => entry.toString('utf8'));
    },
    async append(expectedSize, entries, checkpoint) {
      if (known.size !== expectedSize) known = await readTree();
      if (known.size !== expectedSize) throw conflict(expectedSize, known.size);
      const growth = grow(known, entries);
      const { rows } = await insertion(tables, { expectedSize, entries, growth, checkpoint }).execute(kysely);
      if (rows[0]?.moved !== 1) throw conflict(expectedSize, (await readTree()).size);
      known = growth.tree;
    },
    async keepCosigned(notes) {
      await sql`update ${log_head} set cosigned = ${encodeCosigned(notes)}`.execute(kysely);
    },
    async readCheckpoint(atMost) {
      const { rows } = await sql<Pick<LogTables['log_checkpoint'], 'note'>>`
        select note from ${log_checkpoint} where size <= ${atMost} order by size desc limit 1`.execute(kysely);
      return rows[0]?.note;
    },
    async readHashes(level, from, to) {
      const { rows } =
        level === 0
          ? await sql<{ hash: Buffer }>`select leaf_hash as hash from ${log_entry}
              where index >= ${from} and index < ${to} order by index`.execute(kysely)
          : await sql<{ hash: Buffer }>`select hash from ${log_hash}
              where level = ${level} and index >= ${from} and index < ${to} order by index`.execute(kysely);
      return rows.map(({ hash }) => plain(hash));
    },
    async findEntries(entries) {
      const hashes = entries.map((entry) => Buffer.from(leafHash(encodeUtf8(entry))));
      const { rows } = await sql<{ hash: Buffer; index: number }>`
        select leaf_hash as hash, min(index) as index from ${log_entry}
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

type Insertion = {
  readonly expectedSize: number;
  readonly entries: readonly string[];
  readonly growth: Growth;
  readonly checkpoint: string | undefined;
};

function insertion(tables: LogTableNames, { expectedSize, entries, growth, checkpoint }: Insertion) {
  const { log_entry, log_hash, log_checkpoint, log_head } = tables;
  const { tree, leaves, upper } = growth;
  assert(tree.size === expectedSize + entries.length, 'a log grows by what is appended');
  const texts = entries.map((entry) => Buffer.from(entry, 'utf8'));
  return sql<{ moved: number }>`
    with head as (
      update ${log_head} set size = ${tree.size}, tree = ${Buffer.from(concatBytes(...tree.hashes))}
      where size = ${expectedSize} returning 1
    ), entries as (
      insert into ${log_entry} (index, entry, leaf_hash)
      select ${expectedSize}::int8 + place - 1, entry, hash
      from unnest(${texts}::bytea[], ${leaves}::bytea[]) with ordinality as row (entry, hash, place)
      where exists (select from head)
    ), hashes as (
      insert into ${log_hash} (level, index, hash)
      select level, index, hash
      from unnest(
        ${upper.map(({ level }) => level)}::int2[], ${upper.map(({ index }) => index)}::int8[],
        ${upper.map(({ hash }) => hash)}::bytea[]
      ) as row (level, index, hash)
      where exists (select from head)
    ), checkpoints as (
      insert into ${log_checkpoint} (size, note)
      select ${tree.size}::int8, ${checkpoint ?? null}::text
      where ${checkpoint !== undefined} and exists (select from head)
    )
    select count(*)::int4 as moved from head`;
}

function conflict(expectedSize: number, size: number): CodedError {
  return new CodedError('log.size-conflict', 'Somebody else has appended to this log.', { expectedSize, size });
}

/** The tables of the log in this place, and its store and snapshots in them. */
export async function openLogStorePostgres(database: Database<LogTables & SnapshotTables>, place: number) {
  const names = ['log_entry', 'log_hash', 'log_checkpoint', 'kept_snapshot'];
  await makeTablesAt(database as unknown as Database, place, {
    names,
    head: ['log_head', sql`(size, tree) values (0, '')`],
  });
  return {
    store: createLogStorePostgres(database as unknown as Database<LogTables>, place),
    snapshots: createSnapshotStorePostgres(database as unknown as Database<SnapshotTables>, place),
  };
}

/** A Uint8Array and nothing more: a Buffer would show through in comparisons and JSON. */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer);
}
