import type { Database } from '../adapters/postgres/database.ts';
import { openLogStorePostgres } from '../adapters/postgres/log-store.ts';
import { createFormerLog, type FormerLog } from '../roles/network/former-log.ts';
import { tablesOf } from './following.ts';
import { readEnd } from './succession.ts';

type FormerPlace = {
  /** How many logs there were before the present one. */
  readonly place: number;
  readonly dataFolder: string;
  /** Told of a log of which less is here than counts: `network.former-log-short`. */
  readonly report: (event: { readonly code: string }) => void;
};

/** What this database has of the logs before the one in this place; where the folder does not say where one ended, nothing. */
export async function openFormerLogs(
  database: Database,
  { place, dataFolder, report }: FormerPlace,
): Promise<readonly (FormerLog | undefined)[]> {
  const logs: (FormerLog | undefined)[] = [];
  for (let at = 0; at < place; at += 1) {
    const end = await readEnd({ dataFolder }, at + 1);
    const { store } = await openLogStorePostgres(tablesOf(database), at);
    const { size } = await store.readHead();
    if (end === undefined || size < end.state.tree.size) report({ code: 'network.former-log-short' });
    logs.push(end === undefined ? undefined : await createFormerLog(store, end));
  }
  return logs;
}
