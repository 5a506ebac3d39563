// Runs a development tool (vitest, biome, tsc, knip), or a script of this folder (pack.ts), under the repository's own
// Node: `node tools/run.js vitest run`.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runUnderNode } from '../packages/cli/bin/runtime.js';

const PACKAGE_OF = { biome: '@biomejs/biome', tsc: 'typescript' };
const [tool = '', ...args] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));

function installed() {
  const folder = join(here, '..', 'node_modules', PACKAGE_OF[tool] ?? tool);
  const manifest = join(folder, 'package.json');
  if (!existsSync(manifest)) {
    process.stderr.write(`${tool || 'No tool'} is not installed here; run npm ci first.\n`);
    process.exit(64);
  }
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
  return join(folder, typeof bin === 'string' ? bin : bin[tool]);
}

runUnderNode([/^[a-z-]+\.ts$/.test(tool) ? join(here, tool) : installed(), ...args]);
