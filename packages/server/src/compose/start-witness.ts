import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CodedError,
  encodeVkey,
  isCodedError,
  NOTE_KEY_TYPE,
  parseJsonObject,
  parseLineage,
  parseTlogPolicy,
  parseVkey,
  sha256Base64url,
  type Vkey,
  vkeyOf,
} from '@holdfast/core';
import {
  createHttpFeed,
  createPlatformClock,
  foundingOf,
  type HttpFeed,
  type LogFounding,
  learnLogKey,
  type SignatureEngine,
} from '@holdfast/verifier';
import { createNodeEngine } from '@holdfast/verifier/node';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { readOptional, writeWhole } from '../adapters/home-folder/home-folder.ts';
import { createWitnessStoreFiles } from '../adapters/witness-files/witness-store.ts';
import { tellRequests } from '../http/admission/request-signals.ts';
import { healthRoutes } from '../http/health.ts';
import { metricsRoute } from '../http/metrics-route.ts';
import { hashOperatorKey } from '../http/operators.ts';
import { createHttpServer, DEFAULT_HTTP_BOUNDS } from '../http/server.ts';
import { type WitnessRoutePorts, witnessRoutes } from '../http/witness/witness-routes.ts';
import type { Clock } from '../ports/clock.ts';
import type { CosignedCheckpoint } from '../ports/witness-store.ts';
import { proveSuccessor } from '../roles/witness/successor.ts';
import { createWitness, type LogKeys, type Successor, type WitnessRole } from '../roles/witness/witness-role.ts';
import type { Signals } from '../seeing/signals.ts';
import { drainOnClose } from './draining.ts';
import { processGauges } from './gauges.ts';
import { openKeys } from './keyring.ts';
import { reservePort } from './listening.ts';
import { composeSeeing, readMetricsKey, type ShownProcess } from './seeing.ts';

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
  /** An OTLP receiver that is told what happens; default as `HOLDFAST_OTLP` or OpenTelemetry's variable says, else none. */
  readonly otlpUrl?: string;
  /** Proxies in front, who say from which address somebody comes: each address may ask so often. */
  readonly proxies?: readonly string[];
  /** How often one address may ask; default as for a log of any pace. */
  readonly rate?: WitnessRoutePorts['rate'];
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
  const seeing = started.use(await composeSeeing(logger, 'holdfast-witness', options.otlpUrl));
  const { signals } = seeing;
  const signer = await openKeys(join(dataFolder, 'keys'), KEY);
  const jwk = await signer.create(KEY, 'EdDSA');
  const port = options.port === 0 ? await reservePort(0) : options.port;
  const name = await keepName(dataFolder, options.name, `localhost:${port}/witness`);
  /** At most one for each log that the witness was told of, and its successors. */
  const networks = new Map<string, NetworkLog>();
  const engine = createNodeEngine();
  const witness = createWitness({
    clock,
    signer,
    key: { name: KEY, vkey: vkeyOf(name, jwk, NOTE_KEY_TYPE.ed25519Cosignature) },
    engine,
    learnKey: async (origin, held) => {
      const known = networks.get(origin);
      return known === undefined ? undefined : learnFrom(known, { held, engine, report });
    },
    learnLog: (origin) => findSuccessor(origin, { networks, engine, report }),
    store: await createWitnessStoreFiles(join(dataFolder, 'witness')),
    report: ({ code }) => signals.witnessTroubled({ why: code }),
  });
  for (const vkey of options.logs) witness.addLog(parseVkey(vkey));
  const stop = new AbortController();
  const learning: Promise<void>[] = [];
  for (const url of options.networks) {
    const one = { witness, url, dataFolder, clock, engine, networks, report };
    if (!(await takeKept(one))) learning.push(learnLog(one, stop.signal));
  }
  const app = await createHttpServer(logger, DEFAULT_HTTP_BOUNDS, options.proxies);
  drainOnClose(app);
  await showWitness(app, { seeing, witness, clock, keysFolder: join(dataFolder, 'keys') });
  const { rate } = options;
  witnessRoutes(app, { witness: telling(witness, signals), clock, ...(rate === undefined ? {} : { rate }) });
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

