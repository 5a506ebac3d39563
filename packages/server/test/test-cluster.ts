import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where `createTestDatabase` finds a server: `postgres://…`, or `http://…` that starts one when first asked. */
    holdfastTestCluster: string;
  }
}

const PREFIX = 'holdfast-test-';

/**
 * One PostgreSQL for a whole test run, in a temporary folder, started when the first test file asks for a database.
 * It does not fsync: that what is acknowledged survives is the subject of the launcher's own tests, and everything
 * else only waits for the disk. `HOLDFAST_TEST_DATABASE_URL` names a server to use instead; its user needs CREATEDB
 * and CREATEROLE.
 *
 * The launcher is imported when it is needed, so that runs without a database pay nothing for it.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  await sweepCrashedRuns();
  const own = process.env.HOLDFAST_TEST_DATABASE_URL;
  if (own !== undefined && own !== '') {
    project.provide('holdfastTestCluster', own);
    return async () => undefined;
  }
  let cluster: Promise<Cluster> | undefined;
  // The path is a secret: the answer holds a password, and loopback is open to everyone on the machine.
  const path = `/${randomBytes(16).toString('hex')}`;
  const door = createServer((request, response) => {
    if (request.url !== path) return void response.writeHead(404).end();
    cluster ??= startCluster();
    cluster.then(
      ({ url }) => response.end(url),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  project.provide('holdfastTestCluster', await listen(door, path));
  return async () => {
    door.close();
    await (await cluster)?.remove();
  };
}

type Cluster = { readonly url: string; remove(): Promise<void> };

async function startCluster(): Promise<Cluster> {
  const { startEmbeddedPostgres } = await import('../src/adapters/embedded-postgres/embedded-postgres.ts');
  const folder = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  // Root's PostgreSQL runs under an account that has to reach it.
  await chmod(folder, 0o755);
  const postgres = await startEmbeddedPostgres({ dataDir: folder, durability: 'throwaway' });
  return {
    url: postgres.url,
    async remove() {
      await postgres.stop();
      await removeRun(folder);
    },
  };
}

function listen(door: ReturnType<typeof createServer>, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    door.on('error', reject);
    door.listen(0, '127.0.0.1', () => {
      const address = door.address();
      if (typeof address === 'object' && address !== null) resolve(`http://127.0.0.1:${address.port}${path}`);
    });
  });
}

/** A run that was killed could not clean up: its server may still run and its folder lie there. */
async function sweepCrashedRuns(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (pid === undefined) continue;
    const { isAlive } = await import('../src/adapters/embedded-postgres/postmaster.ts');
    // What another user left is that user's to remove.
    if (!isAlive(Number(pid))) await removeRun(join(tmpdir(), name)).catch(() => undefined);
  }
}

async function removeRun(folder: string): Promise<void> {
  const { removeEmbeddedPostgres } = await import('../src/adapters/embedded-postgres/removal.ts');
  await removeEmbeddedPostgres(folder);
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
