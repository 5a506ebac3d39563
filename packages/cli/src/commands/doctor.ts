import { once } from 'node:events';
import { access, constants, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { fetchIncidents, fetchManualRate } from '../cases/case-answers.ts';
import { wordsOfManualRate } from '../cases/case-words.ts';
import { createCommand, run } from '../command.ts';
import { createNetworkClient, findAdminKey, type NetworkClient } from '../network-client.ts';
import { EXIT, type Output } from '../output.ts';
import { DEFAULTS, parseOrigin } from '../settings.ts';

type Options = { json?: boolean; url: string; data: string };

type Finding = { readonly what: string; readonly state: 'well' | 'ill' | 'note'; readonly words: string };

const LEAST_FREE_BYTES = 500 * 1024 * 1024;

/** `holdfast doctor`: what this machine and the network on it need, and what to do where it is missing. */
export function doctorCommand(): Command {
  return createCommand('doctor', 'look for what would keep Holdfast from working here')
    .option('--url <origin>', 'the network', parseOrigin, DEFAULTS.url)
    .option('--data <folder>', 'the data folder', DEFAULTS.data)
    .action(run<Options>(examine));
}

async function examine(output: Output, { url, data }: Options): Promise<number> {
  const findings = [checkRuntime(), checkPlatform(), await checkFolder(data), ...(await checkNetwork(url, data))];
  output.data({ findings });
  for (const { what, state, words } of findings) {
    output.say(`${{ well: 'ok  ', ill: 'ILL ', note: '-   ' }[state]} ${what.padEnd(10)} ${words}`);
  }
  return findings.some(({ state }) => state === 'ill') ? EXIT.no : EXIT.yes;
}

function checkRuntime(): Finding {
  return { what: 'Node', state: 'well', words: `${process.version}, brought along with the repository or new enough` };
}

function checkPlatform(): Finding {
  const platform = `${process.platform}-${process.arch}`;
  const isKnown = ['linux-x64', 'linux-arm64'].includes(platform);
  return isKnown
    ? { what: 'platform', state: 'well', words: platform }
    : { what: 'platform', state: 'note', words: `${platform}: no PostgreSQL comes along here; use --database URL` };
}

async function checkFolder(data: string): Promise<Finding> {
  const path = resolve(data);
  try {
    const parent = await access(path, constants.W_OK).then(
      () => path,
      () => resolve(path, '..'),
    );
    await access(parent, constants.W_OK);
    const { bavail, bsize } = await statfs(parent);
    const free = Number(bavail) * Number(bsize);
    if (free < LEAST_FREE_BYTES) {
      return {
        what: 'data',
        state: 'ill',
        words: `${path} has ${Math.round(free / 2 ** 20)} MiB left; make room or choose --data`,
      };
    }
    return { what: 'data', state: 'well', words: `${path}, ${Math.round(free / 2 ** 30)} GiB free` };
  } catch {
    return { what: 'data', state: 'ill', words: `${path} cannot be written; choose another with --data` };
  }
}

async function checkNetwork(url: string, data: string): Promise<Finding[]> {
  const client = createNetworkClient({ url, adminKey: await findAdminKey(data) });
  const ready = await client.get('/readyz').catch(() => undefined);
  if (ready !== undefined) {
    const parts = Object.entries((ready.parts ?? {}) as Record<string, string>);
    const roles = parts.map(
      ([part, state]): Finding => ({ what: part, state: state === 'ready' ? 'well' : 'ill', words: state }),
    );
    return [...roles, ...(await checkCases(client))];
  }
  const port = Number(new URL(url).port || '80');
  if (await isFree(port))
    return [{ what: 'network', state: 'note', words: `nothing runs at ${url}; start it with: npm start` }];
  return [{ what: 'port', state: 'ill', words: `${port} is taken by another program; start with --port` }];
}

/** What people are asked to decide by hand, and whether that is more than the rulebook allows; what is owed and late. */
async function checkCases(client: NetworkClient): Promise<Finding[]> {
  const [manual, incidents] = await Promise.all([fetchManualRate(client), fetchIncidents(client)]).catch(() => []);
  if (manual === undefined) return [];
  const late = (incidents ?? []).filter(({ owed }) => owed?.isLate === true).length;
  const owed =
    late === 0 ? 'no report is late' : `${late} reports about missed deadlines are late: holdfast case incidents`;
  return [
    { what: 'by hand', state: manual.isOver ? 'ill' : 'well', words: wordsOfManualRate(manual) },
    { what: 'incidents', state: late === 0 ? 'well' : 'ill', words: owed },
  ];
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  const free = await once(server, 'listening').then(
    () => true,
    () => false,
  );
  server.close();
  return free;
}
