import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeProgram } from '@holdfast/core';
import { parseProgram } from '@holdfast/core/program';
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

describe('a program that cannot be used is refused, and what to change is said:', () => {
  test.each<[string, unknown, string, RegExp]>([
    ['no JSON', 'budget: 1', 'json.malformed', /JSON/],
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

  test('and so are a file that is not there and a rulebook that is none', async () => {
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
  const known = programCommand().commands.map((command) => command.name());
  expect(known).toEqual(expect.arrayContaining(named));
});
