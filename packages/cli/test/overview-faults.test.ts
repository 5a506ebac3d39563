import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  encodeAttemptId,
  type Finding,
  type OverviewCode,
  parseAmount,
  parseCheckpoint,
  parseNote,
  programDigest,
  settlementLineId,
  sha256Base64url,
  wordsOfFinding,
} from '@holdfast/core';
import { parseProgram } from '@holdfast/core/program';
import {
  createLogger,
  type EmbeddedPostgres,
  type Holdfast,
  startEmbeddedPostgres,
  startHoldfast,
} from '@holdfast/server';
import { checkFraudProof, createPlatformClock, encodeFraudProof } from '@holdfast/verifier';
import { createNodeEngine } from '@holdfast/verifier/node';
import { createWallet } from '@holdfast/wallet';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { PATIENCE_MS } from '../../core/test/patience.ts';
import { openIso20022Rail } from '../../server/src/adapters/iso20022/settlement-rail.ts';
import { createKeyFilesSealer } from '../../server/src/adapters/key-files/sealer.ts';
import { createKeyFilesSigner } from '../../server/src/adapters/key-files/signer.ts';
import { openDatabase } from '../../server/src/adapters/postgres/database.ts';
import { createSettlementStorePostgres } from '../../server/src/adapters/postgres/settlement-store.ts';
import { reservePort } from '../../server/src/compose/listening.ts';
import { SAMPLE } from '../../server/src/compose/sample-network.ts';
import { startWitness } from '../../server/src/compose/start-witness.ts';
import { createSettling } from '../../server/src/roles/distributor/settling/settling.ts';
import { findLogKey } from '../../server/src/roles/network/log-keys.ts';
import { signCheckpoint } from '../../server/src/roles/network/statement-signing.ts';
import { sampleCaseRules } from '../../server/src/sample/case-rules.ts';
import { winterRelief } from '../../server/src/sample/winter-relief.ts';
import {
  hasPrometheus,
  NO_PROMETHEUS,
  type PrometheusServer,
  type SeenAlert,
  startPrometheus,
} from '../../server/test/prometheus-server.ts';
import { readAlertRules } from '../../server/test/promtool.ts';
import { encodeStatusReport } from '../../server/test/status-report.ts';
import { openOfficer } from '../src/commands/decide.ts';
import { offerCredential } from '../src/commands/issue.ts';
import { createNetworkClient, type NetworkClient } from '../src/network-client.ts';
import { joinOrPropose } from '../src/officer-desk.ts';
import { sayLocal } from '../src/overview/overview-answer.ts';
import { fetchProgram } from '../src/program/view.ts';
import { findChildren, until } from './processes.ts';
import { createDataFolder, holdfast } from './running-network.ts';

/** Short, so that a fault shows soon: a verifier is late after three of them. */
const TICK_MS = 1000;
/** For so long a case counts as decided by hand. */
const MANUAL_MS = 12_000;
const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

