import { CodedError } from '@holdfast/core';

/** Where a database lies, for sentences: never the password. */
export function describeUrl(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  const host = hostname === '' ? 'this machine' : decodeURIComponent(hostname);
  return `${host}${port === '' ? '' : `:${port}`}${decodeURIComponent(pathname)}`;
}

/** The SQLSTATE of the server, or the name the operating system gave to a failed connection. */
export function sqlState(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Whether two transactions were in each other's way, so that the same work may succeed if done again. */
export function isConflict(error: unknown): boolean {
  return sqlState(error) === '40001' || sqlState(error) === '40P01';
}

const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'EACCES',
]);

/** Texts of `pg` for a connection that broke or never came; it gives them no code. */
const BROKEN =
  /^(timeout expired|Connection terminated|Query read timeout|Client has encountered a connection error)|not queryable/;

/** Whether the connection is of no more use, whatever it was doing. */
export function isBroken(error: unknown): boolean {
  const state = sqlState(error);
  if (NETWORK.has(state) || state.startsWith('08') || ['57P01', '57P02', '57P03', '57P05'].includes(state)) return true;
  return error instanceof Error && BROKEN.test(error.message);
}

/**
 * The coded form of what an operator can mend: `database.unreachable`, `refused`, `absent`, `busy`, `slow`, `full`,
 * `read-only`. Anything else (a refused constraint, a conflict, a wrong statement) is returned as it came.
 */
export function operatingFailure(error: unknown, where: string): unknown {
  const state = sqlState(error);
  if (error instanceof Error && error.message === 'timeout exceeded when trying to connect') return busy(where, error);
  if (isBroken(error)) {
    return failure(
      'database.unreachable',
      `The database at ${where} does not answer. Start it, or correct the address given with --database.`,
      where,
      error,
    );
  }
  if (state.startsWith('28')) {
    return failure(
      'database.refused',
      `The database at ${where} refuses the user or password of the address given with --database.`,
      where,
      error,
    );
  }
  if (state === '3D000') {
    return failure('database.absent', `There is no such database: ${where}. Create it (createdb) first.`, where, error);
  }
  if (state === '53100') {
    return failure('database.full', `The disk of the database at ${where} is full. Make room there.`, where, error);
  }
  if (state.startsWith('53')) return busy(where, error);
  if (['57014', '55P03', '25P03', '25P04'].includes(state)) {
    return failure('database.slow', `The database at ${where} did not answer in time.`, where, error);
  }
  if (state === '25006') {
    return failure(
      'database.read-only',
      `The database at ${where} takes no writes, as a replica does. Give the address of the primary.`,
      where,
      error,
    );
  }
  return error;
}

export function busy(where: string, cause?: unknown): CodedError {
  return failure('database.busy', `All connections to the database at ${where} are taken. Try again.`, where, cause);
}

function failure(code: string, sentence: string, database: string, cause: unknown): CodedError {
  return new CodedError(code, sentence, { database, sqlState: sqlState(cause) }, cause);
}
