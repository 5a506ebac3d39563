import { Client } from 'pg';

/**
 * The claim of one living Holdfast on a cluster: an advisory lock held by a connection. It ends with the process that
 * holds it, however that dies, so it can never be stale, which a file with a number in it can.
 */
export type Lock = {
  /** Settles when the connection is gone: by `release`, or because the server is. */
  readonly lost: Promise<void>;
  release(): Promise<void>;
};

export type LockAttempt =
  | { readonly state: 'locked'; readonly lock: Lock }
  | { readonly state: 'held'; readonly holder: string | undefined }
  | { readonly state: 'refused'; readonly error: Error };

/** Two numbers that nothing else in this database locks. */
const KEY = [0x686f6c64, 0x66617374];

const CONNECT_TIMEOUT_MS = 5_000;

/** `shared`: with others who share it, and with nobody who has it alone. */
export async function takeLock(url: string, shared: 'shared' | 'alone' = 'alone'): Promise<LockAttempt> {
  const take = shared === 'shared' ? 'pg_try_advisory_lock_shared' : 'pg_try_advisory_lock';
  const client = new Client({
    connectionString: url,
    application_name: `holdfast ${process.pid}`,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  });
  const lost = new Promise<void>((resolve) => {
    client.on('end', resolve);
    client.on('error', () => resolve());
  });
  try {
    await client.connect();
    const { rows } = await client.query<{ locked: boolean }>(`select ${take}($1, $2) as locked`, KEY);
    if (rows[0]?.locked === true) return { state: 'locked', lock: { lost, release: () => client.end() } };
    const holder = await readHolder(client);
    await client.end();
    return { state: 'held', holder };
  } catch (error) {
    await client.end().catch(() => undefined);
    return { state: 'refused', error: error instanceof Error ? error : new Error(String(error)) };
  }
}

/** The number of the process that holds the lock, as it named its connection. */
async function readHolder(client: Client): Promise<string | undefined> {
  const { rows } = await client.query<{ application_name: string }>(
    `select a.application_name from pg_locks l join pg_stat_activity a on a.pid = l.pid
     where l.locktype = 'advisory' and l.granted and l.classid = $1 and l.objid = $2`,
    KEY,
  );
  return /^holdfast (\d+)$/.exec(rows[0]?.application_name ?? '')?.[1];
}
