import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PROBLEMS } from '@holdfast/server/spec';
import { describe, expect, test } from 'vitest';
import { holdfast } from './running-network.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const page = readFileSync(`${ROOT}/docs/reference/lists.md`, 'utf8');

test('the page on lists names every code that a row can be refused with, and no other', () => {
  const ofRows = [...PROBLEMS.keys()].filter((code) => /^(list|address|stellar)\./.test(code));
  const named = [...page.matchAll(/`((?:list|address|stellar)\.[a-z-]+)`/g)].map(([, code]) => code ?? '');
  const warnings = ['list.zero-address', 'list.same-id'];
  expect([...new Set(named)].sort()).toEqual([...ofRows, ...warnings, 'list.csv'].sort());
});

const examples = [...page.matchAll(/```\n\$ npx holdfast (.+)\n([\s\S]*?)```/g)].map(([, command = '', said = '']) => ({
  command,
  said,
}));

describe('what the page shows is what is printed', () => {
  test.each(examples)('$command', async ({ command, said }) => {
    const { code, stdout, stderr } = await holdfast(...command.split(' '));
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: said, stderr: '' });
  });

  test('and there is something to show', () => {
    expect(examples).toHaveLength(3);
  });
});
