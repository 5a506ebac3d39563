import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reservePort } from '../src/compose/listening.ts';

const EXECUTABLE = ['/usr/bin/prometheus', '/usr/local/bin/prometheus'].find(existsSync);
const RULES = new URL('../../../deploy/prometheus/alerts.yml', import.meta.url);

export const NO_PROMETHEUS =
  'NO PROMETHEUS FOUND: no alert was tried on a network that is scraped. Install it: ' +
  'apt-get update && apt-get install -y --no-install-recommends prometheus';

export const hasPrometheus = EXECUTABLE !== undefined;

if (!hasPrometheus) console.warn(`\n${'!'.repeat(78)}\n${NO_PROMETHEUS}\n${'!'.repeat(78)}\n`);

/** An alert as it was seen: pending or firing, from second to second, in unix milliseconds. */
export type SeenAlert = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly times: readonly number[];
};
export type LoadedRule = { readonly name: string; readonly health: string; readonly lastError?: string };

export type PrometheusServer = AsyncDisposable & {
  /** Every alert that was pending or firing in the last half hour. */
  readonly seen: () => Promise<readonly SeenAlert[]>;
  /** Names of the alerts that fire now. */
  readonly firing: () => Promise<readonly string[]>;
  readonly rules: () => Promise<readonly LoadedRule[]>;
  /** Every name that any series had. */
  readonly names: () => Promise<readonly string[]>;
  /** Evaluates one expression; throws what Prometheus says against it. */
  readonly query: (expression: string) => Promise<unknown>;
};

export type Scraped = { readonly target: string; readonly key: string };

type Answer = { readonly status: string; readonly error?: string; readonly data: unknown };
type Matrix = { readonly result: readonly { metric: Record<string, string>; values: readonly [number, string][] }[] };

/**
 * A real Prometheus on loopback that scrapes one process every second by our rules, with their waiting times shortened: who
 * waits a minute for the third second waits for a minute.
 */
export async function startPrometheus({ target, key }: Scraped): Promise<PrometheusServer> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-prometheus-'));
  const port = await reservePort(0);
  const origin = `http://127.0.0.1:${port}`;
  await writeFile(join(folder, 'alerts.yml'), shortened(await readFile(RULES, 'utf8')));
  const job = {
    job_name: 'holdfast',
    authorization: { credentials: key },
    static_configs: [{ targets: [target] }],
  };
  const every = { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' };
  const config = { global: every, rule_files: ['alerts.yml'], scrape_configs: [job] };
  await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(config));
  const child = spawn(
    EXECUTABLE ?? '',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      ...[`--storage.tsdb.path=${join(folder, 'tsdb')}`, `--web.listen-address=127.0.0.1:${port}`],
      ...['--log.level=error'],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-2000);
  });
  const isReady = () =>
    fetch(`${origin}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isReady())) {
    if (child.exitCode !== null) throw new Error(`prometheus ended at once: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const ask = async (path: string) => {
    const { status, error, data } = (await (await fetch(`${origin}/api/v1/${path}`)).json()) as Answer;
    if (status !== 'success') throw new Error(`${path}: ${error}`);
    return data;
  };
  const query = (expression: string) => ask(`query?${new URLSearchParams({ query: expression })}`);
  const nameOf = ({ alertname = '' }: Record<string, string>) => alertname.replace(/^Holdfast/, '');
  return {
    query,
    async seen() {
      const { result } = (await query('ALERTS[30m]')) as Matrix;
      return result.map(({ metric, values }) => ({
        ...{ name: nameOf(metric), labels: metric, times: values.map(([seconds]) => seconds * 1000) },
      }));
    },
    async firing() {
      const { result } = (await query('ALERTS{alertstate="firing"}')) as Matrix;
      return [...new Set(result.map(({ metric }) => nameOf(metric)))].sort();
    },
    async rules() {
      const { groups } = (await ask('rules')) as { groups: readonly { rules: readonly LoadedRule[] }[] };
      return groups
        .flatMap(({ rules }) => rules)
        .map((rule) => ({ ...rule, name: rule.name.replace(/^Holdfast/, '') }));
    },
    names: async () => (await ask('label/__name__/values')) as readonly string[],
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await ended;
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** What an operator waits for in minutes is waited for in seconds; what is said stays. */
function shortened(rules: string): string {
  return rules
    .replaceAll(/for: \d+[mh]/g, 'for: 1s')
    .replaceAll(/\[\d+[mh]\]/g, '[10s]')
    .replaceAll(/offset \d+[mh]/g, 'offset 10s')
    .replaceAll('_age_seconds) > 60', '_age_seconds) > 3');
}