type Answering = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** A neighbour on loopback whose manners a test chooses as it goes. */
async function startNeighbour(answering: Answering) {
  const neighbour = { answering, url: '', close: () => server.close() };
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    neighbour.answering(request, response, body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  neighbour.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  server.unref();
  return neighbour;
}

const BOARD = new URL('../../../deploy/grafana/holdfast.json', import.meta.url);
/** Counted when it happens, and none of these faults makes it happen. */
const MAY_BE_MISSING: readonly string[] = [
  ...['application_turned_away', 'canary_failed', 'check_answered', 'credential_refused', 'decision_refused'],
  ...['handles_opened', 'payments_voided_count', 'person_not_told', 'request_failed', 'request_shed'],
  ...['statement_refused', 'verdict_refused'],
].map((event) => `holdfast_${event}_total`);

const hangs: Answering = () => undefined;
const takes: Answering = (_request, response) =>
  void response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
const refuses: Answering = (_request, response) => void response.writeHead(503).end();

let folder: Awaited<ReturnType<typeof createDataFolder>>;
let postgres: EmbeddedPostgres;
let database: Client;
let databaseUrl: string;
let network: Holdfast;
let client: NetworkClient;
let witness: Awaited<ReturnType<typeof startNeighbour>>;
let registry: Awaited<ReturnType<typeof startNeighbour>>;
let otlp: Awaited<ReturnType<typeof startNeighbour>>;
let passesOn: Answering;
let prometheus: PrometheusServer | undefined;
/** Somebody with a credential. */
const eve = createWallet({ allowLoopback: true });
let credential: string;
const ending: (() => unknown)[] = [];

beforeAll(async () => {
  folder = await createDataFolder();
  ending.push(folder.remove);
  postgres = await startEmbeddedPostgres({ dataDir: folder.path });
  ending.push(() => postgres[Symbol.asyncDispose]());
  // A database of its own on it: whoever started the server holds the first one.
  const owner = new Client({ connectionString: postgres.url });
  await owner.connect();
  await owner.query('create database faults');
  await owner.end();
  const own = new URL(postgres.url);
  own.pathname = '/faults';
  databaseUrl = own.href;
  database = new Client({ connectionString: databaseUrl });
  await database.connect();
  ending.push(() => database.end());
  const port = await reservePort(0);
  const logger = createLogger('silent');
  const quiet = { logger, report: () => undefined };
  const watching = await startWitness({
    ...{ ...quiet, port: 0, dataFolder: join(folder.path, 'witness'), logs: [] },
    networks: [`http://localhost:${port}`],
  });
  ending.push(() => watching[Symbol.asyncDispose]());
  passesOn = (request, response, body) => {
    fetch(`${watching.url}${request.url}`, { method: 'POST', body }).then(
      async (answer) => {
        const type = answer.headers.get('content-type');
        response.writeHead(answer.status, type === null ? {} : { 'content-type': type }).end(await answer.text());
      },
      () => response.writeHead(502).end(),
    );
  };
  witness = await startNeighbour(passesOn);
  registry = await startNeighbour(hangs);
  otlp = await startNeighbour(takes);
  ending.push(witness.close, registry.close, otlp.close);
  const [ordinary, ...others] = [...sampleCaseRules().tracks].reverse();
  if (ordinary === undefined) throw new Error('the sample has tracks');
  const start = () =>
    startHoldfast({
      ...{ ...quiet, port, dataFolder: join(folder.path, 'network'), sample: true, databaseUrl, otlpUrl: otlp.url },
      rules: {
        tickMs: TICK_MS,
        witnesses: { quorum: 1, members: [{ vkey: watching.vkey, url: witness.url }] },
        cases: {
          ...sampleCaseRules(),
          tracks: [...others.reverse(), { ...ordinary, filed: { dueMs: 2000 } }],
          manual: { ...sampleCaseRules().manual, least: 1, windowMs: MANUAL_MS },
        },
      },
      verifierCommand: (id) => [
        process.execPath,
        ...['--conditions=@holdfast/source', '--disable-warning=ExperimentalWarning', MAIN],
        ...['up', '--roles', 'verifier', '--verifier', id, '--port', '0', '--json'],
      ],
    });
  network = await start();
  restart = async () => {
    await network[Symbol.asyncDispose]();
    network = await start();
  };
  ending.push(() => network[Symbol.asyncDispose]());
  client = createNetworkClient({ url: network.url, adminKey: network.adminKey });
  const key = (await readFile(join(folder.path, 'network', 'keys', 'metrics'), 'utf8')).trim();
  if (hasPrometheus) {
    const scraping = await startPrometheus({ target: `localhost:${port}`, key });
    prometheus = scraping;
    ending.push(() => scraping[Symbol.asyncDispose]());
  }
  await database.query(`create function public.no_room() returns trigger language plpgsql as $$
    begin raise exception 'No space left on device' using errcode = 'disk_full'; end $$`);
  const claims = { given_name: 'Eve', family_name: 'Example', birthdate: '1990-01-01', resident_id: 'R-1' };
  const offered = await offerCredential(client, 'civic', { type: 'residence', claims, label: 'eve' });
  const [held] = await eve.receive(offered.offerUri);
  credential = held?.credential ?? '';
  await healed();
});
afterAll(async () => {
  vi.restoreAllMocks();
  for (const end of ending.splice(0).reverse()) await end();
});

let restart: () => Promise<void>;

async function look(): Promise<{ readonly sentence: string; readonly findings: readonly Finding[] }> {
  const response = await fetch(`${network.url}/overview`, {
    headers: { authorization: `Bearer ${network.adminKey}` },
  });
  return (await response.json()) as { sentence: string; findings: readonly Finding[] };
}

/** Waits until this is what is worst; then it must say which part, since when, whose it is and when it is over. */
async function worst(code: OverviewCode, part: string | RegExp, begunAt: number, also: Partial<Finding> = {}) {
  let seen: Awaited<ReturnType<typeof look>> = { sentence: '', findings: [] };
  await until(`${code} is what is worst; instead: ${seen.sentence}`, async () => {
    seen = await look();
    return seen.findings[0]?.code === code;
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${JSON.stringify(seen)}`);
  });
  const [finding] = seen.findings;
  expect(finding).toMatchObject({ code, ...also });
  expect(finding?.part).toEqual(part instanceof RegExp ? expect.stringMatching(part) : part);
  // A verifier says since when it has read nothing: that is up to a few ticks before its wire was cut.
  expect(Math.abs((finding?.since ?? 0) - begunAt)).toBeLessThan(PATIENCE_MS);
  expect(seen.sentence).toMatch(new RegExp(`^${finding?.what.replaceAll(/[.()*+?[\]]/g, '\\$&')} since `));
  for (const said of [finding?.owner, finding?.resolves]) expect(seen.sentence).toContain(String(said));
  return seen.findings;
}

/** Prometheus, by our rules, has an alert of this since `from`: pending or firing. Where there is none, that is not tried. */
async function raised(name: string, from: number, labels: Readonly<Record<string, string>> = {}): Promise<void> {
  const server = prometheus;
  if (server === undefined) return;
  const isIt = ({ name: seen, labels: own, times }: SeenAlert) =>
    seen === name && times.some((time) => time >= from) && Object.entries(labels).every(([key, to]) => own[key] === to);
  await until(`${name} is raised`, async () => (await server.seen()).some(isIt));
}

/** The doctor and the screen say each finding in its own words, with its command. Asked again: a busy machine answers one of them late. */
async function saidInTheTerminal(...codes: readonly OverviewCode[]): Promise<void> {
  const here = ['--url', network.url, '--data', join(folder.path, 'network')];
  const flat = (text: string) => text.replaceAll(/\s+/g, ' ');
  let missing: readonly string[] = [];
  const isSaid = async () => {
    const [doctor, top] = await Promise.all([holdfast('doctor', ...here), holdfast('top', '--once', ...here)]);
    const { findings } = await look();
    const found = findings.filter(({ code }) => codes.includes(code));
    // How many wait and for how long has gone on since.
    const words = found.flatMap(({ affected: _, ...lasting }) =>
      wordsOfFinding(lasting, sayLocal(Date.now())).slice(0, -1).split('; '),
    );
    missing = [
      ...codes.filter((code) => !top.stdout.includes(code)),
      ...found.map(({ command }) => `try: ${command}`).filter((line) => !doctor.stdout.includes(line)),
      ...found.map(({ command }) => `$ ${command}`).filter((line) => !top.stdout.includes(line)),
      ...words.filter((part) => ![doctor.stdout, top.stdout].every((said) => flat(said).includes(part))),
      ...[doctor.code, top.code].filter((code) => code !== 1).map(String),
    ];
    return found.length === codes.length && missing.length === 0;
  };
  await until('the terminal says it', isSaid).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${missing.join(' | ')}`);
  });
}

