import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

export const PROMTOOL = ['/usr/bin/promtool', '/usr/local/bin/promtool'].find(existsSync);

export const NO_PROMTOOL =
  'NO PROMTOOL FOUND: alert rules and /metrics were not checked by Prometheus itself. Install it: ' +
  'apt-get update && apt-get install -y --no-install-recommends prometheus';

if (PROMTOOL === undefined) console.warn(`\n${'!'.repeat(78)}\n${NO_PROMTOOL}\n${'!'.repeat(78)}\n`);

export function promtool(args: readonly string[], input = '') {
  const { status, stdout, stderr } = spawnSync(PROMTOOL ?? '', args, { input, encoding: 'utf8' });
  return { status, said: `${stdout}${stderr}` };
}

/** The rules that an operator loads, as far as tests ask of them. */
export function readAlertRules() {
  const text = readFileSync(new URL('../../../deploy/prometheus/alerts.yml', import.meta.url), 'utf8');
  return text
    .split('- alert: Holdfast')
    .slice(1)
    .map((rule) => ({
      name: /^\w+/.exec(rule)?.[0] ?? '',
      expression: /expr: '(.*)'/.exec(rule)?.[1] ?? '',
      runbook: /runbook: (\S+)/.exec(rule)?.[1] ?? '',
    }));
}
