import { once } from 'node:events';
import { access, constants, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { isCodedError, isJsonObject, wordsOfFinding } from '@holdfast/core';
import type { OverviewView } from '@holdfast/server/answers';
import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { createNetworkClient, findAdminKey, type NetworkClient } from '../network-client.ts';
import { EXIT, type Output } from '../output.ts';
import { fetchOverview, sayLocal } from '../overview/overview-answer.ts';
import { wrap } from '../overview/top-screen.ts';
import { DEFAULTS, parseOrigin } from '../settings.ts';

type Options = { json?: boolean; url: string; data: string };

type Checked = {
  readonly what: string;
  readonly state: 'well' | 'ill' | 'note';
  readonly words: string;
  /** What to type, where that helps. */
  readonly command?: string;
};

/** A part that stands still is asked for its readiness too. */
const READY_TIMEOUT_MS = 5000;
const LEAST_FREE_BYTES = 500 * 1024 * 1024;

/** `holdfast doctor`: what this machine and the network on it need, and what to do where it is missing. */
export function doctorCommand(): Command {
  return createCommand('doctor', 'look for what would keep Holdfast from working here')
    .option('--url <origin>', 'the network', parseOrigin, DEFAULTS.url)
    .option('--data <folder>', 'the data folder', DEFAULTS.data)
    .action(run<Options>(examine));
}

async function examine(output: Output, { url, data }: Options): Promise<number> {
  const { checked, overview } = await checkNetwork(url, data);
  const findings = [checkRuntime(), checkPlatform(), await checkFolder(data), ...checked];
  output.data({ findings, ...(overview === undefined ? {} : { overview }) });
  for (const one of findings) for (const line of linesOf(one)) output.say(line);
  return findings.some(({ state }) => state === 'ill') ? EXIT.no : EXIT.yes;
}

const MARGIN = 16;
const MARKS = { well: 'ok  ', ill: 'ILL ', note: '-   ' } as const;

/** On a terminal no word is broken; elsewhere a finding is a line, for whoever looks for words in it. */
function linesOf({ what, state, words, command }: Checked): readonly string[] {
  const { isTTY, columns = 80 } = process.stdout;
  const said = isTTY === true && columns > 2 * MARGIN ? wrap(words, columns - MARGIN) : [words];
  const head = `${MARKS[state]} ${what.padEnd(MARGIN - 6)} `;
  // What has a long name begins its words below it.
  const begun = head.length > MARGIN && said.length > 1 ? [head.trimEnd(), ...indented(said)] : [];
  const lines = begun.length > 0 ? begun : [`${head}${said[0]}`, ...indented(said.slice(1))];
  return command === undefined ? lines : [...lines, ...indented([`try: ${command}`])];
}

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `${' '.repeat(MARGIN)}${line}`);
}

function checkRuntime(): Checked {
  return { what: 'Node', state: 'well', words: `${process.version}, brought along with the repository or new enough` };
}

function checkPlatform(): Checked {
  const platform = `${process.platform}-${process.arch}`;
  const isKnown = ['linux-x64', 'linux-arm64'].includes(platform);
  return isKnown
    ? { what: 'platform', state: 'well', words: platform }
    : { what: 'platform', state: 'note', words: `${platform}: no PostgreSQL comes along here; use --database URL` };
}

async function checkFolder(data: string): Promise<Checked> {
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

type NetworkChecked = { readonly checked: readonly Checked[]; readonly overview?: OverviewView };

async function checkNetwork(url: string, data: string): Promise<NetworkChecked> {
  const client = createNetworkClient({ url, adminKey: await findAdminKey(data) });
  const parts = await fetchParts(url);
  if (parts !== undefined) return checkRunning(client, parts);
  // Of roles that run apart the one that is asked for its readiness may be the one that is away.
  const known = await checkRunning(client, {});
  if (known.overview !== undefined) return known;
  const port = Number(new URL(url).port || '80');
  const isQuiet = await isFree(port);
  const words = isQuiet
    ? `nothing runs at ${url}; start it with: npm start`
    : `${port} is taken by another program; start with --port`;
  return { checked: [{ what: isQuiet ? 'network' : 'port', state: isQuiet ? 'note' : 'ill', words }] };
}

/** Each part in its own word, also where one is not ready; undefined where nobody answers who has parts. */
async function fetchParts(url: string): Promise<Readonly<Record<string, string>> | undefined> {
  try {
    const answer = await fetch(new URL('/readyz', url), { signal: AbortSignal.timeout(READY_TIMEOUT_MS) });
    const { parts } = (await answer.json()) as { readonly parts?: unknown };
    if (!isJsonObject(parts)) return undefined;
    return Object.fromEntries(Object.entries(parts).map(([part, state]) => [part, String(state)]));
  } catch {
    return undefined;
  }
}

/** What the server says is wrong, the worst first, as its console does; where it cannot say, which of its parts are ready. */
async function checkRunning(client: NetworkClient, parts: Readonly<Record<string, string>>): Promise<NetworkChecked> {
  try {
    const overview = await fetchOverview(client);
    const say = sayLocal(overview.now);
    const ill = overview.findings.map(
      (finding): Checked => ({
        what: finding.part,
        state: 'ill',
        words: wordsOfFinding(finding, say),
        command: finding.command,
      }),
    );
    const well: Checked = { what: 'network', state: 'well', words: overview.sentence };
    return { checked: ill.length === 0 ? [...readyParts(parts), well] : ill, overview };
  } catch (error) {
    const isElsewhere = isCodedError(error) && error.code === 'request.not-found';
    const said = isCodedError(error) ? error.message : 'it did not say';
    const why = isElsewhere ? 'what is wrong with the whole network says the process with the role pages' : said;
    return { checked: [...readyParts(parts), { what: 'overview', state: 'note', words: why }] };
  }
}

function readyParts(parts: Readonly<Record<string, string>>): Checked[] {
  return Object.entries(parts).map(([part, state]) => ({
    what: part,
    state: state === 'ready' ? 'well' : 'ill',
    words: state,
  }));
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
