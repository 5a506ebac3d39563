import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  acknowledgementSigningParts,
  applicationDigest,
  type Destination,
  encodeJws,
  encodeSigningInput,
  encodeUtf8,
  parseAcknowledgement,
  programDigest,
  sha256Base64url,
  thumbprint,
} from '@holdfast/core';
import { parseProgram } from '@holdfast/core/program';
import { createKeyFilesSigner, winterRelief } from '@holdfast/server/client';
import { type AcknowledgedApplication, createWallet } from '@holdfast/wallet';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../server/test/test-database.ts';
import { openOfficer } from '../src/commands/decide.ts';
import { offerCredential } from '../src/commands/issue.ts';
import { joinOrPropose } from '../src/officer-desk.ts';
import { eventually } from '../src/program/eventually.ts';
import { fetchProgram } from '../src/program/view.ts';
import { forEach } from '../src/tour/stage.ts';
import { until } from './processes.ts';
import { createDataFolder, type Ended, holdfast, type RunningNetwork, startNetwork } from './running-network.ts';

const ID = 'heat-now';
/** Meanwhile commands are tried on another program. */
const WINDOW_MS = 30_000;
let folder: Awaited<ReturnType<typeof createDataFolder>>;
let database: TestDatabase;
let network: RunningNetwork;

beforeAll(async () => {
  folder = await createDataFolder();
  database = await createTestDatabase();
  network = await startNetwork(folder.path, 0, '--database', database.url);
});

afterAll(async () => {
  await network?.stop();
  await folder?.remove();
  await database?.[Symbol.asyncDispose]();
});

const here = () => ['--url', network.url, '--data', folder.path];
const at = (name: string) => join(folder.path, name);

async function write(name: string, value: unknown): Promise<string> {
  await writeFile(at(name), typeof value === 'string' ? value : JSON.stringify(value));
  return at(name);
}

/** Runs `holdfast program …` with --json; a fault of ours would show as a stack or as words of the engine. */
async function program(...args: string[]): Promise<{ exit: number | null; said: Record<string, unknown> }> {
  const ended = await holdfast('program', ...args, '--json');
  expect(`${ended.stdout}${ended.stderr}`).not.toMatch(/^\s+at .+:\d+:\d+|TypeError|SyntaxError|"code":"internal"/m);
  return { exit: ended.code, said: jsonOf(ended) };
}

function jsonOf({ stdout, stderr, code }: Ended): Record<string, unknown> {
  return JSON.parse(stdout === '' ? JSON.stringify({ code, stderr }) : stdout) as Record<string, unknown>;
}

/** A few commands at a time: each is a process of its own. */
const together = <Case>(cases: readonly Case[], work: (one: Case, index: number) => Promise<void>) =>
  forEach(cases, 3, work, () => undefined);

const codeOf = ({ said }: { said: Record<string, unknown> }) => (said.error as { code?: string } | undefined)?.code;

async function rules(id = 'other', windowMs = 3_600_000): Promise<object> {
  const { key } = await network.client.post('/programs/keys', {});
  const opensAt = Date.now();
  return {
    ...winterRelief({
      origin: network.url,
      id,
      opensAt,
      closesAt: opensAt + windowMs,
      key: String(key),
      budget: '25000',
    }),
    appealMs: 0,
  };
}

const claimsOf = (id: string, birthdate: string) => ({
  given_name: id,
  family_name: 'Example',
  birthdate,
  resident_id: `R-${id}`,
});

async function applyHere(id: string, birthdate: string, destination: Destination): Promise<void> {
  const wallet = createWallet({ allowLoopback: true });
  const body = { type: 'residence', claims: claimsOf(id, birthdate), label: id };
  await wallet.receive((await offerCredential(network.client, 'civic', body)).offerUri);
  const prepared = await wallet.prepare(`${network.url}/programs/${ID}`, { destination });
  await write(`${id}.json`, await wallet.apply(prepared));
}

async function fileOf(id: string): Promise<AcknowledgedApplication> {
  const [first = ''] = (await readFile(at(`${id}.json`), 'utf8')).split('\n');
  return JSON.parse(first) as AcknowledgedApplication;
}

/** Signed for by the distributor's own key, and kept by nobody. */
async function dropped(like: AcknowledgedApplication): Promise<AcknowledgedApplication> {
  const keys = at('keys/distributor');
  const signer = await createKeyFilesSigner({ directory: keys, passphrasePath: `${keys}.passphrase` });
  const key = await signer.readPublicKey('distributor');
  const application = { ...like.application, salt: 'A'.repeat(22) };
  const digest = applicationDigest(application, sha256Base64url(like.presentation));
  const content = { ...parseAcknowledgement(like.acknowledgement).acknowledgement, application: digest };
  const input = encodeSigningInput(...acknowledgementSigningParts(content, 'ES256', thumbprint(key)));
  const signature = await signer.sign('distributor', encodeUtf8(input));
  return { ...like, application, digest, acknowledgement: encodeJws(input, signature) };
}

