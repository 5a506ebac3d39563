import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { findPlace } from './place.ts';
import { identifyProcess, readPostmaster, signalServer, waitForEnd } from './postmaster.ts';

const END_TIMEOUT_MS = 15_000;

/**
 * Deletes the database of a data folder for good, wherever it lies; a server that still runs on it is ended first.
 * For data folders that were only ever meant for a while: whoever just deletes the folder leaves behind what root's
 * PostgreSQL put into the refuge. Does nothing where there is no database.
 */
export async function removeEmbeddedPostgres(dataDir: string): Promise<void> {
  const inside = join(resolve(dataDir), 'postgres');
  const place = await findPlace(inside);
  if (place === undefined) return;
  const cluster = join(place, 'cluster');
  const server = await readPostmaster(cluster);
  if (server !== undefined && (await identifyProcess(server.pid, cluster)) === 'server') {
    signalServer(server.pid, 'immediate');
    await waitForEnd(server.pid, cluster, END_TIMEOUT_MS);
  }
  await rm(place, { recursive: true, force: true, maxRetries: 5 });
  await rm(inside, { recursive: true, force: true });
}
