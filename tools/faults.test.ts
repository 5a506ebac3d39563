import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const REFERENCE = resolve(import.meta.dirname, '../docs/reference');
const page = readFileSync(join(REFERENCE, 'faults.md'), 'utf8');

test('every test that docs/reference/faults.md names is there', () => {
  const named = [...page.matchAll(/\[([^\]]+)\]\((\.\.\/\.\.\/[^)]+\.ts)\)/g)];
  expect(named.length).toBeGreaterThan(20);
  const missing = named.filter(([, name = '', file = '']) => {
    return !readFileSync(join(REFERENCE, file), 'utf8').includes(`'${name}'`);
  });
  expect(missing.map(([, name]) => name)).toEqual([]);
});

test('everything that stops by itself (docs/run.md, “Stopping well”) is tried by one of them', () => {
  const [, section = ''] = readFileSync(join(REFERENCE, '../run.md'), 'utf8').split('## Stopping well');
  const rows = (section.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('| '));
  const codes = rows.flatMap((row) => /\(`([a-z]+\.[a-z-]+)`\)/.exec(row)?.[1] ?? []);
  expect(codes.length).toBeGreaterThan(9);
  expect(codes.filter((code) => !page.includes(`| \`${code}\`: `))).toEqual([]);
});
