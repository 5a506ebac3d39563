import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createOtlpReceiver, type OtlpReceiver } from '../../server/test/otlp-receiver.ts';
import { createTestDatabase, type TestDatabase } from '../../server/test/test-database.ts';
import type { TourReport } from '../src/tour/tour.ts';
import { createHook, leaksIn, readSecrets, type Secret } from './leaks.ts';
import { checkFromOutside } from './outside-check.ts';
import { createDataFolder, holdfast, type RunningNetwork, startNetwork } from './running-network.ts';
import { testWorkedCases } from './worked-cases.ts';
import { testLostOfficer, testMoreWorkedCases } from './worked-cases-more.ts';

const PEOPLE = '12';
let folder: Awaited<ReturnType<typeof createDataFolder>>;
/** A PostgreSQL of the operator's own; the embedded one is what the other tests of commands run on. */
let database: TestDatabase;
let network: RunningNetwork;
let receiver: OtlpReceiver;
let hook: Awaited<ReturnType<typeof createHook>>;
let report: TourReport;
let exit: number | null;
let stderr: string;

beforeAll(async () => {
  folder = await createDataFolder();
  database = await createTestDatabase();
  [receiver, hook] = [await createOtlpReceiver(), await createHook()];
  const watched = ['--verbose', '--otlp', receiver.url];
  network = await startNetwork(folder.path, 0, '--database', database.url, ...watched);
  for (const path of ['/v/north/webhooks', '/applications/webhooks'])
    await network.client.post(path, { url: hook.url });
  const ended = await holdfast('tour', '--json', '--people', PEOPLE, '--url', network.url, '--data', folder.path);
  exit = ended.code;
  stderr = ended.stderr;
  report = JSON.parse(ended.stdout) as TourReport;
});

afterAll(async () => {
  await network?.stop();
  await folder?.remove();
  await database?.[Symbol.asyncDispose]();
  await receiver?.[Symbol.asyncDispose]();
  await hook?.[Symbol.asyncDispose]();
});

test('every step of the story holds', () => {
  expect({ exit, stderr, error: (report as { error?: unknown }).error }).toEqual({
    exit: 0,
    stderr: '',
    error: undefined,
  });
  expect(report.steps.filter(({ held }) => !held)).toEqual([]);
  expect({ exit, stderr, held: report.held }).toEqual({ exit: 0, stderr: '', held: true });
  expect(report.steps.map(({ name }) => name)).toEqual([
    'issue',
    'present',
    'refuse-forged',
    'refuse-altered',
    'refuse-replayed',
    'refuse-borrowed',
    'refuse-expired',
    'release',
    'apply',
    'refuse-swapped',
    'refuse-other-rules',
    'refuse-late',
    'seal',
    'cut',
    'reserve',
    'one-officer',
    'two-officers',
    'disagree',
    'explain',
    'replay',
    'heal',
    'agree',
    'pay',
    'settle',
    'account',
  ]);
});

describe('every unit of the money, asked of the database with pg alone', () => {
  const ask = async (text: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text, [...values])).rows;
    } finally {
      await client.end();
    }
  };
  const program = () => String(report.steps.find(({ name }) => name === 'release')?.detail.program);
  const budget = BigInt(Math.floor((Number(PEOPLE) * 3) / 4)) * 10_000n;

  test('the ledger sums to nothing, and nothing of the program is set aside any more', async () => {
    const [sums] = await ask(`select (sum(credits_posted) - sum(debits_posted))::text as posted,
      (sum(credits_pending) - sum(debits_pending))::text as difference from ledger.account`);
    expect(sums).toEqual({ posted: '0', difference: '0' });
    const [own] = await ask(
      `select credits_posted::text as got, debits_posted::text as gave, debits_pending::text as reserved
        from ledger.account where id = 'program.' || $1`,
      [program()],
    );
    expect(own).toEqual({ got: budget.toString(), gave: budget.toString(), reserved: '0' });
  });

  test('the budget is what people got, each EUR 100.00 once, and what left for banks', async () => {
    const rows = await ask(
      `select credit, sum(posted)::text as amount, count(*)::int as times from ledger.transfer
        where debit = 'program.' || $1 and kind = 'pending' and state = 'posted' group by credit`,
      [program()],
    );
    const people = rows.filter(({ credit }) => String(credit).startsWith('holder.'));
    expect(people.every(({ amount, times }) => amount === '10000' && times === 1)).toBe(true);
    const banks = rows.filter(({ credit }) => credit === `rail.${program()}`);
    const [lines] = await ask(`select coalesce(sum(amount), 0)::text as amount, count(*)::int as count
      from distributor.settlement_line`);
    const left = banks.reduce((sum, { amount }) => sum + BigInt(String(amount)), 0n);
    expect(BigInt(String(lines?.amount))).toBe(left);
    expect(BigInt(people.length) * 10_000n + left).toBe(budget);
    const voided = await ask(`select posted from ledger.transfer where debit = 'program.' || $1 and state = 'voided'`, [
      program(),
    ]);
    expect(voided).toHaveLength(1);
    const [open] = await ask(
      `select count(*)::int as count from distributor.settlement_line where state <> 'accepted'`,
    );
    expect(open).toEqual({ count: 0 });
  });
});

