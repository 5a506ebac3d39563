import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import {
  CodedError,
  encodeVkey,
  isCodedError,
  NOTE_KEY_TYPE,
  parseJsonObject,
  parseStatement,
  parseTlogPolicy,
  parseVkey,
  type Vkey,
  vkeyOf,
} from '@holdfast/core';
import { createHttpFeed, createPlatformClock, logKeyOf } from '@holdfast/verifier';
import { createNodeEngine } from '@holdfast/verifier/node';
import type { Logger } from 'pino';
import { readOptional, writeWhole } from '../adapters/home-folder/home-folder.ts';
import { createWitnessStoreFiles } from '../adapters/witness-files/witness-store.ts';
import { healthRoutes } from '../http/health.ts';
import { createHttpServer } from '../http/server.ts';
import { witnessRoutes } from '../http/witness/witness-routes.ts';
import type { Clock } from '../ports/clock.ts';
import { createWitness, type WitnessRole } from '../roles/witness/witness-role.ts';
import { drainOnClose } from './draining.ts';
import { openKeys } from './keyring.ts';

export type WitnessStart = {
  /** 0 means any free one. */
  readonly port: number;
  readonly dataFolder: string;
  /** Its name in cosignatures; kept, and default `localhost:PORT/witness`. */
  readonly name?: string;
  /** Keys of logs (vkeys). */
  readonly logs: readonly string[];
  /** Networks whose log's key is read from their genesis, once, and kept. */
  readonly networks: readonly string[];
  readonly logger: Logger;
  /** Told of what an operator should read. */
  readonly report: (words: string) => void;
};

export type RunningWitness = AsyncDisposable & { readonly url: string; readonly vkey: string };

const KEY = 'witness';
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5000;

/** A witness in a process of its own: its key, its memory and its door, and no database. */
export async function startWitness(options: WitnessStart): Promise<RunningWitness> {
  await using started = new AsyncDisposableStack();
  const { dataFolder, logger, report } = options;
  const clock = createPlatformClock();
  await openFolder(dataFolder);
  const signer = await openKeys(join(dataFolder, 'keys'), KEY);
  const jwk = await signer.create(KEY, 'EdDSA');
  const port = await reservePort(options.port);
  const name = await keepName(dataFolder, options.name, `localhost:${port}/witness`);
  const witness = createWitness({
    clock,
    signer,
    key: { name: KEY, vkey: vkeyOf(name, jwk, NOTE_KEY_TYPE.ed25519Cosignature) },
    engine: createNodeEngine(),
    store: await createWitnessStoreFiles(join(dataFolder, 'witness')),
    report: ({ code, detail }) => logger.warn({ role: 'witness', code, detail }, 'witness event'),
  });
  for (const vkey of options.logs) witness.addLog(parseVkey(vkey));
  const stop = new AbortController();
  const learning: Promise<void>[] = [];
  for (const url of options.networks) {
    const one = { witness, url, dataFolder, clock, report };
    if (!(await takeKept(one))) learning.push(learnLog(one, stop.signal));
  }
  const app = await createHttpServer(logger);
  drainOnClose(app);
  witnessRoutes(app, { witness, clock });
  healthRoutes(app, async () => ({ logs: (await witness.readLogs()).length > 0 ? 'ready' : 'knows no log yet' }));
  started.defer(async () => {
    await Promise.all(learning);
  });
  started.defer(() => stop.abort());
  started.defer(() => app.close());
  const url = await app.listen({ port, host: '127.0.0.1' });
  const running = started.move();
  return { url, vkey: witness.vkey, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

async function openFolder(dataFolder: string): Promise<void> {
  try {
    await mkdir(join(dataFolder, 'keys'), { recursive: true, mode: 0o700 });
  } catch (cause) {
    const sentence = `The data folder ${dataFolder} cannot be written; choose one with --data.`;
    throw new CodedError('data.unwritable', sentence, {}, cause);
  }
}

/** The port is part of the name unless one is given, so it is known before anything listens. */
async function reservePort(port: number): Promise<number> {
  if (port !== 0) return port;
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** The name is part of the key: under another one its cosignatures would be another witness's. Throws `data.other-name`. */
async function keepName(dataFolder: string, asked: string | undefined, otherwise: string): Promise<string> {
  const file = join(dataFolder, 'witness.json');
  const text = await readOptional(file);
  const known = text === undefined ? undefined : String(parseJsonObject(text).name);
  if (known === undefined) await writeWhole(file, `${JSON.stringify({ version: 1, name: asked ?? otherwise })}\n`);
  if (known !== undefined && asked !== undefined && known !== asked) {
    throw new CodedError('data.other-name', `The witness in ${dataFolder} is called ${known}; that cannot change.`, {
      known,
      asked,
    });
  }
  return known ?? asked ?? otherwise;
}

type Learning = {
  readonly witness: WitnessRole;
  readonly url: string;
  readonly dataFolder: string;
  readonly clock: Clock;
  readonly report: (words: string) => void;
};

function fileOf({ url, dataFolder }: Learning): string {
  return join(dataFolder, `log-${Buffer.from(url).toString('hex').slice(0, 160)}.policy`);
}

/** Whether the key was kept by an earlier start, and is looked at now. */
async function takeKept(learning: Learning): Promise<boolean> {
  const text = await readOptional(fileOf(learning));
  const vkey = text === undefined ? undefined : parseTlogPolicy(text).logs[0];
  if (vkey === undefined) return false;
  lookAt(learning, vkey);
  return true;
}

function lookAt({ witness, url, report }: Learning, vkey: Vkey): void {
  witness.addLog(vkey);
  report(`looking at the log ${vkey.name} of ${url}: ${encodeVkey(vkey)}`);
}

/** Asks a network for its log's key until it answers, and keeps it. Never throws. */
async function learnLog(learning: Learning, stop: AbortSignal): Promise<void> {
  const { url, clock, report } = learning;
  let pauseMs = FIRST_PAUSE_MS;
  while (!stop.aborted) {
    try {
      const vkey = await fetchLogKey(url, clock, stop);
      await writeWhole(fileOf(learning), `# read from ${url}\nlog ${encodeVkey(vkey)} ${url}\nquorum none\n`);
      lookAt(learning, vkey);
      return;
    } catch (error) {
      if (stop.aborted) return;
      if (pauseMs === FIRST_PAUSE_MS) report(`${url} does not name its log yet (${wordsOf(error)}); asking again`);
      await clock.sleep(pauseMs, stop).catch(() => undefined);
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
    }
  }
}

async function fetchLogKey(url: string, clock: Clock, signal: AbortSignal): Promise<Vkey> {
  const [genesis = ''] = await createHttpFeed({ url, clock }).fetchEntries(0, 1, signal);
  const parse = parseStatement(genesis);
  if (parse.ok && parse.statement.body.type === 'rulebook') return logKeyOf(parse.statement.body.body);
  throw new CodedError('witness.log', 'The log does not begin with a rulebook.');
}

function wordsOf(error: unknown): string {
  return isCodedError(error) ? error.code : String(error);
}