/** Released and applied to in this process, so that a busy machine makes nobody late for the window. */
test('two officers release a program, and people apply', async () => {
  const rulesOfIt = parseProgram(await rules(ID, WINDOW_MS));
  const { network: genesis } = await network.client.get('/rulebook');
  const targets = [{ program: programDigest(rulesOfIt) }];
  const expected = { genesis: String(genesis), power: 'release' as const, targets };
  const request = { power: 'release', class: 'program-approved', program: rulesOfIt };
  for (const officer of ['officer-a', 'officer-b']) {
    const { signer } = await openOfficer(folder.path, officer);
    await joinOrPropose(network.client, expected, request, { signer, name: 'approval' });
  }
  await eventually(() => fetchProgram(network.client, ID), 'program.unknown');
  await applyHere('cem', '1990-01-01', { kind: 'iban', iban: 'DE89370400440532013000', name: 'Cem Example' });
  await applyHere('kid', '2019-01-01', { kind: 'internal', account: 'kid' });
  await write('gone.json', await dropped(await fileOf('cem')));
});

test('the commands do the same: one officer is not enough, two are, and people keep what was signed for', async () => {
  const file = await write('rules.json', await rules('long-run', 3_600_000));
  const one = await program('publish', file, '--as', 'officer-a', ...here());
  expect(one).toMatchObject({ exit: 2, said: { state: 'collecting', program: 'long-run' } });
  const two = await program('publish', file, '--as', 'officer-b', ...here());
  expect(two).toMatchObject({ exit: 0, said: { state: 'carried-out', program: 'long-run' } });
  expect(await program('open', 'long-run', '--url', network.url)).toMatchObject({ exit: 0, said: { reached: true } });
  const claims = ['--claims', JSON.stringify(claimsOf('bea', '1990-01-01')), '--label', 'bea'];
  const to = ['--to', 'DE89 3704 0044 0532 0130 00', '--name', 'Bea Example', '--out', at('bea.json')];
  expect(await program('apply', 'long-run', ...claims, ...to, ...here())).toMatchObject({ exit: 0 });
  expect(await program('check-result', at('bea.json'), '--fetch', network.url)).toMatchObject({
    exit: 2,
    said: { result: { outcome: 'waiting', step: 'intake' } },
  });
  const hasty = await program('seal', 'long-run', '--url', network.url);
  expect(hasty).toMatchObject({ exit: 2, said: { reached: false } });
});

describe('what cannot be done is said with a code:', () => {
  test('to programs and payments that nobody knows, by officers that nobody knows', async () => {
    const good = await write('good.json', await rules());
    const cases: readonly (readonly [string, number, readonly string[]])[] = [
      ['program.unknown', 1, ['show', 'nothing', ...here()]],
      ['program.unknown', 1, ['seal', 'nothing', '--url', network.url]],
      ['program.unknown', 1, ['settle', 'nothing', ...here()]],
      ['program.unknown', 1, ['apply', 'nothing', '--to', 'internal:a', '--out', at('x'), '--claims', '{}', ...here()]],
      ['officer.unknown', 1, ['publish', good, '--as', 'officer-x', ...here()]],
      ['settlement.unknown', 1, ['settle', '--paid', 'post.x.y', '--as', 'officer-a', ...here()]],
      ['usage.act', 64, ['settle', '--paid', 'post.x.y', ...here()]],
      ['usage.destination', 64, ['apply', ID, '--to', 'DE00', '--out', at('x'), '--claims', '{}', ...here()]],
      ['network.unreachable', 69, ['show', '--url', 'http://localhost:1']],
    ];
    await together(cases, async ([code, exit, args]) => {
      const answer = await program(...args);
      expect({ args, exit: answer.exit, code: codeOf(answer) }).toEqual({ args, exit, code });
    });
  });

  test('of programs that could not work, before anybody signs', async () => {
    const good = await rules();
    const cases: readonly (readonly [string, unknown])[] = [
      ['program.malformed', { ...good, budget: '-1' }],
      ['rule.too-costly', { ...good, eligibility: 'claims.a.all(x, claims.a.all(y, x == y))' }],
      ['program.query', { ...good, query: { credentials: [] } }],
      ['decision.program-exists', { ...good, id: 'winter-relief' }],
    ];
    await together(cases, async ([code, value]) => {
      const answer = await program('publish', await write(`${code}.json`, value), '--as', 'officer-a', ...here());
      expect({ exit: answer.exit, code: codeOf(answer) }).toEqual({ exit: 1, code });
    });
    expect((await network.client.get('/decisions')).decisions).not.toContainEqual(
      expect.objectContaining({ state: 'collecting', power: 'release' }),
    );
  });

  test('of files that are no result', async () => {
    const cases: readonly (readonly [string, unknown])[] = [
      ['result.malformed', ''],
      ['result.malformed', '[1]'],
      ['result.malformed', { url: 'nowhere', presentation: 'x' }],
      ['application.malformed', { url: network.url, presentation: 'x', application: {} }],
    ];
    await together(cases, async ([code, value], i) => {
      const answer = await program('check-result', await write(`bad-${i}.json`, value));
      expect({ exit: answer.exit, code: codeOf(answer) }).toEqual({ exit: 1, code });
    });
    expect(codeOf(await program('check-result', at('nothing.json')))).toBe('usage.file');
  });
});