test('the disagreement explains itself: the entry, who approved it, since when, whose it is, what is next', () => {
  const { explanation } = report;
  expect(explanation).toMatchObject({
    agree: false,
    sides: [
      { name: 'north', outcome: 'revoked' },
      { name: 'south', outcome: 'valid', allows: { effect: 'reserve' } },
    ],
    cause: {
      kind: 'decision',
      deciding: { decisions: [{ text: 'residence ended', officers: ['officer-a', 'officer-b'] }] },
    },
    gap: { behind: 'south', owner: 'south' },
    next: { action: 'reads-on', who: 'south' },
  });
  const [north, south] = explanation?.sides ?? [];
  expect(north?.position?.size).toBeGreaterThan(south?.position?.size ?? Number.POSITIVE_INFINITY);
  expect(explanation?.next.by).toBeGreaterThan(explanation?.gap?.beganAt ?? Number.POSITIVE_INFINITY);
});

test('explain finds the same pair afterwards, and says that they agree once both have read on', async () => {
  const { code, stdout } = await holdfast(
    'explain',
    'north',
    'south',
    '--json',
    '--url',
    network.url,
    '--data',
    folder.path,
  );
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ agree: true, cause: { kind: 'agreement' } });
});

test('what the roles call one credential is joined by a decision of two officers, and its traces are found by it', async () => {
  const place = ['--class', 'matter-traced', '--json', '--url', network.url, '--data', folder.path];
  const decide = async (officer: string) => {
    const { stdout } = await holdfast('decide', 'unseal', 'ada', '--as', officer, ...place);
    return (JSON.parse(stdout) as { handles?: { role: string; handles: Record<string, string> }[] }).handles;
  };
  expect(await decide('officer-a')).toBeUndefined();
  const said = (await decide('officer-b')) ?? [];
  expect(said.map(({ role }) => role)).toEqual(['governor', 'issuer', 'north', 'south']);
  const handles = said.flatMap((one) => Object.values(one.handles));
  expect(new Set(handles).size).toBe(handles.length);
  const ofIssuer = new Set(Object.values(said[1]?.handles ?? {}));
  const found = receiver.spans().filter(({ links = [] }) => links.some(({ traceId }) => ofIssuer.has(traceId)));
  expect(found.flatMap(({ events = [] }) => events.map(({ name }) => name))).toContain('credential.issued');
  expect(found.flatMap(({ events = [] }) => events.map(({ name }) => name))).not.toContain('verdict.given');
});

describe('a signed verdict of the tour, checked with jose and node:crypto alone', () => {
  const bundle = () => structuredClone(report.evidence?.bundle) as unknown as Record<string, unknown>;

  test('signature, inclusion, status bit and outcome hold', async () => {
    expect(await checkFromOutside(bundle())).toMatchObject({ outcome: 'revoked', status: 1 });
  });

  test.each([
    ['the verdict', (b: Record<string, unknown>) => ({ ...b, signed: flipLast(String(b.signed)) })],
    ['the presentation', (b: Record<string, unknown>) => ({ ...b, presented: `${b.presented}x` })],
    [
      'the status list',
      (b: Record<string, unknown>) =>
        inNetwork(b, (n) => ({ ...n, list: { ...n.list, packed: `AA${n.list.packed.slice(2)}AA` } })),
    ],
    [
      'the epoch',
      (b: Record<string, unknown>) =>
        inNetwork(b, (n) => ({ ...n, epoch: { ...n.epoch, entry: flipLast(n.epoch.entry) } })),
    ],
    ['the genesis', (b: Record<string, unknown>) => inNetwork(b, (n) => ({ ...n, genesis: flipLast(n.genesis) }))],
    [
      'a party',
      (b: Record<string, unknown>) =>
        inNetwork(b, (n) => ({ ...n, parties: n.parties.map((leaf) => leaf.replace('"verifier"', '"Verifier"')) })),
    ],
  ])('with %s altered it does not', async (_what, alter) => {
    await expect(checkFromOutside(alter(bundle()))).rejects.toThrow();
  });
});

