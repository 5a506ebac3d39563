import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commitmentOf, describeProgram, parseStatement, signatureCheck } from '@holdfast/core';
import { parseProgram } from '@holdfast/core/program';
import { createNodeEngine } from '@holdfast/verifier/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createIdealSignatures } from '../../core/test/test-keys.ts';
import { sampleRulebook } from '../../server/src/sample/rulebook.ts';
import { programCommand } from '../src/commands/program.ts';
import { wordsOfProgram } from '../src/program/check-words.ts';
import { holdfastWith } from './running-network.ts';

const EXAMPLES = fileURLToPath(new URL('../../../examples', import.meta.url));
const relief = JSON.parse(await readFile(join(EXAMPLES, 'winter-relief.json'), 'utf8')) as Record<string, unknown>;

async function check(...args: string[]): Promise<{ exit: number | null; said: string; complained: string }> {
  const { code, stdout, stderr } = await holdfastWith({}, 'program', 'check', ...args);
  expect(`${stdout}${stderr}`).not.toMatch(/\n\s+at |node:internal/);
  return { exit: code, said: stdout, complained: stderr };
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-program-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, value: unknown): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, typeof value === 'string' ? value : JSON.stringify(value));
  return path;
}

function rulebook() {
  const { key } = createIdealSignatures();
  return sampleRulebook({
    origin: 'localhost:4600/log',
    logVkey: 'vkey',
    networkKey: key('network').jwk,
    governorKey: key('governor').jwk,
    officers: ['officer-a', 'officer-b'].map((id) => ({ id, key: key(id).jwk })),
  });
}

describe('what a program means', () => {
  test.each(['winter-relief', 'heating', 'summer-camp', 'first-aid'])('is told in a screen: %s', async (name) => {
    const text = await readFile(join(EXAMPLES, `${name}.json`), 'utf8');
    const lines = wordsOfProgram(describeProgram(parseProgram(JSON.parse(text))));
    expect(lines.length).toBeLessThanOrEqual(25);
    for (const part of ['Who ', 'Gets ', 'stale evidence', 'sloppy issuer', 'leaked key', 'Can change', 'Renounced']) {
      expect(lines.join('\n')).toContain(part);
    }
  });

  test('is told with who can change what, by the rulebook in a file or of a network', async () => {
    const server = createServer((_request, response) =>
      response.end(JSON.stringify({ rulebook: rulebook(), index: 0 })),
    );
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const program = join(EXAMPLES, 'winter-relief.json');
    const [byFile, byUrl] = [
      await check(program, '--rulebook', await file('rulebook.json', rulebook())),
      await check(program, '--rulebook', url),
    ];
    await new Promise((resolve) => {
      server.close(resolve);
    });
    expect(byFile.said).toContain('leaked key costs 0.00 EUR');
    expect(byFile.said).toMatch(/redirected, settled\): 2 officers of treasurer, at once/);
    expect(byFile.said).toMatch(/2 officers of registrar, after 7 d/);
    expect(byFile.said).toMatch(/1 officer of revoker, for 14 d/);
    expect(byUrl).toEqual(byFile);
  });

  test('is there as data', async () => {
    const { exit, said } = await check(join(EXAMPLES, 'winter-relief.json'), '--json');
    expect(exit).toBe(0);
    expect(JSON.parse(said)).toMatchObject({
      id: 'winter-relief',
      mostEach: '30000',
      losses: { sloppyIssuer: { atMost: '5000000' } },
    });
  });
});

