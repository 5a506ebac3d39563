import { existsSync } from 'node:fs';

export const PROMTOOL = ['/usr/bin/promtool', '/usr/local/bin/promtool'].find(existsSync);

export const NO_PROMTOOL =
  'NO PROMTOOL FOUND: alert rules and /metrics were not checked by Prometheus itself. Install it: ' +
  'apt-get update && apt-get install -y --no-install-recommends prometheus';

if (PROMTOOL === undefined) console.warn(`\n${'!'.repeat(78)}\n${NO_PROMTOOL}\n${'!'.repeat(78)}\n`);