/** Until it is these that are told, the worst first, and nothing else. */
async function told(...codes: readonly OverviewCode[]): Promise<void> {
  let seen: Awaited<ReturnType<typeof look>> = { sentence: '', findings: [] };
  const isTold = async () => {
    seen = await look();
    return seen.findings.map(({ code }) => code).join() === codes.join();
  };
  await until(codes.join(), isTold).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${JSON.stringify(seen)}`);
  });
}

async function healed(): Promise<void> {
  let seen: Awaited<ReturnType<typeof look>> = { sentence: '', findings: [] };
  await until('nothing is wrong', async () => {
    seen = await look();
    return seen.findings.length === 0 && seen.sentence.startsWith('Nothing is wrong');
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${JSON.stringify(seen)}`);
  });
}

const asRole = async (role: string, ...statements: readonly string[]) => {
  await database.query(`set role holdfast_${role}`);
  for (const statement of statements) await database.query(statement);
  await database.query('reset role');
};

describe('the sentence names what is wrong, where, since when, whose it is and when it resolves', () => {
  test('a verifier is cut off', async () => {
    const begunAt = Date.now();
    await client.post('/development/relay', { state: 'cut' });
    await worst('verifier.behind', 'south', begunAt, { owner: 'south', resolves: 'when it reads again' });
    await raised('EvidenceOld', begunAt, { verifier: 'South' });
    await client.post('/development/relay', { state: 'open' });
    await healed();
  });

  test('a verifier hangs, a witness and an OTLP receiver are away: the worse first; then the witness says that the log is longer than it is', async () => {
    const [south = 0] = await findChildren(process.pid, 'south');
    const begunAt = Date.now();
    process.kill(south, 'SIGSTOP');
    otlp.answering = (_request, response) => void response.writeHead(400).end();
    witness.answering = refuses;
    await worst('verifier.away', 'south', begunAt, { owner: 'south' });
    await told('verifier.away', 'witness.away', 'telemetry.away');
    await raised('FoundWrong', begunAt, { code: 'verifier.away' });
    witness.answering = (_request, response) =>
      void response.writeHead(409, { 'content-type': 'text/x.tlog.size' }).end('999999\n');
    const findings = await worst('witness.contradicts', /witness/, begunAt);
    expect(findings.map(({ code }) => code)).toEqual(['witness.contradicts', 'verifier.away', 'telemetry.away']);
    expect(findings[2]).toMatchObject({ part: 'otlp', owner: 'whoever runs the OTLP receiver' });
    process.kill(south, 'SIGCONT');
    otlp.answering = takes;
    witness.answering = passesOn;
    await healed();
  });

  test('the disk is full (its stand-in: what PostgreSQL says then), and the wire is cut at once: the worse first', async () => {
    const begunAt = Date.now();
    await client.post('/development/relay', { state: 'cut' });
    await worst('verifier.behind', 'south', begunAt);
    await asRole(
      'network',
      'create trigger no_room before insert on network.log_entry execute function public.no_room()',
    );
    const findings = await worst('disk.full', 'disk', Date.now());
    expect(findings.map(({ code }) => code)).toEqual(['disk.full', 'verifier.behind']);
    await asRole('network', 'drop trigger no_room on network.log_entry');
    await client.post('/development/relay', { state: 'open' });
    await healed();
  });

  test('PostgreSQL hangs', async () => {
    const pid = postgres.pid;
    const all = [pid, ...(await findChildren(pid, ''))];
    const begunAt = Date.now();
    for (const each of all) process.kill(each, 'SIGSTOP');
    const findings = await worst('database.away', 'database', begunAt);
    expect(findings.map(({ code }) => code)).not.toContain('log.waiting');
    for (const each of all) process.kill(each, 'SIGCONT');
    await healed();
  });

  test("a check's registry hangs, and whoever is told of what follows is away", async () => {
    const { policy, digest } = (await client.get('/v/north/policy')) as { policy: object; digest: string };
    const check = {
      id: 'registry',
      kind: 'http',
      url: registry.url,
      timeoutMs: 200,
      maxAgeMs: 0,
      onSilence: 'reserve',
    };
    await client.put('/v/north/policy', { ...policy, checks: [check] }, { 'if-match': `"${digest}"` });
    const verify = (deadlineMs: number) => client.post('/v/north/verify', { credential, deadlineMs });
    const begunAt = Date.now();
    for (let i = 0; i < 5; i += 1) await verify(1000);
    await worst('check.silent', 'north/registry', begunAt, { owner: 'whoever answers registry' });

    // Nobody listens where outcomes are sent.
    const receiver = await startNeighbour(refuses);
    const { id } = await client.post('/v/north/webhooks', { url: receiver.url, kinds: ['verdict'] });
    registry.answering = (_request, response, body) => {
      const { credential: about } = JSON.parse(body) as { credential: string };
      const said = JSON.stringify({ credential: about, result: 'passed', asOf: Date.now() });
      setTimeout(() => response.writeHead(200, { 'content-type': 'application/json' }).end(said), 100);
    };
    // An answer that a busy machine brings too late is none: then it is asked once more.
    await until('it is asked again and answers', async () => {
      const { promisedBy } = await verify(20);
      const { findings } = await look();
      return typeof promisedBy === 'number' && findings.every(({ code }) => code !== 'check.silent');
    });
    await worst('webhook.away', receiver.url, begunAt, { owner: `whoever runs ${receiver.url}` });
    receiver.answering = (_request, response) => void response.writeHead(202).end();
    await healed();
    await client.remove(`/v/north/webhooks/${String(id)}`);
    receiver.close();
  });

  test('a bank refuses a payment, nobody takes up a case in time, too much is decided by hand: the worse first', async () => {
    const [{ list, index } = { list: '', index: 0 }] = (await client.getList(
      '/i/civic/credentials?label=eve',
    )) as unknown as readonly { list: string; index: number }[];
    const issuer = `${network.url}/i/civic`;
    const filedAt = Date.now();
    const file = (filing: object, key: string) =>
      client.post('/cases', { remedy: 'none', statement: 'It errs.', ...filing }, { 'idempotency-key': key });
    const [{ case: id }] = await Promise.all([
      file({ about: 'issuer', class: 'standing-lost', subject: { issuer } }, 'overdue'),
      file({ about: 'credential', class: 'manual-review', subject: { list, index } }, 'by-hand'),
    ]);
    await raised('ManualRate', filedAt);
    const distributor = await openDatabase({ url: databaseUrl, schema: 'distributor' });
    const keys = join(folder.path, 'network', 'keys');
    const clock = createPlatformClock();
    const bank = join(folder.path, 'network', 'bank');
    const sealing = { directory: join(keys, 'distributor'), passphrasePath: join(keys, 'distributor.passphrase') };
    const settling = createSettling({
      clock,
      store: createSettlementStorePostgres(distributor as never),
      sealer: await createKeyFilesSealer({ ...sealing, name: 'applications' }),
      rails: [await openIso20022Rail({ folder: bank, debtor: SAMPLE.debtor, clock })],
    });
    const transferId = 'post.winter-relief.refused';
    const destination = { kind: 'iban', iban: 'NL91ABNA0417164300', name: 'Eve Example' } as const;
    const asset = { code: 'EUR', decimals: 2 };
    await settling.plan([{ transferId, destination, amount: parseAmount(100n), asset, reference: 'winter relief' }]);
    const begunAt = Date.now();
    await settling.submitDue();
    const answer = async (attempt: number, status: string) => {
      const [file = ''] = (await readdir(join(bank, 'out'))).sort().slice(-1);
      const transactions = [{ line: encodeAttemptId(settlementLineId(transferId), attempt), status }];
      const report = {
        about: file.slice(0, -'.xml'.length),
        id: `R${attempt}`,
        status: 'PART',
        instructions: [{ transactions }],
      };
      await writeFile(join(bank, 'in', `${attempt}.xml`), encodeStatusReport(report));
      await until('the answer is taken in', async () => {
        await settling.reconcile();
        return (await settling.find(transferId))?.state === (status === 'RJCT' ? 'rejected' : 'accepted');
      });
    };
    await answer(1, 'RJCT');
    await worst('payment.refused', 'winter-relief', begunAt, { owner: 'distributor' });
    await told('payment.refused', 'case.missed', 'manual.too-much');
    const [, missed, manual] = (await look()).findings;
    expect(missed).toMatchObject({ part: id, owner: 'registrar' });
    expect(manual).toMatchObject({ part: 'rulebook', owner: 'steward', command: 'npx holdfast case incidents' });
    expect(Math.abs((missed?.since ?? 0) - filedAt - 2000)).toBeLessThan(PATIENCE_MS);
    expect(Math.abs((manual?.since ?? 0) - filedAt)).toBeLessThan(PATIENCE_MS);
    await saidInTheTerminal('payment.refused', 'case.missed', 'manual.too-much');
    await settling.retry(transferId);
    await settling.submitDue();
    await answer(2, 'ACSC');
    // What was decided by hand is that for a while yet; told of again it would be another incident.
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, filedAt + MANUAL_MS + TICK_MS - Date.now())));
    const { incidents } = (await client.get('/incidents')) as unknown as { incidents: readonly { id: string }[] };
    for (const report of ['preliminary', 'full', 'close']) {
      const account = ({ id: incident }: { id: string }) =>
        client.post(
          '/incidents/accounts',
          { incident, report, digest: sha256Base64url(report) },
          { 'idempotency-key': `${report}-${sha256Base64url(incident)}` },
        );
      await Promise.all(incidents.map(account));
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    await healed();
    await distributor[Symbol.asyncDispose]();
  });

  test('the log is proved to have signed two histories', async () => {
    const first = (await readFile(join(folder.path, 'network', 'genesis.jws'), 'utf8')).trim();
    const honest = await (await fetch(`${network.url}/log/checkpoint`)).text();
    const { origin, size } = parseCheckpoint(parseNote(honest).text);
    const keys = join(folder.path, 'network', 'keys');
    const signer = await createKeyFilesSigner({
      directory: join(keys, 'network'),
      passphrasePath: join(keys, 'network.passphrase'),
    });
    const { rulebook } = (await client.get('/rulebook')) as unknown as { rulebook: { log: { vkey: string } } };
    const key = await findLogKey(signer, rulebook.log.vkey);
    if (key === undefined) throw new Error('the network holds its key');
    const forged = await signCheckpoint({ origin, size, root: new Uint8Array(32) }, signer, [key]);
    const proof = encodeFraudProof({
      type: 'fraud-proof',
      v: 1,
      kind: 'two-histories',
      genesis: first,
      checkpoints: [honest, forged],
    });
    const digest = sha256Base64url(proof);
    const begunAt = Date.now();
    await database.query('set role holdfast_verifier_north');
    await database.query('insert into verifier_north.kept_fraud values ($1, $2)', [digest, Buffer.from(proof)]);
    const [finding] = await worst('log.fraud', 'network', begunAt);
    const shown = await fetch(`${network.url}/trust/fraud/${digest}`);
    expect(await checkFraudProof(await shown.text(), createNodeEngine())).toMatchObject({ sizes: [size, size] });
    expect(finding?.command).toContain(digest);
    // A proof is never taken back; a test may forget it.
    await database.query('delete from verifier_north.kept_fraud');
    await database.query('reset role');
    await healed();
  });

  /** A program that pays at once, released by both officers. */
  async function releaseDoor(): Promise<string> {
    const { key } = await client.post('/programs/keys', {});
    const opensAt = Date.now();
    const relief = winterRelief({
      ...{ origin: network.url, id: 'door', key: String(key), opensAt, closesAt: opensAt + 3_600_000 },
    });
    const program = parseProgram({ ...relief, allocation: { mode: 'instant', amount: '2500', maxRecipients: 10 } });
    const { network: genesis } = await client.get('/rulebook');
    const targets = [{ program: programDigest(program) }];
    for (const officer of ['officer-a', 'officer-b']) {
      const { signer } = await openOfficer(join(folder.path, 'network'), officer);
      await joinOrPropose(
        client,
        { genesis: String(genesis), power: 'release', targets },
        { power: 'release', class: 'program-approved', program },
        { signer, name: 'approval' },
      );
    }
    const isThere = () =>
      fetchProgram(client, program.id).then(
        () => true,
        () => false,
      );
    await until('the program is open', isThere);
    return program.id;
  }

  test('applications wait beyond what was promised, and another writer takes the place of the ledger', async () => {
    const id = await releaseDoor();
    await asRole(
      'distributor',
      'create trigger no_room before insert on distributor.judgement execute function public.no_room()',
    );
    const begunAt = Date.now();
    await eve.apply(
      await eve.prepare(`${network.url}/programs/${id}`, { destination: { kind: 'internal', account: 'eve' } }),
    );
    const waitedMs = 120_000;
    await asRole('distributor', `update distributor.application set received_at_ms = received_at_ms - ${waitedMs}`);
    await worst('backlog.late', id, begunAt - waitedMs, { command: 'npx holdfast handoffs' });
    await raised('FoundLate', begunAt, { code: 'backlog.late' });
    await saidInTheTerminal('backlog.late');
    const fencedAt = Date.now();
    await asRole('ledger', 'update ledger.ledger_head set epoch = epoch + 1');
    await asRole('distributor', 'drop trigger no_room on distributor.judgement');
    await worst('ledger.stopped', 'ledger', fencedAt);
    await raised('LedgerStopped', fencedAt);
    await raised('PartStopped', fencedAt, { part: 'ledger' });
    await saidInTheTerminal('ledger.stopped');
  });

  test('the log stops on what cannot be; started again all goes on, and that money was changed by hand meanwhile is found', async () => {
    const begunAt = Date.now();
    await asRole('network', 'update network.log_head set size = size - 1');
    await worst('log.stopped', 'network', begunAt);
    await raised('LogStopped', begunAt);
    await asRole('network', 'update network.log_head set size = size + 1');
    await database.query('set role holdfast_ledger');
    const { rows } = await database.query<{ id: string }>('select max(id) as id from ledger.account');
    await database.query('reset role');
    const change = (by: string) => [
      'alter table ledger.account disable trigger user',
      `update ledger.account set credits_posted = credits_posted ${by} where id = '${rows[0]?.id}'`,
      'alter table ledger.account enable trigger user',
    ];
    await asRole('ledger', ...change('+ 1'));
    await restart();
    await worst('ledger.not-zero', 'ledger', Date.now());
    await asRole('ledger', ...change('- 1'));
    await healed();
  });

  test('the clock jumps while an issuer cannot read on: the worse first, and each goes when it is mended', async () => {
    await database.query('set role holdfast_issuer');
    await database.query('begin');
    await database.query('lock table issuer.followed_entry in exclusive mode');
    const real = Date.now;
    const begunAt = real() + 400_000;
    vi.spyOn(Date, 'now').mockImplementation(() => real() + 400_000);
    await worst('clock.jumped', 'clock', begunAt);
    await told('clock.jumped', 'list.ending');
    expect((await look()).findings.map(({ part }) => part)).toEqual(['clock', 'civic']);
    await database.query('rollback');
    await database.query('reset role');
    await until('the list is signed anew', async () =>
      (await look()).findings.every(({ code }) => code !== 'list.ending'),
    );
    vi.restoreAllMocks();
    await healed();
  });

  test('every rule was evaluated, and each alert is over with its fault', async (context) => {
    if (prometheus === undefined) return context.skip(NO_PROMETHEUS);
    const server = prometheus;
    const rules = await server.rules();
    expect(rules.map(({ name }) => name)).toEqual(readAlertRules().map(({ name }) => name));
    expect(rules.filter(({ health, lastError = '' }) => health !== 'ok' || lastError !== '')).toEqual([]);
    // Accounts are added up every half minute.
    const lasting = async () => (await server.firing()).filter((name) => name !== 'MoneyDoesNotSum');
    await until('no alert fires any more', async () => (await lasting()).length === 0).catch(async () => {
      expect(await lasting()).toEqual([]);
    });
  });

  test('alerts and the dashboard name only what this network has shown', async (context) => {
    if (prometheus === undefined) return context.skip(NO_PROMETHEUS);
    const board = JSON.parse(await readFile(BOARD, 'utf8')) as {
      panels: readonly { targets?: readonly { expr: string }[] }[];
    };
    const panels = board.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    const expressions = [...panels, ...readAlertRules().map(({ expression }) => expression)];
    expect(panels.length).toBeGreaterThan(40);
    for (const expression of expressions) await prometheus.query(expression);
    const shown = new Set(await prometheus.names());
    const named = new Set(expressions.flatMap((expression) => expression.match(/holdfast_[a-z_]+/g) ?? []));
    const missing = [...named].filter((name) => !shown.has(name));
    expect(missing.filter((name) => !MAY_BE_MISSING.includes(name))).toEqual([]);
  });
});
