import { startEmbeddedPostgres } from '../adapters/embedded-postgres/embedded-postgres.ts';
import { type Seeing, UNSEEN } from '../seeing/seeing.ts';
import { tellDatabase } from './seeing.ts';

export type DatabasePlace = {
  readonly dataFolder: string;
  /** Told of what takes its time. */
  readonly report: (words: string) => void;
  readonly seeing?: Seeing;
};

/** Starts the embedded PostgreSQL. Should it be gone for good later, `stop` is aborted with the reason. */
export async function startDatabase(
  { dataFolder, report, seeing = UNSEEN }: DatabasePlace,
  started: AsyncDisposableStack,
  stop: AbortController,
): Promise<string> {
  const words: Readonly<Record<string, string>> = {
    'copying-binaries': 'copying PostgreSQL to where its account can reach it',
    'creating-cluster': 'creating a database cluster',
    lost: 'PostgreSQL ended by itself; starting it again',
    recovered: 'PostgreSQL runs again, and nothing acknowledged is lost',
    adopted: 'found the PostgreSQL of an earlier run still running',
  };
  const postgres = await startEmbeddedPostgres({
    dataDir: dataFolder,
    report: (event) => {
      const said = words[event.type];
      if (said !== undefined) report(said);
      tellDatabase(seeing.signals, event.type);
      if (event.type === 'gone') stop.abort(event.error);
    },
  });
  started.use(postgres);
  return postgres.url;
}