describe('the difference of two programs', () => {
  const diff = async (before: unknown, after: unknown) => {
    const files = [await file('before.json', before), await file('after.json', after)];
    const { code, stdout } = await holdfastWith({}, 'program', 'diff', ...files, '--json');
    return { code, said: JSON.parse(stdout) as Record<string, unknown> };
  };
  const free = { ...relief, renounced: [] };

  test('is told as data, and whether anybody can make it', async () => {
    expect(await diff(free, { ...free, title: 'Relief', lossBorneBy: 'issuer' })).toMatchObject({
      code: 1,
      said: { mayBe: false, effect: 'adverse', changes: [{ path: 'title' }, { path: 'lossBorneBy' }] },
    });
    expect(await diff(free, { ...free, title: 'Relief' })).toMatchObject({ code: 0, said: { effect: 'neutral' } });
  });
});

describe('a program that cannot be used is refused, and what to change is said:', () => {
  test.each<[string, unknown, string, RegExp]>([
    [
      'a rule that nobody bounded',
      { ...relief, eligibility: 'claims.a.all(x, claims.a.all(y, x == y))' },
      'rule.too-costly',
      /eligibility/,
    ],
    ['a query that can match nobody', { ...relief, query: { credentials: [] } }, 'program.query', /query/],
  ])('%s', async (name, value, code, words) => {
    const { exit, said } = await check(await file(`${name}.json`, value), '--json');
    expect(exit).toBe(1);
    const { error } = JSON.parse(said) as { error: { code: string; message: string } };
    expect(error.code).toBe(code);
    expect(error.message).toMatch(words);
  });

  test('and so are a file that is not there, one that is no JSON, and a rulebook that is none', async () => {
    const typed = await file('typed.json', 'budget: 1');
    expect(await check(typed)).toMatchObject({
      exit: 64,
      complained: expect.stringContaining(`${typed}: This is not JSON`),
    });
    const missing = await check(join(folder, 'nothing.json'));
    expect(missing.exit).toBe(64);
    const none = await check(join(EXAMPLES, 'winter-relief.json'), '--rulebook', await file('none.json', { title: 1 }));
    expect(none).toMatchObject({ exit: 1, complained: expect.stringContaining('This is no rulebook') });
  });
});

test('words that a program brings along cannot move the cursor, hide what follows or fill the screen', () => {
  const title = 'Relief\u001b[2J\u202e\nApproved by all';
  const issuers = Array.from({ length: 40 }, (_, i) => `https://issuer-${i}.example`);
  const uniqueness = { ...(relief.uniqueness as object), issuers };
  const lines = wordsOfProgram(describeProgram(parseProgram({ ...relief, title, uniqueness, issuerCaps: [] })));
  expect(lines.length).toBeLessThanOrEqual(25);
  expect(lines.every((line) => line.length <= 150 && !/[\p{Cc}\p{Cf}]/u.test(line))).toBe(true);
  expect(lines[0]).toContain('Relief\ufffd[2J\ufffd\ufffdApproved by all (winter-relief)');
});

test('docs/pay.md shows a program that can be used, and commands that there are', async () => {
  const text = await readFile(fileURLToPath(new URL('../../../docs/pay.md', import.meta.url)), 'utf8');
  const [, rules = ''] = /<<EOF\n(.*?)\nEOF/s.exec(text) ?? [];
  const filled = rules
    .replace('$((NOW + 180000))', '180000')
    .replace('$NOW', '0')
    .replace('$(npx holdfast program key)', String((relief.uniqueness as { key: string }).key));
  const [title] = wordsOfProgram(describeProgram(parseProgram(JSON.parse(filled))));
  expect(text).toContain(`${title}\nApproved as`);
  const named = [...text.matchAll(/npx holdfast program ([a-z-]+)/g)].map(([, name]) => name);
  const known = (await programCommand('')).commands.map((command) => command.name());
  expect(known).toEqual(expect.arrayContaining(named));
});

