import { setTimeout as delay } from 'node:timers/promises';
import { CodedError } from '@holdfast/core';
import { Kysely, PostgresDialect, type Transaction } from 'kysely';
import { isBroken, isConflict, sqlState } from './failure.ts';
import { createPool, type PoolSettings } from './pool.ts';
import { prepareRole, roleOf } from './role.ts';

export type DatabaseOptions = {
  /** `postgres://user:password@host:port/name`; any PostgreSQL 15 or newer. */
  readonly url: string;
  /** Lower-case letters, digits, underscores: `issuer`, `verifier_north`. */
  readonly schema: string;
  /** Default `holdfast_<schema>`. */
  readonly role?: string;
  /** Most connections at once. Default 10. */
  readonly poolMax?: number;
  /** Most callers that wait for one of them; beyond, `database.busy` at once. Default 256. */
  readonly waitingMax?: number;
  /** How long a caller waits for a connection, then `database.busy` or `database.unreachable`. Default 5 s. */
  readonly waitTimeoutMs?: number;
  /** How long a statement, or a wait for a lock, may take; then `database.slow`. Default 15 s. */
  readonly statementTimeoutMs?: number;
};

const CLOSE_TIMEOUT_MS = 10_000;

/** The tables of one role of ours: everything sent through `kysely` runs as that role, in its schema. */
export class Database<Tables = unknown> implements AsyncDisposable {
  readonly kysely: Kysely<Tables>;
  readonly schema: string;
  readonly role: string;
  // Private, because the address in it holds a password and this object may be logged.
  readonly #settings: PoolSettings;

  constructor(settings: PoolSettings) {
    this.#settings = settings;
    this.schema = settings.schema;
    this.role = settings.role;
    this.kysely = createKysely<Tables>(settings);
  }

  /** Runs `work` on a connection of its own that may take longer than the pool allows; for migrations. */
  async apart<Result>(timeoutMs: number, work: (kysely: Kysely<Tables>) => Promise<Result>): Promise<Result> {
    const kysely = createKysely<Tables>({ ...this.#settings, poolMax: 1, statementTimeoutMs: timeoutMs });
    try {
      return await work(kysely);
    } finally {
      await kysely.destroy();
    }
  }

  /** Waits for what is under way, at most ten seconds. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.race([this.kysely.destroy(), delay(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
  }
}

/**
 * Opens one role's tables, making schema and database role on first use.
 *
 * An int8 is read as a number, and one beyond 2^53 is a broken invariant; times are int8, unix milliseconds.
 * Throws `database.url`, what `prepareRole` says, or `database.unreachable | refused | absent | busy | slow`.
 */
export async function openDatabase<Tables = unknown>(options: DatabaseOptions): Promise<Database<Tables>> {
  assertUrl(options.url);
  const settings: PoolSettings = {
    url: options.url,
    schema: options.schema,
    role: options.role ?? roleOf(options.schema),
    poolMax: options.poolMax ?? 10,
    waitingMax: options.waitingMax ?? 256,
    waitTimeoutMs: options.waitTimeoutMs ?? 5_000,
    statementTimeoutMs: options.statementTimeoutMs ?? 15_000,
  };
  await prepareRole({ ...settings, timeoutMs: settings.waitTimeoutMs });
  return new Database<Tables>(settings);
}

function createKysely<Tables>(settings: PoolSettings): Kysely<Tables> {
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: createPool(settings) }) });
}

function assertUrl(url: string): void {
  if (URL.canParse(url) && ['postgres:', 'postgresql:'].includes(new URL(url).protocol)) return;
  // The address itself is not repeated: what is wrong with it may be a password with a character in it.
  throw new CodedError(
    'database.url',
    'The address of the database is not of the form postgres://user:password@host:port/name ' +
      '(characters like @ : / in the password are written %40 %3A %2F).',
  );
}

export type TransactionOptions = {
  /**
   * Default `read committed`: rely on constraints and on rows locked by what you update. Take `serializable` where a
   * decision rests on rows that it reads and does not change.
   */
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable';
};

const MOST_ATTEMPTS = 3;
const BACKOFF_MS = 20;

/**
 * Runs `work` in one transaction: all of it is committed when the promise is fulfilled, none of it when it is rejected,
 * with one exception, `database.outcome-unknown`.
 *
 * - `work` is run again, at most three times in all, when the database undid it because of another transaction
 *   (serialization failure, deadlock). So it touches nothing but the `sql` it is given: no other connection, no
 *   neighbour, no variable outside. After the third time: `database.contended`, and nothing was written.
 * - `work` lets the errors of its statements through. One it swallows leaves a transaction that cannot be committed.
 * - When the connection breaks while COMMIT is under way, nobody on this side can know: `database.outcome-unknown`.
 *   The caller reads before it does the same again; with an idempotency key in a unique column it can simply repeat.
 */
export async function transaction<Tables, Result>(
  database: Database<Tables>,
  work: (sql: Transaction<Tables>) => Promise<Result>,
  options: TransactionOptions = {},
): Promise<Result> {
  return untilDone(database, () => runOnce(database.kysely, work, options));
}

/**
 * Runs `work`, which sends one statement: a transaction of its own, over with its answer, so that nobody waits twice. As
 * `transaction` does it again where another was in its way, and as there the isolation is `read committed`. When the connection breaks
 * once it was sent, nobody on this side can know whether it was done: `database.outcome-unknown`.
 */
export async function statement<Tables, Result>(
  database: Database<Tables>,
  work: (sql: Kysely<Tables>) => Promise<Result>,
): Promise<Result> {
  return untilDone(database, () =>
    database.kysely.connection().execute(async (one) => {
      try {
        return await work(one);
      } catch (error) {
        throw isLost(error) ? outcomeUnknown(error) : error;
      }
    }),
  );
}

async function untilDone<Result>({ schema }: Pick<Database, 'schema'>, run: () => Promise<Result>): Promise<Result> {
  let conflict: unknown;
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      if (!isConflict(error)) throw error;
      conflict = error;
      // Full jitter: those who collided do not come back together.
      await delay(Math.random() * BACKOFF_MS * 2 ** attempt);
    }
  }
  throw new CodedError(
    'database.contended',
    `This change collided with others ${MOST_ATTEMPTS} times and was not made. Try again.`,
    { schema, sqlState: sqlState(conflict) },
    conflict,
  );
}

async function runOnce<Tables, Result>(
  kysely: Kysely<Tables>,
  work: (sql: Transaction<Tables>) => Promise<Result>,
  { isolation = 'read committed' }: TransactionOptions,
): Promise<Result> {
  const open = await kysely.startTransaction().setIsolationLevel(isolation).execute();
  // A failed rollback means a dead connection, which has rolled back by itself.
  const rollback = () =>
    open
      .rollback()
      .execute()
      .catch(() => undefined);
  let result: Result;
  try {
    result = await work(open);
  } catch (error) {
    await rollback();
    throw error;
  }
  try {
    await open.commit().execute();
    return result;
  } catch (error) {
    await rollback();
    throw isLost(error) ? outcomeUnknown(error) : error;
  }
}

/** Whether the connection broke, in our words or in those of the driver. */
function isLost(error: unknown): boolean {
  return isBroken(error) || sqlState(error) === 'database.unreachable';
}

function outcomeUnknown(cause: unknown): CodedError {
  return new CodedError(
    'database.outcome-unknown',
    'The connection to the database broke while a change was being confirmed: it was made, or it was not. Look before trying again.',
    {},
    cause,
  );
}