type NetworkPart = { list: { packed: string }; epoch: { entry: string }; genesis: string; parties: string[] };

function inNetwork(bundle: Record<string, unknown>, alter: (network: NetworkPart) => unknown): Record<string, unknown> {
  return { ...bundle, network: alter(bundle.network as NetworkPart) };
}

/** Another signature: its last character but one stands for six bits that count. */
function flipLast(text: string): string {
  const at = text.length - 2;
  return text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
}

describe('the worked cases, on the network of the tour', () => {
  testMoreWorkedCases(() => network);
  testWorkedCases(() => network);
  testLostOfficer(() => network);
});

describe('everything that the processes told while all of that happened', () => {
  let told: Readonly<Record<'lines' | 'otlp' | 'metrics' | 'envelopes', string>>;
  let secrets: readonly Secret[];

  beforeAll(async () => {
    const key = (await readFile(join(folder.path, 'keys', 'metrics'), 'utf8')).trim();
    const headers = { authorization: `Bearer ${key}` };
    const metrics = await (await fetch(`${network.url}/metrics`, { headers })).text();
    const envelopes = hook.envelopes().join('\n');
    secrets = await readSecrets(network, database.url);
    told = { lines: network.heard(), otlp: receiver.text(), metrics, envelopes };
  });

  test('is what has happened, from both processes', () => {
    expect(receiver.faults).toEqual([]);
    for (const event of ['credential.issued', 'decision.logged', 'program.sealed', 'payments.posted', 'case.moved']) {
      expect(told.lines).toContain(`"event":"${event}"`);
      expect(told.otlp).toContain(`"${event}"`);
    }
    for (const part of ['"holdfast-south"', 'verdict.given', 'POST /v/:verifier/verify'])
      expect(told.otlp).toContain(part);
    expect(told.metrics).toContain('holdfast_verdict_given_total{verifier="north",outcome="revoked"');
    expect(told.metrics).toContain('holdfast_disagreements_unexplained 0\n');
    expect(told.metrics).toContain('holdfast_money_minor_units{asset="EUR",state="posted"} 0\n');
    expect(told.envelopes).toContain('urn:holdfast:event:application');
    expect(`${told.lines}${told.otlp}${told.metrics}`).not.toContain('unfit');
  });

  test('holds nobody: no name, claim, credential, place in a list, address, account, key or path', () => {
    for (const source of ['lines', 'otlp', 'metrics'] as const)
      expect([source, leaksIn(told[source], secrets)]).toEqual([source, []]);
    // Whoever asked to be told of an application is told which; the envelope says nothing else of it.
    const others = secrets.filter(({ kind }) => kind !== 'application');
    expect(leaksIn(told.envelopes, others)).toEqual([]);
  });

  test('would show it if it held somebody: each kind of secret is known here, and found where it is planted', async () => {
    const kinds = [...new Set(secrets.map(({ kind }) => kind))];
    expect(kinds.length).toBeGreaterThan(10);
    for (const kind of kinds) {
      const secret = secrets.find((one) => one.kind === kind)?.value ?? '';
      expect(leaksIn(`${told.lines}{"event":"x","label":"${secret}"}`, secrets).map((one) => one.kind)).toContain(kind);
    }
    const [label = ''] = secrets.filter(({ kind }) => kind === 'claim').map(({ value }) => value);
    await fetch(`${receiver.url}/v1/logs`, { method: 'POST', body: recordOf(label) });
    expect(leaksIn(receiver.text(), secrets).map(({ kind }) => kind)).toContain('claim');
  });
});

/** ExportLogsServiceRequest with one record that has this event name: each level is field 1 or 2 of the one around it. */
function recordOf(eventName: string): Uint8Array<ArrayBuffer> {
  const wrap = (field: number, bytes: Buffer) => Buffer.concat([Buffer.from([(field << 3) | 2, bytes.length]), bytes]);
  const record = wrap(12, Buffer.from(eventName));
  return new Uint8Array(wrap(1, wrap(2, wrap(2, record))));
}
