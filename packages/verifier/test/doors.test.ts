import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const src = fileURLToPath(new URL('../src/', import.meta.url));

/** Every file of ours that a door leads to, and every package it names. */
function reach(door: string): { files: Set<string>; packages: Set<string> } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const open = [join(src, door)];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    const text = readFileSync(file, 'utf8');
    const imports = /^(?:import|export)\s(?!type\b)[^;]*?from '([^']+)'|^import '([^']+)'/gm;
    for (const [, from, effect] of text.matchAll(imports)) {
      const name = from ?? effect ?? '';
      if (name.startsWith('.')) open.push(join(dirname(file), name));
      else packages.add(name);
    }
  }
  return { files, packages };
}

it.each([
  ['index.ts', ['@holdfast/core']],
  ['x509.ts', ['@holdfast/core', '@peculiar/x509', 'reflect-metadata']],
])('%s can be taken into a browser: no module of Node, no package beyond its short list', (door, allowed) => {
  const { files, packages } = reach(door);
  expect([...packages].filter((name) => !allowed.includes(name))).toEqual([]);
  const code = (file: string) => readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
  const nodeGlobals = [...files].filter((file) =>
    /\bBuffer\b|\bprocess\.|\bglobal\.|\bsetImmediate\b/.test(code(file)),
  );
  expect(nodeGlobals.map((file) => relative(src, file))).toEqual([]);
});

it('has a door for everything it exports, and the door of Node leads further than the others', () => {
  const manifest = JSON.parse(readFileSync(join(src, '..', 'package.json'), 'utf8')) as {
    exports: Record<string, Record<string, string>>;
  };
  for (const targets of Object.values(manifest.exports)) {
    expect(existsSync(join(src, '..', targets['@holdfast/source'] ?? ''))).toBe(true);
  }
  expect([...reach('node.ts').packages]).toContain('node:crypto');
});