describe('the secrets of a draw', () => {
  const named = (party: string, secrets: readonly string[]) => ({ id: party, commitments: secrets.map(commitmentOf) });

  /** A network that tells of one program with this draw, and keeps what is sent to it. */
  async function network(beacon: unknown, reveals: unknown) {
    const program = { ...relief, allocation: { mode: 'sealed', rule: 'lottery', amount: '100' }, beacon };
    const sent: { readonly url: string; readonly body: Record<string, unknown> }[] = [];
    const server = createServer(async (request, response) => {
      const { url = '', method } = request;
      if (method === 'POST') sent.push({ url, body: JSON.parse(Buffer.concat(await request.toArray()).toString()) });
      const view = { program, digest: 'd'.repeat(43), phase: 'drawing', entries: {}, applications: {}, payments: {} };
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(url.endsWith('/reveals') ? reveals : view));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const run = (path: string) => holdfastWith({}, 'program', 'reveal', 'camp', '--secrets', path, '--url', url);
    return { sent, run, [Symbol.dispose]: () => void server.close() };
  }

  const terms = (party: unknown, changes: object = {}) => ({
    kind: 'commit-reveal',
    parties: [party, named('other', ['o'.repeat(43), 'p'.repeat(43)])],
    revealWithinMs: 60_000,
    exhausted: 'cancel',
    ...changes,
  });
  const waiting = { state: 'waiting', round: 1, until: 1_800_000_000_000, missing: ['city', 'other'], reveals: [] };

  test('are made once, for their owner alone, and told by their digests', async () => {
    const path = join(folder, 'made.json');
    const made = await holdfastWith({}, 'program', 'secrets', '--party', 'city', '--rounds', '3', '--out', path);
    const { party, secrets } = JSON.parse(await readFile(path, 'utf8')) as { party: string; secrets: string[] };
    expect(JSON.parse(made.stdout)).toEqual(named(party, secrets));
    expect([new Set(secrets).size, (await stat(path)).mode & 0o777]).toEqual([3, 0o600]);
    for (const secret of secrets) expect(made.stdout).not.toContain(secret);
    const again = await holdfastWith({}, 'program', 'secrets', '--party', 'city', '--out', path);
    expect(again.code).toBe(64);
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ party, secrets });
  });

  test('are given away for the round that waits, as a statement that anybody can check', async () => {
    const secrets = ['a'.repeat(43), 'b'.repeat(43)];
    using fake = await network(terms(named('city', secrets), { reveals: 'log' }), waiting);
    const { code, stdout } = await fake.run(await file('city.json', { party: 'city', secrets }));
    expect([code, stdout]).toEqual([0, expect.stringContaining('It waits for other')]);
    expect(fake.sent.map(({ url }) => url)).toEqual(['/log/statements']);
    const text = String(fake.sent[0]?.body.statements);
    const parse = parseStatement(text);
    const body = parse.ok ? parse.statement.body : undefined;
    if (!parse.ok || body?.type !== 'reveal') throw new Error('what was sent is no reveal');
    expect(body).toMatchObject({ program: 'camp', party: 'city', round: 1, secret: secrets[1] });
    expect(await createNodeEngine().verify([signatureCheck(parse.statement.jws, body.key)])).toEqual([true]);
    expect(text).not.toContain(secrets[0]);
  });

  test.each([
    [
      'not what the program has of that party',
      { party: 'city', secrets: ['x'.repeat(43), 'y'.repeat(43)] },
      waiting,
      1,
    ],
    ['before the seal', undefined, { state: 'unsealed', reveals: [] }, 2],
    ['not needed any more', undefined, { state: 'drawn', round: 0, reveals: [] }, 1],
    ['no secrets at all', { party: 'city' }, waiting, 64],
  ])('are told to nobody when they are %s', async (_what, kept, reveals, exit) => {
    const own = { party: 'city', secrets: ['a'.repeat(43), 'b'.repeat(43)] };
    using fake = await network(terms(named('city', own.secrets)), reveals);
    const { code, stdout, stderr } = await fake.run(await file('kept.json', kept ?? own));
    expect(code).toBe(exit);
    expect(fake.sent).toEqual([]);
    for (const secret of own.secrets) expect(`${stdout}${stderr}`).not.toContain(secret);
  });
});
