import { join } from 'node:path';
import { CodedError } from '@holdfast/core';
import { createNodeEngine } from '@holdfast/verifier/node';
import type { Logger } from 'pino';
import { readOptional } from '../adapters/home-folder/home-folder.ts';
import { openDatabase } from '../adapters/postgres/database.ts';
import { fillIssuerLists } from '../adapters/postgres/filled-lists.ts';
import { createFollowerStorePostgres } from '../adapters/postgres/follower-store.ts';
import { createLogStorePostgres, openLogStorePostgres } from '../adapters/postgres/log-store.ts';
import { type Recovered, type RecoverySource, recoverLog } from '../roles/network/recovering.ts';
import { claimDatabase } from './database-claim.ts';
import { openTables, tablesOf } from './following.ts';
import { logMarkOf } from './network.ts';
import { createRoleLogins } from './role-logins.ts';
import { ROLE_TABLES } from './role-tables.ts';
import { startDatabase } from './start-database.ts';
import { readSucceeded } from './succession.ts';

export type RecoveryStart = {
  readonly dataFolder: string;
  readonly databaseUrl?: string;
  readonly source: RecoverySource;
  /** A log that the network had before its present one, by how many came before it. */
  readonly former?: number;
  readonly logger: Logger;
  readonly report: (words: string) => void;
  readonly progress?: (size: number, of: number) => void;
};

type RecoveredNetwork = Recovered & {
  /** Status lists of the issuer beside it that count as full now, as nobody knows what was given out after the backup. */
  readonly listsFilled: number;
};

/** Brings a network's log, while the network stands still, up to what a copy of it has. Throws `data.*`, `log.recover-*`. */
export async function recoverNetwork(options: RecoveryStart): Promise<RecoveredNetwork> {
  const { dataFolder, source, logger } = options;
  await using opened = new AsyncDisposableStack();
  const stop = new AbortController();
  const first = (await readOptional(join(dataFolder, 'genesis.jws')))?.trim();
  if (first === undefined) throw new CodedError('data.no-network', `There is no network in ${dataFolder}.`);
  const url = options.databaseUrl ?? (await startDatabase(options, opened, stop));
  if (options.databaseUrl !== undefined) opened.use(await claimDatabase(url, (error) => stop.abort(error)));
  const logins = createRoleLogins(url, logger);
  const database = opened.use(await openTables(await logins.of('network'), 'network', ROLE_TABLES.network));
  const present = await readSucceeded({ dataFolder });
  const { former } = options;
  if (former !== undefined && former >= (present?.place ?? 0)) {
    throw new CodedError('log.no-former', 'This network has had no such log before its present one.', { former });
  }
  const succeeded = former === undefined ? present : await readSucceeded({ dataFolder }, former);
  const place = succeeded?.place ?? 0;
  const { store } = await openLogStorePostgres(tablesOf(database), place);
  const recovered = await recoverLog(
    {
      ...{ store, mark: logMarkOf(dataFolder, place), engine: createNodeEngine() },
      genesis: succeeded?.opening ?? first,
      ...(succeeded === undefined ? {} : { predecessor: succeeded.predecessor }),
      ...(options.progress === undefined ? {} : { report: options.progress }),
    },
    source,
  );
  // What the issuer gave out since is another matter: it goes by the log that the network is in now.
  if (former !== undefined) return { ...recovered, listsFilled: 0 };
  const isSetBack = recovered.shown > recovered.from || recovered.size > recovered.from;
  if (!isSetBack) return { ...recovered, listsFilled: 0 };
  const issuer = opened.use(await openTables(await logins.of('issuer'), 'issuer', ROLE_TABLES.issuer));
  return { ...recovered, listsFilled: await fillIssuerLists(issuer) };
}

/** `postgres://…/name?schema=verifier_south`; without a schema the network's own log. */
const DEFAULT_SCHEMA = 'network';
/** PostgreSQL, appendix A. */
const UNDEFINED_TABLE = '42P01';

/**
 * A log as it lies in a database, the network's own or what a follower has kept, served by nobody: a restored copy, before anybody is
 * shown it, and the tail that it lacks. Only reads. Throws `database.*`, and `log.out-of-range` where there is nothing yet.
 */
export async function openStoredLog(address: string): Promise<RecoverySource & AsyncDisposable> {
  const url = new URL(address);
  const schema = url.searchParams.get('schema') ?? DEFAULT_SCHEMA;
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(schema))
    throw new CodedError('database.url', 'A schema is a plain lower-case name.');
  url.searchParams.delete('schema');
  const database = await openDatabase({ url: url.href, schema, poolMax: 2 });
  const log = createLogStorePostgres(tablesOf(database));
  const followed = createFollowerStorePostgres(tablesOf(database));
  const isOwn = schema === DEFAULT_SCHEMA;
  const readNote = async (atMost: number) => {
    try {
      return isOwn ? await log.readCheckpoint(atMost) : (await followed.readHead()).checkpoint;
    } catch (error) {
      if ((error as { code?: unknown }).code !== UNDEFINED_TABLE) throw error;
      const sentence = `There is no log in the schema ${schema} of this database. Name the one that has it: ?schema=NAME.`;
      throw new CodedError('log.out-of-range', sentence, { schema }, error);
    }
  };
  return {
    async fetchCheckpoint(_signal, atMost = Number.MAX_SAFE_INTEGER) {
      const note = await readNote(atMost);
      if (note === undefined) throw new CodedError('log.out-of-range', 'There is no checkpoint of this log here yet.');
      return note;
    },
    fetchEntries: (from, to) => (isOwn ? log : followed).readEntries(from, to),
    [Symbol.asyncDispose]: async () => database[Symbol.asyncDispose](),
  };
}
