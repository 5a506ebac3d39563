import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  encodeJws,
  encodeUtf8,
  erasureSigningInput,
  parseAccountId,
  parseAmount,
  parseTransferId,
  type TransferCommand,
} from '@holdfast/core';
import { createPlatformClock } from '@holdfast/verifier';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createWallet } from '../../../wallet/src/index.ts';
import { CONSOLE_FOLDER, describeConsoleAlone } from '../../test/alone-console.ts';
import { asOfficers, enrolOfficer } from '../../test/alone-officers.ts';
import { type DividedNetwork, foundDivided } from '../../test/divided-network.ts';
import { heldKeys } from '../../test/held-keys.ts';
import { type LoadBalancer, startLoadBalancer } from '../../test/load-balancer.ts';
import { hasNats, type NatsServer, NO_NATS, startNatsServer } from '../../test/nats-server.ts';
import { readAlertRules } from '../../test/promtool.ts';
import { createTestDatabase } from '../../test/test-database.ts';
import { createHttpLedger, type HttpLedger } from '../adapters/http-ledger/http-ledger.ts';
import { createLogger } from '../adapters/system/logger.ts';
import { DISTRIBUTOR_KEY, organiserOf } from '../roles/distributor/config.ts';
import { foundProgram } from '../sample/founding.ts';
import { winterRelief } from '../sample/winter-relief.ts';
import { GAUGES } from '../seeing/metrics.ts';
import { claimDatabase } from './database-claim.ts';
import { DISTRIBUTOR_KEYS } from './distributing.ts';
import { openKeys } from './keyring.ts';
import { reservePort } from './listening.ts';
import { APPROVAL_KEY } from './officer-desk.ts';
import { sampleIssuerDescription } from './sample-issuer.ts';
import { type Organisation, type OrganisationRole, startOrganisation } from './start-organisation.ts';

const server = await createTestDatabase();
const folder = await mkdtemp(join(tmpdir(), 'holdfast-divided-'));
const balancer: LoadBalancer = await startLoadBalancer();
const nats: NatsServer | undefined = hasNats ? await startNatsServer() : undefined;
const running: Organisation[] = [];
const ledgers: Organisation[] = [];
const addresses = new Map<string, string[]>();
let divided: DividedNetwork;
/** Of people's pages, as they were given out. */
const codes = { application: '', offer: '' };
let credential = '';
const deciding = { databaseUrl: server.url, networkUrl: balancer.url };

/** One more process of a role, behind the balancer. */
async function start(role: OrganisationRole): Promise<Organisation> {
  const port = await reservePort(0);
  const organisation = await startOrganisation({
    ...{ port, origin: divided.origin, roles: [role], databaseUrl: server.url, networkUrl: balancer.url },
    dataFolder: divided.folderOf(role === 'verifier' ? 'verifier-south' : role),
    verifier: { id: 'south', name: 'South' },
    issuer: sampleIssuerDescription(),
    ...(nats === undefined ? {} : { feedUrl: nats.url }),
    ...(role === 'pages' && CONSOLE_FOLDER !== undefined ? { consoleFolder: CONSOLE_FOLDER } : {}),
    logger: createLogger('silent'),
    report: () => undefined,
  });
  const there = [...(addresses.get(role) ?? []), `http://127.0.0.1:${port}`];
  addresses.set(role, there);
  balancer.set(role, there);
  running.push(organisation);
  if (role === 'ledger') ledgers.push(organisation);
  return organisation;
}

async function get(url: string): Promise<Record<string, unknown>> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${divided.adminKey}` } });
  return (await response.json()) as Record<string, unknown>;
}

async function numbersOf(role: OrganisationRole): Promise<string> {
  const [url = ''] = addresses.get(role) ?? [];
  const key = (await readFile(join(divided.folderOf(role), 'keys', 'metrics'), 'utf8')).trim();
  return (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${key}` } })).text();
}

async function isReady(url: string): Promise<boolean> {
  return (await fetch(`${url}/readyz`)).ok;
}

beforeAll(async () => {
  divided = await foundDivided(folder, { databaseUrl: server.url, origin: balancer.url, tickMs: 500 });
  const told = join(divided.folderOf('pages'), 'pages.json');
  const { compared: _, ...pages } = JSON.parse(await readFile(told, 'utf8'));
  // Of the two verifiers one runs here.
  await writeFile(told, JSON.stringify({ ...pages, verifiers: [{ id: 'south', name: 'South' }] }));
  for (const role of [
    'network',
    'governor',
    'ledger',
    'verifier',
    'issuer',
    'distributor',
    'eraser',
    'pages',
  ] as const) {
    await start(role);
    if (role === 'network' || role === 'ledger' || role === 'distributor') await start(role);
  }
});

