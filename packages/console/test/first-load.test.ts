import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../build/build-site.ts', import.meta.url));
/** Of what comes before anything is seen, compressed as the weaker of the two codings does it. */
const FIRST_LOAD_BYTES = 300_000;

let folder: string;
let index: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-site-'));
  execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', SCRIPT, folder], { stdio: 'pipe' });
  index = readFileSync(join(folder, 'index.html'), 'utf8');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the first load is under 300 kB, and a page that is not open is no part of it', () => {
  const named = [...index.matchAll(/(?:src|href)="\/console\/(assets\/[^"]+)"/g)].map(([, path]) => path ?? '');
  expect(named.length).toBeGreaterThan(1);
  const bytes = named.reduce((sum, path) => sum + readFileSync(join(folder, `${path}.gz`)).length, 0);
  expect(bytes).toBeLessThan(FIRST_LOAD_BYTES);
  const pages = readdirSync(join(folder, 'assets')).filter((file) => /^[a-z]+-page-.*\.js$/.test(file));
  expect(pages.length).toBeGreaterThan(3);
  expect(pages.filter((page) => index.includes(page))).toEqual([]);
});

test('nothing in the page is inline: all of it comes from files of this origin', () => {
  expect(index).not.toMatch(/<script(?![^>]* src=)|<style|style=|\son[a-z]+=/);
  expect([...index.matchAll(/(?:src|href)="([^"]+)"/g)].filter(([, to]) => !to?.startsWith('/'))).toEqual([]);
});
