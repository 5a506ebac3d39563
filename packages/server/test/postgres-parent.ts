// Starts PostgreSQL in a process of its own, which a test can kill. One argument: JSON of `ParentOptions`. Writes one
// line of JSON for each event, then `ready` or `refused`; reads one line: `stop` or `exit`.
import { createInterface } from 'node:readline';
import { isCodedError } from '@holdfast/core';
import {
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from '../src/adapters/embedded-postgres/embedded-postgres.ts';

export type ParentOptions = Omit<EmbeddedPostgresOptions, 'report'> & {
  /** Gives up root for this user before it starts anything. */
  readonly uid?: number;
};

export type ParentLine =
  | { readonly type: 'ready'; readonly url: string; readonly pid: number }
  | { readonly type: 'refused'; readonly code: string; readonly message: string }
  | { readonly type: 'copying-binaries' | 'creating-cluster'; readonly folder: string }
  | { readonly type: 'started' | 'adopted' | 'recovered' | 'lost' | 'gone' | 'stopped' };

function write(line: ParentLine | object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const { uid, ...options } = JSON.parse(process.argv[2] ?? '{}') as ParentOptions;
if (uid !== undefined) {
  // Every module is loaded by now; where only root may read the repository, this user could not load one more.
  process.setgroups?.([]);
  process.setgid?.(uid);
  process.setuid?.(uid);
}
try {
  const postgres = await startEmbeddedPostgres({ ...options, report: write });
  write({ type: 'ready', url: postgres.url, pid: postgres.pid });
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'exit') process.exit(0);
    if (line === 'stop') break;
  }
  await postgres.stop();
  write({ type: 'stopped' });
} catch (error) {
  write({ type: 'refused', code: isCodedError(error) ? error.code : 'none', message: String(error) });
}
process.exit(0);