afterAll(async () => {
  for (const organisation of running.reverse()) await organisation[Symbol.asyncDispose]();
  await nats?.[Symbol.asyncDispose]();
  await balancer[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

describe('every role of a network alone, on one database, found by its address', () => {
  it('has its own keys and nobody else’s', async () => {
    for (const [role, holder] of [
      ['network', 'network'],
      ['ledger', 'ledger'],
      ['verifier-south', 'verifier-south'],
    ]) {
      const keys = await readdir(join(divided.folderOf(role ?? ''), 'keys'));
      const holders = keys
        .filter((name) => !['admin', 'metrics'].includes(name) && !name.startsWith('development-ca'))
        .sort();
      expect(holders).toEqual([holder, `${holder}.passphrase`]);
    }
    const officers = await readdir(join(folder, 'divided'));
    expect(officers.filter((name) => name.startsWith('officer'))).toEqual([]);
  });

  it('becomes ready', async () => {
    for (const url of [...addresses.values()].flat()) {
      await expect.poll(() => isReady(url), { message: url }).toBe(true);
    }
  });

  it('shows on each process of the network what the other has recorded', async () => {
    const [first = '', second = ''] = addresses.get('network') ?? [];
    const sizes = async () => {
      const read = [first, second].map((url) => fetch(`${url}/log/checkpoint`).then((answer) => answer.text()));
      return (await Promise.all(read)).map((note) => Number(note.split('\n')[1]));
    };
    const [before = 0] = await sizes();
    await expect.poll(async () => Math.min(...(await sizes()))).toBeGreaterThan(before + 1);
    await expect.poll(async () => new Set(await sizes()).size).toBe(1);
  });

  it('hands its epochs to followers over NATS, each once', async (context) => {
    if (nats === undefined) return context.skip(NO_NATS);
    const connection = await connect({ servers: nats.url.replace('nats://', '') });
    const { streams } = await jetstreamManager(connection);
    const read = async () => (await streams.info(`HOLDFAST_${divided.network}`)).state;
    // Governor, verifier, issuer and both distributors; two processes of the network publish.
    await expect.poll(async () => (await read()).consumer_count).toBeGreaterThan(4);
    const name = `HOLDFAST_${divided.network}`;
    const published = await streams.getMessage(name, { last_by_subj: `holdfast.${divided.network}.epoch` });
    const before = await streams.getMessage(name, { seq: (published?.seq ?? 0) - 1 });
    expect(published?.json()).toMatchObject({ checkpoint: expect.any(String) });
    expect(before?.string()).not.toBe(published?.string());
    await connection.close();
  });

  it('refuses to start a network of all roles beside them', async () => {
    await expect(claimDatabase(server.url, () => undefined)).rejects.toMatchObject({ code: 'data.in-use' });
  });

  it('refuses a role without its keys, and makes none', async () => {
    const wrong = startOrganisation({
      ...{ port: 0, origin: divided.origin, roles: ['governor'], databaseUrl: server.url, networkUrl: balancer.url },
      dataFolder: divided.folderOf('ledger'),
      verifier: { id: 'south', name: 'South' },
      logger: createLogger('silent'),
      report: () => undefined,
    });
    await expect(wrong).rejects.toMatchObject({ code: 'data.no-keys', details: { holder: 'governor' } });
  });
});

describe('one ledger in two processes', () => {
  let ledger: HttpLedger;
  beforeAll(async () => {
    const signer = await openKeys(join(divided.folderOf('distributor'), 'keys'), DISTRIBUTOR_KEYS);
    ledger = createHttpLedger({
      ...{ url: balancer.url, party: organiserOf(divided.origin), clock: createPlatformClock() },
      keys: heldKeys(signer, { party: organiserOf(divided.origin), name: DISTRIBUTOR_KEY }),
    });
    await ledger.createAccounts(
      ['from', 'to'].map((id) => ({ id: parseAccountId(id), asset: { code: 'EUR', decimals: 2 }, rule: 'none' })),
    );
  });

  const move = (id: string): TransferCommand => ({
    ...{ kind: 'posted', id: parseTransferId(id), amount: parseAmount(1n) },
    ...{ debit: parseAccountId('from'), credit: parseAccountId('to') },
  });

  it('answers whichever of them is asked', async () => {
    const asked = Array.from({ length: 12 }, (_, i) => ledger.transfer([move(`t${i}`)]));
    const answers = (await Promise.all(asked)).flatMap(({ results }) => results).map(({ answer }) => answer);
    expect(answers).toEqual(Array.from({ length: 12 }, () => 'created'));
    const [first = '', second = ''] = addresses.get('ledger') ?? [];
    for (const url of [first, second]) expect(await get(`${url}/ledger/audit`)).toMatchObject({ holds: true });
  });

  it('goes on when the one that writes ends, with no more than one repeat of each call', async () => {
    const writer = ledgers[0] as Organisation;
    const transfer = async (id: string) => {
      try {
        return await ledger.transfer([move(id)]);
      } catch {
        return ledger.transfer([move(id)]);
      }
    };
    const moved = Array.from({ length: 40 }, async (_, i) => {
      await new Promise((resolve) => setTimeout(resolve, i * 10));
      return transfer(`u${i}`);
    });
    const [, ...left] = addresses.get('ledger') ?? [];
    balancer.set('ledger', left);
    await writer[Symbol.asyncDispose]();
    running.splice(running.indexOf(writer), 1);
    const answers = (await Promise.all(moved)).flatMap(({ results }) => results).map(({ answer }) => answer);
    expect(answers.every((answer) => answer === 'created' || answer === 'exists')).toBe(true);
    const [to] = await ledger.readAccounts([parseAccountId('to')]);
    expect(to?.creditsPosted).toBe(52n);
  });
});

describe('money through roles that run apart', () => {
  const post = async (path: string, body: object): Promise<Record<string, unknown>> => {
    const headers = { authorization: `Bearer ${divided.adminKey}`, 'content-type': 'application/json' };
    const answer = await fetch(`${balancer.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  };

  async function release(): Promise<string> {
    const { key } = await post('/programs/keys', {});
    const opensAt = Date.now();
    const { origin } = divided;
    const relief = winterRelief({ origin, id: 'relief', opensAt, closesAt: opensAt + 3_600_000, key: String(key) });
    const allocation = { mode: 'instant', amount: '2500', maxRecipients: 10 } as const;
    await asOfficers(divided, deciding, (ports, signal) => foundProgram(ports, { ...relief, allocation }, signal));
    return `${balancer.url}/programs/${relief.id}`;
  }

  it('reaches an account: issued, applied for, judged and posted, each in a process of its own', async () => {
    const url = await release();
    const claims = { given_name: 'Ada', family_name: 'Example', birthdate: '1985-12-10', resident_id: 'R-1' };
    const { offerUri, me } = await post('/i/civic/offers', { type: 'residence', claims, label: 'ada' });
    const wallet = createWallet({ allowLoopback: true });
    const [held] = await wallet.receive(String(offerUri));
    credential = held?.credential ?? '';
    const { name: account } = await wallet.openAccount();
    await expect.poll(() => fetch(url).then(({ ok }) => ok)).toBe(true);
    const applied = await wallet.apply(await wallet.prepare(url, { destination: { kind: 'internal', account } }));
    const read = () => get(`${url}/applications/${applied.digest}`);
    codes.application = new URL(String(applied.me)).pathname;
    codes.offer = new URL(String(me), balancer.url).pathname;
    await expect.poll(read).toMatchObject({ state: 'admitted', payment: { state: 'carried', amount: '2500' } });
    expect(await get(`${balancer.url}/ledger/audit`)).toMatchObject({ holds: true });
  });
});

describe('people and operators see as much as where all runs in one process', () => {
  it('a person opens their own page, told by the roles that have it, and complains there', async () => {
    const page = async (path: string) => {
      const answer = await fetch(`${balancer.url}${path}`, { headers: { 'accept-language': 'en' } });
      return `${answer.status} ${await answer.text()}`;
    };
    expect(await page(codes.application)).toMatch(/^200 [\s\S]*25 EUR from Winter relief was sent/);
    expect(await page(codes.offer)).toMatch(/^200 [\s\S]*Your credential \(residence\) is good/);
    expect(await page('/me/a-0000-0000-0000-0000-0000')).toMatch(/^404/);
    expect(await page('/status-page')).toMatch(/^200 [\s\S]*South/);
  });

  it('has a first page that says how the network does and leads to everything', async () => {
    const answer = await fetch(`${balancer.url}/`, { headers: { 'accept-language': 'en' } });
    const front = `${answer.status} ${await answer.text()}`;
    expect(front).toMatch(/^200 [\s\S]*role="status"[\s\S]*href="\/console\/"[\s\S]*South/);
    for (const [, path = ''] of front.matchAll(/href="(\/[^"?]*)"/g)) {
      const { status } = await fetch(`${balancer.url}${path}`);
      // Its style and icon, and all that it points to; the console and what is built with it are not built here.
      if (!/^\/(?:console|check|wallet)/.test(path)) expect(status, path).toBe(200);
    }
  });

  it('every number that an alert asks for is told: of a process by it, of the whole network by the pages', async () => {
    const alerts = await readFile(new URL('../../../../deploy/prometheus/alerts.yml', import.meta.url), 'utf8');
    const asked = new Set(alerts.match(/holdfast_[a-z_]+/g) ?? []);
    const gauges = Object.keys(GAUGES).filter((name) => asked.has(name));
    const told = await numbersOf('pages');
    // Witnesses there are none, nothing waits long enough, only one verifier runs here, and nobody sends by OTLP.
    const none = ['witness_behind_entries', 'backlog_clears_seconds', 'handoff_oldest_seconds', 'export_dropped'];
    const missing = gauges.filter((name) => !told.includes(`\n${name}`)).map((name) => name.replace('holdfast_', ''));
    expect(missing.filter((name) => !none.includes(name))).toEqual([]);
    expect(told).toContain('holdfast_log_running 1\n');
    expect(told).toContain('holdfast_ledger_running 1\n');
    expect(told).toMatch(/holdfast_money_minor_units\{asset="EUR",state="posted"\} 0\n/);
    expect(told).toContain('holdfast_promises_broken 0\n');
    expect(told).toContain('holdfast_reading_failed 0\n');
    expect(await numbersOf('network')).toMatch(/holdfast_feed_subscribers \d/);
  });

  it('one credential is followed from its issuing on, and a decision to where it took effect', async () => {
    const trace = await get(`${balancer.url}/trace/credential?issuer=civic&label=ada`);
    expect(trace).toMatchObject({ events: [{ what: 'issued', by: 'civic' }] });
    expect(await get(`${balancer.url}/trace/decisions`)).toMatchObject({ decisions: expect.any(Array) });
    expect(await get(`${balancer.url}/handoffs`)).toMatchObject({ count: expect.any(Number) });
  });

  it('the numbers that alerts ask for are shown, by one role or another', async () => {
    const asked = readAlertRules().flatMap(({ expression }) => expression.match(/holdfast_[a-z_]+/g) ?? []);
    // No witness watches this network, nobody is told over OTLP, and it may be that nothing is on its way.
    const missing = ['holdfast_witness_behind_entries', 'holdfast_export_dropped', 'holdfast_handoff_oldest_seconds'];
    const gauges = Object.keys(GAUGES).filter((name) => asked.includes(name) && !missing.includes(name));
    const headers = { authorization: `Bearer ${divided.adminKey}` };
    // The first process of the ledger has ended.
    const read = async (url: string) => (await fetch(`${url}/metrics`, { headers }).catch(() => undefined))?.text();
    const pages = await Promise.all([...addresses.values()].flat().map(read));
    const shown = pages.join('').match(/^holdfast_[a-z_]+/gm);
    expect(gauges.length).toBeGreaterThan(15);
    expect(gauges.filter((name) => !shown?.includes(name))).toEqual([]);
  });

  it('the overview and the doctor name the role that does not answer, and no other', async () => {
    const overview = () => get(`${balancer.url}/overview`);
    // A busy machine is late with what NATS hands on: that is said too, and nobody's silence.
    const isWell = async () => {
      const { findings } = (await overview()) as { findings: readonly { code: string }[] };
      return JSON.stringify(findings.filter(({ code }) => code !== 'feed.channel-away'));
    };
    await expect.poll(isWell).toBe('[]');
    const issuers = addresses.get('issuer') ?? [];
    onTestFinished(() => balancer.set('issuer', issuers));
    balancer.set('issuer', []);
    // Whoever is silent is a reading that failed; all others go on.
    await expect.poll(() => numbersOf('pages')).toMatch(/holdfast_reading_failed [1-9]/);
    expect(await numbersOf('pages')).toContain('holdfast_log_running 1\n');
    await expect.poll(isWell).toContain('issuer has not said how it does');
    const doctor = await runDoctor();
    expect(doctor).toMatch(/ILL +issuer +issuer has not said how it does since .*nothing is issued/);
    expect(doctor).toContain('owner: whoever runs issuer');
    expect(doctor).toContain('try: npx holdfast up --roles issuer');
    expect((await fetch(`${balancer.url}${codes.offer}`)).status).toBe(503);
    const status = async () => (await fetch(`${balancer.url}/status-page?lang=en`)).text();
    await expect.poll(status).toContain('Not every part has answered');
    balancer.set('issuer', issuers);
    await expect.poll(isWell).not.toContain('issuer');
  });

  function runDoctor(): Promise<string> {
    const cli = fileURLToPath(new URL('../../../cli/bin/holdfast.js', import.meta.url));
    const told = ['doctor', '--url', balancer.url, '--data', divided.folderOf('pages')];
    return new Promise((resolve) => {
      execFile(process.execPath, [cli, ...told], (_error, stdout) => resolve(stdout));
    });
  }
});

describeConsoleAlone(() => ({
  ...{ url: balancer.url, adminKey: divided.adminKey, credential, label: 'ada' },
  enrol: (party) => asOfficers(divided, deciding, (ports) => enrolOfficer(ports, party)),
}));

it('an officer has somebody forgotten, by an eraser that asks every other role by its address', async () => {
  const signer = await openKeys(join(divided.founding, 'keys'), 'officer-a');
  const request = { network: divided.network, tenant: 'civic', label: 'ada', at: Date.now() };
  const input = erasureSigningInput(request, await signer.readPublicKey(APPROVAL_KEY));
  const signed = encodeJws(input, await signer.sign(APPROVAL_KEY, encodeUtf8(input)));
  const answer = await fetch(`${balancer.url}/erasures`, {
    ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
    body: JSON.stringify({ signed }),
  });
  const receipt = (await answer.json()) as { id: string; state: string };
  expect(answer.ok, JSON.stringify(receipt)).toBe(true);
  const read = () => get(`${balancer.url}/erasures/${receipt.id}`);
  const parts = ['issuer', 'distributor', 'governor', 'cases', 'verifier south'];
  await expect.poll(async () => JSON.stringify(await read())).toContain('labels');
  const text = JSON.stringify(await read());
  for (const part of parts) expect(text).toContain(`"part":"${part}"`);
});

it('who logs in at the console of one process is known to every role', async () => {
  const session = await fetch(`${balancer.url}/console-session`, {
    ...{ method: 'POST', headers: { 'content-type': 'application/json', origin: balancer.url } },
    body: JSON.stringify({ key: divided.adminKey }),
  });
  const answer = await session.text();
  expect(session.ok, answer).toBe(true);
  // Pages know that a whole network answers here: the console leaves nothing out. A role by itself shows its own.
  expect(JSON.parse(answer)).not.toHaveProperty('roles');
  const [governor = ''] = addresses.get('governor') ?? [];
  expect(await get(`${governor}/console-session`)).toMatchObject({ roles: ['governor'] });
  const cookie = (session.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  for (const path of ['/ledger/audit', '/decisions', '/handoffs']) {
    const answer = await fetch(`${balancer.url}${path}`, { headers: { cookie } });
    expect(answer.status, path).toBe(200);
  }
  expect((await fetch(`${balancer.url}/console/`)).status).not.toBe(404);
});

it('a role is told in its folder what it is', async () => {
  const told = JSON.parse(await readFile(join(divided.folderOf('ledger'), 'ledger.json'), 'utf8'));
  expect(told).toMatchObject({ party: organiserOf(divided.origin), callers: [{ kty: 'EC' }] });
});

it('the overview says that NATS is away, and who has missed it, while everything goes on', async (context) => {
  if (nats === undefined) return context.skip(NO_NATS);
  await nats.kill();
  const away = async () => {
    const { findings } = (await get(`${balancer.url}/overview`)) as {
      findings: readonly { code: string; what: string }[];
    };
    return findings.find(({ code }) => code === 'feed.channel-away')?.what;
  };
  await expect.poll(away).toContain('network');
  const seen = async () => Number((await (await fetch(`${balancer.url}/log/checkpoint`)).text()).split('\n')[1]);
  const before = await seen();
  await expect.poll(seen).toBeGreaterThan(before);
});
