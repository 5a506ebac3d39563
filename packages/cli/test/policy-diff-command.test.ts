import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { holdfastWith } from './running-network.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-diff-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, content: unknown): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, JSON.stringify(content));
  return path;
}

test('two policies are compared without a network, each difference tighter, looser or neither', async () => {
  const now = await file('now.json', { id: 'north', trustedIssuers: [{ issuer: 'did:web:a.example' }] });
  const next = await file('next.json', { id: 'north', profile: 'south' });
  const { code, stdout } = await holdfastWith({}, 'policy', 'diff', now, next, '--json');
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toEqual({
    differences: [
      { what: 'trusted issuer {"issuer":"did:web:a.example"}', before: 'yes', after: 'no', direction: 'tighter' },
      { what: 'profile', before: 'by type', after: 'south', direction: 'other' },
    ],
  });
  const same = await holdfastWith({}, 'policy', 'diff', now, now);
  expect([same.code, same.stdout]).toEqual([0, 'Nothing has changed.\n']);
});

test('what cannot be compared or started is said in a sentence with its code', async () => {
  const nothing = await holdfastWith({}, 'policy', 'diff', 'nowhere', 'now', '--json');
  expect([nothing.code, nothing.stdout + nothing.stderr]).toEqual([64, expect.stringContaining('usage.point')]);
  const roles = await holdfastWith({}, 'up', '--roles', 'bank', '--network', 'http://localhost:1', '--json');
  expect([roles.code, roles.stdout + roles.stderr]).toEqual([64, expect.stringContaining('usage.roles')]);
});
