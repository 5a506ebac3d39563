import { isCodedError } from '@holdfast/core';
import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { fetchHandoffs } from '../handoff-words.ts';
import { createNetworkClient, findAdminKey, type NetworkClient } from '../network-client.ts';
import { EXIT, type Output } from '../output.ts';
import { fetchOverview } from '../overview/overview-answer.ts';
import { type Line, type Load, type Look, renderTop } from '../overview/top-screen.ts';
import { DEFAULTS, parseOrigin } from '../settings.ts';

type Options = { json?: boolean; once: boolean; url: string; data: string };

const EVERY_MS = 2000;
const NO_END = 10_000;

/** `holdfast top`: what is wrong with a running network, and what it carries, as it changes. */
export function topCommand(): Command {
  return createCommand('top', 'what is wrong with a running network, whose it is, and what it carries, as it changes')
    .option('--once', 'print it once and end; also where the output is no terminal', false)
    .option('--url <origin>', 'the network', parseOrigin, DEFAULTS.url)
    .option('--data <folder>', 'where its keys lie', DEFAULTS.data)
    .action(run<Options>(top));
}

async function top(output: Output, { once, url, data }: Options): Promise<number> {
  const client = createNetworkClient({ url, adminKey: await findAdminKey(data) });
  if (!once && !output.json && process.stdout.isTTY === true && process.stdin.isTTY === true) return watch(client);
  const { error, ...look } = await lookAt(client);
  // Nobody is there: nothing is known, which other commands say by this code too.
  if (isCodedError(error) && error.code === 'network.unreachable') throw error;
  output.data(look);
  const columns = process.stdout.columns ?? 80;
  for (const { text } of renderTop(look, { columns, rows: NO_END })) output.say(text);
  if (look.overview === undefined) return EXIT.unknown;
  return look.overview.findings.length === 0 ? EXIT.yes : EXIT.no;
}

async function lookAt(client: NetworkClient): Promise<Look & { readonly error?: unknown }> {
  const told = (error: unknown) => ({ failure: isCodedError(error) ? error.message : String(error), error });
  const [overview, handoffs, load] = await Promise.all([
    fetchOverview(client).then((known) => ({ overview: known }), told),
    fetchHandoffs(client).then(
      ({ handoffs, silent }) => ({ handoffs, silent }),
      () => ({}),
    ),
    client.get('/load').then(
      (known) => ({ load: known as unknown as Load }),
      () => ({}),
    ),
  ]);
  return { url: client.url, now: Date.now(), ...overview, ...handoffs, ...load };
}

const SCREEN = {
  enter: '\x1b[?1049h\x1b[?25l',
  leave: '\x1b[?25h\x1b[?1049l',
  home: '\x1b[H',
  toLineEnd: '\x1b[K',
  toEnd: '\x1b[J',
};
const LOOKS: Readonly<Record<NonNullable<Line['look']>, string>> = {
  title: '\x1b[1m',
  ill: '\x1b[31m',
  well: '\x1b[32m',
  soft: '\x1b[2m',
};

/** On a screen of its own, which is given back whatever happens, until somebody presses q. */
async function watch(client: NetworkClient): Promise<number> {
  const ended = new AbortController();
  const { stdin, stdout } = process;
  let look: Look = { url: client.url, now: Date.now(), failure: 'Asking…' };
  const draw = () => {
    const { columns = 80, rows = 24 } = stdout;
    const lines = renderTop(look, { columns, rows }).map((line) => `${paint(line)}${SCREEN.toLineEnd}`);
    stdout.write(`${SCREEN.home}${lines.join('\r\n')}${SCREEN.toEnd}`);
  };
  const press = (key: Buffer) => {
    if (['q', 'Q', '\x03', '\x1b'].includes(key.toString('utf8'))) ended.abort();
  };
  const stop = () => ended.abort();
  stdout.write(SCREEN.enter);
  stdin.setRawMode(true);
  stdin.on('data', press);
  stdout.on('resize', draw);
  process.once('SIGTERM', stop);
  try {
    while (!ended.signal.aborted) {
      draw();
      look = await Promise.race([lookAt(client), untilAborted(ended.signal, look)]);
      draw();
      await pause(EVERY_MS, ended.signal);
    }
  } finally {
    stdin.off('data', press);
    stdin.setRawMode(false);
    stdin.pause();
    stdout.off('resize', draw);
    process.off('SIGTERM', stop);
    stdout.write(SCREEN.leave);
  }
  return EXIT.yes;
}

function paint({ text, look }: Line): string {
  const isPlain = look === undefined || process.env.NO_COLOR !== undefined;
  return isPlain ? text : `${LOOKS[look]}${text}\x1b[0m`;
}

function untilAborted<Value>(signal: AbortSignal, value: Value): Promise<Value> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(value);
    signal.addEventListener('abort', () => resolve(value), { once: true });
  });
}

function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, durationMs);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