test('the first is sealed, drawn, paid and settled, and everybody can follow it', async () => {
  expect(await program('key', ...here())).toMatchObject({ exit: 0, said: { key: expect.stringMatching(/^.{43}$/) } });
  expect(await program('seal', ID, '--url', network.url)).toMatchObject({
    exit: 0,
    said: { statement: { admitted: { count: 1 }, refused: { count: 1 } }, intake: { statement: { count: 2 } } },
  });
  expect(await program('draw', ID, '--url', network.url)).toMatchObject({
    exit: 0,
    said: { statement: { allocated: { count: 1, total: '10000' } } },
  });
  const pays = async () => (await network.client.get(`/programs/${ID}`)).payments as Record<string, unknown>;
  await until('it has left the ledger', async () => (await pays()).carried !== undefined);
  await checkOutcomes();
  await settles();
});

async function checkOutcomes(): Promise<void> {
  expect(await program('check-result', at('cem.json'), '--fetch', network.url)).toMatchObject({
    exit: 0,
    said: { result: { outcome: 'entitled', amount: '10000', held: false } },
  });
  expect(await program('check-result', at('kid.json'), '--fetch', network.url)).toMatchObject({
    exit: 0,
    said: { result: { outcome: 'refused', code: 'application.not_eligible' } },
  });
  // Asked by its leaf, whoever runs the program cannot but show that it is not there.
  expect(await program('check-result', at('gone.json'), '--fetch', network.url)).toMatchObject({
    exit: 1,
    said: { result: { outcome: 'dropped' } },
  });
  const text = await readFile(at('cem.json'), 'utf8');
  expect(await program('check-result', at('cem.json'), '--network', 'A'.repeat(43))).toMatchObject({ exit: 1 });
  const [first = '', ...entries] = text.replace('"amount":"10000"', '"amount":"9000"').split('\n');
  const { receipt, ...unsigned } = JSON.parse(first) as { receipt?: object };
  expect(receipt).toBeDefined();
  // What is only said counts as it is said; what the ledger has signed outweighs it.
  const said = await write('said.json', [JSON.stringify(unsigned), ...entries].join('\n'));
  expect(await program('check-result', said)).toMatchObject({ exit: 1, said: { payment: { isLess: true } } });
  const signed = await write('signed.json', [first, ...entries].join('\n'));
  expect(await program('check-result', signed)).toMatchObject({ exit: 0, said: { payment: { isLess: false } } });
  const shorter = await write('shorter.json', text.split('\n').slice(0, -3).join('\n'));
  expect(codeOf(await program('check-result', shorter))).toBe('result.log');
}

/** The bank has not answered: officers find out what became of it. */
async function settles(): Promise<void> {
  const open = await program('settle', ID, ...here());
  expect(open).toMatchObject({ exit: 2, said: { open: [{ what: 'settlement', amount: '10000' }] } });
  const [{ of: transfer }] = open.said.open as [{ of: string }];
  const paid = (officer: string) => program('settle', '--paid', transfer, '--as', officer, ...here());
  expect(await paid('officer-a')).toMatchObject({ exit: 2, said: { state: 'collecting' } });
  const words = await holdfast('handoffs', ...here());
  expect(words.stdout).toMatch(/1 payment of heat-now, 100\.00 EUR: distributor -> bank/);
  expect(await paid('officer-b')).toMatchObject({ exit: 0, said: { state: 'accepted' } });
  expect(await paid('officer-a')).toMatchObject({ exit: 0, said: { state: 'accepted' } });
  expect(codeOf(await program('settle', '--retry', transfer, '--as', 'officer-a', ...here()))).toBe('settlement.paid');
  expect(await program('settle', ID, ...here())).toMatchObject({ exit: 0, said: { open: [] } });
  const shown = await holdfast('program', 'show', ID, ...here());
  expect(shown.stdout).toMatch(/^Winter relief \(heat-now\): paid out\n/);
  expect(shown.stdout).toContain('100.00 EUR   1 person');
  expect((await holdfast('handoffs', ...here())).stdout).toBe('Nothing is on its way: every crossing is complete.\n');
}
