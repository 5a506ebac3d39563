import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CodedError, parseJson } from '@holdfast/core';
import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { createNetworkClient, findAdminKey } from '../network-client.ts';
import { createProgress, EXIT, formatDuration, type Output } from '../output.ts';
import { DEFAULTS, parseCount, parseOrigin } from '../settings.ts';
import { runTour } from '../tour/tour.ts';

type Options = { json?: boolean; url?: string; data: string; people: number };

/** `holdfast tour`: the whole story on a network that answers, else on one of its own that it starts and ends. */
export function tourCommand(): Command {
  return createCommand('tour', 'see two verifiers disagree, and the disagreement explain itself')
    .option(
      '--url <origin>',
      'a sample network; default: the one on port 4600 if it answers, else one of its own',
      parseOrigin,
    )
    .option('--data <folder>', 'where its keys lie', DEFAULTS.data)
    .option('--people <count>', 'how many people receive a credential', parseCount, 200)
    .action(run<Options>(tour));
}

async function tour(output: Output, options: Options): Promise<number> {
  const started = performance.now();
  await using network = await findNetwork(output, options);
  const client = createNetworkClient({ url: network.url, adminKey: await findAdminKey(network.data) });
  const progress = createProgress('people', output.json);
  let number = 0;
  const report = await runTour(
    { client, data: network.data, progress: (_what, done, total) => progress.step(done, total) },
    (step) => {
      progress.end();
      number += 1;
      const [first = '', ...rest] = step.words.split('\n');
      output.say(`${String(number).padStart(2)}  ${step.held ? 'ok' : 'NO'}  ${first}`);
      for (const line of rest) output.say(`        ${line}`);
    },
    options.people,
  );
  output.data({ ...report, url: network.url, seconds: Math.round(performance.now() - started) / 1000 });
  const took = formatDuration(performance.now() - started);
  output.say(report.held ? `Every step held, in ${took}.` : `NOT every step held (${took}).`);
  return report.held ? EXIT.yes : EXIT.no;
}

type FoundNetwork = AsyncDisposable & { readonly url: string; readonly data: string };

async function findNetwork(output: Output, { url, data }: Options): Promise<FoundNetwork> {
  const wanted = url ?? DEFAULTS.url;
  const answers = await fetch(new URL('/readyz', wanted), { signal: AbortSignal.timeout(2000) }).then(
    (response) => response.ok,
    () => false,
  );
  if (answers) return { url: wanted, data, [Symbol.asyncDispose]: async () => undefined };
  if (url !== undefined)
    throw new CodedError('network.unreachable', `No network is ready at ${url}. Start one with: npm start`);
  output.say('No network answers on this machine; starting one for the tour...');
  return startOwnNetwork();
}

const READY_TIMEOUT_MS = 90_000;

/** A network of its own, in a folder of its own, gone with the tour. */
async function startOwnNetwork(): Promise<FoundNetwork> {
  const data = await mkdtemp(join(tmpdir(), 'holdfast-tour-'));
  const args = ['--conditions=@holdfast/source', '--disable-warning=ExperimentalWarning', process.argv[1] ?? ''];
  const child = spawn(process.execPath, [...args, 'up', '--sample', '--json', '--port', '0', '--data', data], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-2000);
  });
  const ended = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await ended;
    const { removeEmbeddedPostgres } = await import('@holdfast/server');
    await removeEmbeddedPostgres(data);
    await rm(data, { recursive: true, force: true });
  };
  const ready = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const answer = parseJson(line) as { ready?: boolean; url?: string };
      if (answer.ready === true && answer.url !== undefined) resolve(answer.url);
    });
  });
  const tooLate = new Promise<undefined>((resolve) => {
    setTimeout(() => resolve(undefined), READY_TIMEOUT_MS).unref();
  });
  const url = await Promise.race([ready, tooLate, ended.then(() => undefined)]);
  if (url === undefined) {
    await stop();
    throw new CodedError('network.unreachable', `The tour's own network did not start: ${said.trim()}`);
  }
  return { url, data, [Symbol.asyncDispose]: stop };
}