type Shown = Pick<ShownProcess, 'seeing' | 'keysFolder'> & { readonly witness: WitnessRole; readonly clock: Clock };

/** `/metrics` for whoever has the key in its folder: a witness has no operators at its door. */
async function showWitness(app: FastifyInstance, { seeing, witness, clock, keysFolder }: Shown): Promise<void> {
  const { registry, signals, spans } = seeing;
  tellRequests(app, { signals, spans, clock, onRefused: () => undefined });
  const readers = { admin: [hashOperatorKey(await readMetricsKey(keysFolder))] };
  metricsRoute(app, { registry, operators: { admin: [] }, readers });
  registry.watch(processGauges);
  registry.watch(async () =>
    (await witness.readLogs()).map(({ origin, size }) => ({
      ...{ gauge: 'holdfast_witness_log_size' as const, labels: { log: origin }, value: size },
    })),
  );
}

/** The same witness, which tells of what it answers. */
function telling(witness: WitnessRole, signals: Signals): WitnessRole {
  return {
    ...witness,
    async addCheckpoint(body) {
      const answer = await witness.addCheckpoint(body);
      if (answer.cosigned) signals.checkpointCosigned({});
      else signals.checkpointRefused({ why: answer.why });
      return answer;
    },
  };
}

async function openFolder(dataFolder: string): Promise<void> {
  try {
    await mkdir(join(dataFolder, 'keys'), { recursive: true, mode: 0o700 });
  } catch (cause) {
    const sentence = `The data folder ${dataFolder} cannot be written; choose one with --data.`;
    throw new CodedError('data.unwritable', sentence, {}, cause);
  }
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

/** A log that is looked at because a network names it, and what everything in it is believed by. */
type NetworkLog = { readonly source: HttpFeed; readonly founding: LogFounding; readonly file: string };

type Learning = {
  readonly witness: WitnessRole;
  readonly url: string;
  readonly dataFolder: string;
  readonly clock: Clock;
  readonly engine: SignatureEngine;
  /** By the name of the log. */
  readonly networks: Map<string, NetworkLog>;
  readonly report: (words: string) => void;
};

function fileOf({ url, dataFolder }: Learning): string {
  return join(dataFolder, `log-${Buffer.from(url).toString('hex').slice(0, 160)}`);
}

/** Whether the key was kept by an earlier start, and is looked at now. The first entry is kept beside it, or read anew. */
async function takeKept(learning: Learning): Promise<boolean> {
  const file = fileOf(learning);
  const text = await readOptional(`${file}.policy`);
  const vkey = text === undefined ? undefined : parseTlogPolicy(text).logs[0];
  if (vkey === undefined) return false;
  const genesis = (await readOptional(`${file}.genesis`))?.trim();
  if (genesis === undefined) {
    lookAt(learning, vkey);
    return false;
  }
  const founding = await openLog(learning, genesis, await readOptional(`${file}.lineage`));
  // Killed between the two: the network had gone over to this log.
  const isOver = vkey.name !== founding.origin;
  if (isOver) await keepKey(file, founding.first);
  lookAt(learning, isOver ? founding.first : vkey);
  return true;
}

async function openLog(learning: Learning, genesis: string, lineage?: string): Promise<LogFounding> {
  const { url, clock, engine, networks } = learning;
  const entry = lineage === undefined ? genesis : (parseLineage(lineage).successions.at(-1)?.opening ?? '');
  const founding = await foundingOf(entry, { network: sha256Base64url(genesis), lineage, engine });
  networks.set(founding.origin, { source: createHttpFeed({ url, clock }), founding, file: fileOf(learning) });
  return founding;
}

function lookAt({ witness, url, report }: Learning, vkey: Vkey): void {
  witness.addLog(vkey);
  report(`looking at the log ${vkey.name} of ${url}: ${encodeVkey(vkey)}`);
}

const LEARNING_TIMEOUT_MS = 5000;

/** The key that the log proves to have in force by now, kept before anything is signed by it. */
async function learnFrom(
  { source, founding, file }: NetworkLog,
  of: {
    readonly held: CosignedCheckpoint | undefined;
    readonly engine: SignatureEngine;
    readonly report: (words: string) => void;
  },
): Promise<LogKeys | undefined> {
  const learned = await learnLogKey(source, { ...of, founding }, AbortSignal.timeout(LEARNING_TIMEOUT_MS));
  if (learned === undefined) return undefined;
  const { vkey, log } = learned;
  const former = [...(log.previous === undefined ? [] : [log.previous]), ...(log.compromised ?? [])];
  await keepKey(file, vkey);
  of.report(`the log ${vkey.name} signs by ${encodeVkey(vkey)} from #${learned.signed.size - 1} on`);
  return { vkey, former: former.map((key) => parseVkey(key.vkey)) };
}

/** Among the networks that are looked at, the one that has gone over to a log of this name. */
async function findSuccessor(
  origin: string,
  of: Pick<Learning, 'networks' | 'engine' | 'report'>,
): Promise<Successor | undefined> {
  const signal = AbortSignal.timeout(LEARNING_TIMEOUT_MS);
  for (const [ended, known] of of.networks) {
    const { source, founding, file } = known;
    const next = await proveSuccessor(source, { origin, known: founding, engine: of.engine }, signal);
    if (next === undefined) continue;
    await writeWhole(`${file}.lineage`, next.lineage);
    await keepKey(file, next.founding.first);
    of.networks.delete(ended);
    of.networks.set(origin, { source, founding: next.founding, file });
    of.report(`the log ${ended} goes on as ${origin}: ${encodeVkey(next.founding.first)}`);
    return { vkey: next.founding.first, ended };
  }
  return undefined;
}

function keepKey(file: string, vkey: Vkey): Promise<void> {
  return writeWhole(`${file}.policy`, `log ${encodeVkey(vkey)}\nquorum none\n`);
}

/** Asks a network for its log's key until it answers, and keeps it. Never throws. */
async function learnLog(learning: Learning, stop: AbortSignal): Promise<void> {
  const { url, clock, report } = learning;
  let pauseMs = FIRST_PAUSE_MS;
  while (!stop.aborted) {
    try {
      await readLog(learning, stop);
      return;
    } catch (error) {
      if (stop.aborted) return;
      if (pauseMs === FIRST_PAUSE_MS) report(`${url} does not name its log yet (${wordsOf(error)}); asking again`);
      await clock.sleep(pauseMs, stop).catch(() => undefined);
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
    }
  }
}

/** The first entry is kept before the key: what is kept of a log is all that a later change of its key is believed by. */
async function readLog(learning: Learning, signal: AbortSignal): Promise<void> {
  const file = fileOf(learning);
  const { url, clock } = learning;
  const source = createHttpFeed({ url, clock });
  const [entry = ''] = await source.fetchEntries(0, 1, signal);
  const lineage = await source.fetchLineage(signal);
  const genesis = lineage === undefined ? entry : parseLineage(lineage).genesis;
  const founding = await openLog(learning, genesis, lineage);
  const text = await readOptional(`${file}.policy`);
  const known = text === undefined ? undefined : parseTlogPolicy(text).logs[0];
  if (known !== undefined && encodeVkey(known) !== encodeVkey(founding.first)) {
    learning.networks.delete(founding.origin);
    throw new CodedError('witness.log', 'The log does not begin with the key that was kept of it.');
  }
  if (lineage !== undefined) await writeWhole(`${file}.lineage`, lineage);
  await writeWhole(`${file}.genesis`, `${genesis}\n`);
  if (known !== undefined) return;
  await keepKey(file, founding.first);
  lookAt(learning, founding.first);
}

function wordsOf(error: unknown): string {
  return isCodedError(error) ? error.code : String(error);
}
