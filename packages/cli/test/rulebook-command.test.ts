import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Rulebook } from '@holdfast/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { holdfastWith } from './running-network.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-rulebook-'));
});
afterAll(() => rm(folder, { recursive: true }));

const holdfast = (...args: string[]) => holdfastWith({}, 'rulebook', ...args);

async function begun(...args: string[]): Promise<Rulebook> {
  const { code, stdout } = await holdfast('new', ...args);
  expect(code).toBe(0);
  return JSON.parse(stdout) as Rulebook;
}

async function file(name: string, content: unknown): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, JSON.stringify(content));
  return path;
}

test('a rulebook is begun with keys of one’s own, checked, and compared with what it is to become', async () => {
  const [first] = (await begun()).officers;
  if (first === undefined) throw new Error('a template has officers');
  const own = await file('own.json', { keys: { network: first.key, governor: first.key } });
  const rules = await begun('--template', 'consortium', '--title', 'Three cities', '--keys', own);
  expect(rules).toMatchObject({ title: 'Three cities', keys: { network: first.key } });
  const before = await file('before.json', rules);
  const sound = await holdfast('check', before);
  expect([sound.code, sound.stdout]).toEqual([
    0,
    expect.stringContaining('Every complaint ends: the longest takes 65 d'),
  ]);
  const after = await file('after.json', { ...rules, notice: { amendMs: 0 } });
  const wrong = await holdfast('check', after, '--json');
  expect(wrong.code).toBe(1);
  expect(JSON.parse(wrong.stdout)).toMatchObject({
    findings: [{ code: 'notice.none', severity: 'error' }, {}, {}, {}],
  });
  const diff = await holdfast('diff', before, after);
  expect([diff.code, diff.stdout.split('\n')[1]]).toEqual([1, '  notice.amendMs: 604800000 -> 0']);
});

test('a rulebook from before something is told what it takes, and printed with it', async () => {
  const { rulebook } = { rulebook: await begun() };
  const { unseal: _, ...powers } = Object.fromEntries(
    (rulebook as unknown as { powers: { power: string }[] }).powers.map((grant) => [grant.power, grant]),
  );
  const earlier = await file('earlier.json', { ...rulebook, powers: Object.values(powers) });
  const checked = await holdfast('check', earlier);
  expect([checked.code, checked.stdout]).toEqual([0, expect.stringContaining('(power.no-tracing, powers.unseal)')]);
  expect(checked.stdout).toContain('  powers.unseal: {"classes":["matter-traced"],');
  const completed = await holdfast('complete', earlier);
  expect(completed.code).toBe(0);
  const whole = await file('whole.json', JSON.parse(completed.stdout) as object);
  expect((await holdfast('check', whole)).stdout).not.toContain('To have what is newer');
  expect((await holdfast('complete', whole)).code).toBe(1);
});

test('what is no rulebook is refused with the place where it is not', async () => {
  const nothing = await holdfast('show', await file('nothing.json', { title: 'Nothing' }), '--json');
  expect([nothing.code, JSON.parse(nothing.stdout)]).toEqual([
    1,
    { error: { code: 'rulebook.malformed', message: expect.stringContaining('log'), details: { path: 'log' } } },
  ]);
  const readable = JSON.parse(await readFile(join(folder, 'nothing.json'), 'utf8')) as object;
  const keys = await holdfast('new', '--keys', await file('keys.json', readable), '--json');
  expect([keys.code, keys.stdout]).toEqual([1, expect.stringContaining('rulebook.malformed')]);
});
