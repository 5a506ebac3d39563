/**
 * `durable`: what the product runs; an acknowledged commit survives kill -9 and a power cut.
 * `throwaway`: what the test cluster runs; nothing survives a power cut, and nobody wants it to.
 */
export type Durability = 'durable' | 'throwaway';

type Settings = Readonly<Record<string, string | number>>;

/** Loopback TCP and no Unix socket: a socket's path may have 107 bytes, and data folders lie deeper than that. */
const SHARED: Settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 100,
  password_encryption: 'scram-sha-256',
  // Containers often have a small /dev/shm, which parallel queries fill; small machines do not need them.
  max_parallel_workers_per_gather: 0,
  max_wal_size: '256MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // Only starts, stops and failures of the server itself: statements and their errors may carry personal data,
  // and a refused constraint is an everyday answer that would fill the disk.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_checkpoints: 'off',
  log_autovacuum_min_duration: -1,
};

const BY_DURABILITY: Readonly<Record<Durability, Settings>> = {
  durable: { shared_buffers: '128MB', fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' },
  throwaway: {
    shared_buffers: '32MB',
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    wal_level: 'minimal',
    max_wal_senders: 0,
    autovacuum: 'off',
  },
};

/** Arguments of `postgres`: on the command line they hold whatever a file in the cluster says. */
export function serverArguments(cluster: string, port: number, durability: Durability): readonly string[] {
  const settings = { ...SHARED, ...BY_DURABILITY[durability], port };
  return ['-D', cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}
