import {
  createFollower,
  type FeedSource,
  type Follower,
  type FollowerStore,
  type FraudStore,
  type SnapshotStore,
} from '@holdfast/verifier';
import { type Database, type DatabaseOptions, openDatabase } from '../adapters/postgres/database.ts';
import { createFollowerStorePostgres, createSuccessorStoresPostgres } from '../adapters/postgres/follower-store.ts';
import { createFraudStorePostgres } from '../adapters/postgres/fraud-store.ts';
import { type Migration, migrate } from '../adapters/postgres/migration.ts';
import { createSnapshotStorePostgres } from '../adapters/postgres/snapshot-store.ts';
import { UNSEEN } from '../seeing/seeing.ts';
import type { Platform } from './platform.ts';
import { watchFollower } from './seeing.ts';

/**
 * Opens one role's schema with these tables in it. `pool`: how its connections are bounded, and whose the schema is when
 * another's than its name says.
 */
export async function openTables(
  url: string,
  schema: string,
  migrations: readonly Migration[],
  pool: Partial<DatabaseOptions> = {},
): Promise<Database> {
  const database = await openDatabase({ ...pool, url, schema });
  await migrate(database, migrations);
  return database;
}

/** The same database as one store of the schema sees it: its own tables and no others. */
export function tablesOf<Tables>(database: Database): Database<Tables> {
  return database as unknown as Database<Tables>;
}

type ComposedFollower = {
  readonly follower: Follower;
  readonly store: FollowerStore;
  readonly snapshots: SnapshotStore;
  readonly fraud: FraudStore;
};

/** A role's own follower of the network, over its own store: effects are pulled by everyone alike. */
export function composeFollower(
  platform: Platform,
  options: {
    readonly name: string;
    readonly network: string;
    readonly source: FeedSource;
    readonly database: Database;
    /** Whose cosignatures count by now, instead of the rulebook's witnesses. */
    readonly witnesses?: () => string | undefined;
  },
): ComposedFollower {
  const store = createFollowerStorePostgres(tablesOf(options.database));
  const snapshots = createSnapshotStorePostgres(tablesOf(options.database));
  const fraud = createFraudStorePostgres(tablesOf(options.database));
  const { clock, entropy, engine } = platform;
  const { signals } = platform.seeing ?? UNSEEN;
  const follower = createFollower({
    network: options.network,
    source: options.source,
    formerLogs: platform.formerLogs ?? [],
    store,
    snapshots,
    fraud,
    successors: createSuccessorStoresPostgres(tablesOf(options.database)),
    engine,
    clock,
    entropy,
    ...(options.witnesses === undefined ? {} : { witnesses: options.witnesses }),
    report: ({ code }) => signals.feedAlarm({ follower: options.name, why: code }),
  });
  watchFollower(platform, options.name, follower);
  return { follower, store, snapshots, fraud };
}
