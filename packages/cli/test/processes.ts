import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PATIENCE_MS } from '../../core/test/patience.ts';

/** Each look may ask a whole network; what is looked for takes longer than this to come about. */
const POLL_MS = 150;

/** Polls until it holds; throws naming what never came. */
export async function until(
  what: string,
  holds: () => Promise<boolean> | boolean,
  timeoutMs = PATIENCE_MS,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`never came about: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The server of a data folder's embedded database, wherever that lies. */
export async function findPostgres(data: string): Promise<number> {
  const inside = join(data, 'postgres');
  const place = await readFile(join(inside, 'location'), 'utf8').catch(() => inside);
  return Number((await readFile(join(place.trim(), 'cluster', 'postmaster.pid'), 'utf8')).split('\n')[0]);
}

/** The processes that another one started itself, with this word among their arguments. */
export async function findChildren(parent: number | undefined, word: string): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    // A process may end while it is looked at.
    const [command = '', status = ''] = await Promise.all(
      ['cmdline', 'status'].map((file) => readFile(`/proc/${name}/${file}`, 'utf8').catch(() => '')),
    );
    if (status.includes(`\nPPid:\t${parent}\n`) && command.split('\0').includes(word)) found.push(Number(name));
  }
  return found;
}
