import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../build/build-site.ts', import.meta.url));
/** Of what comes before anything is seen, compressed as the weaker of the two codings does it. */
const FIRST_LOAD_BYTES = 215_000;

let folder: string;
let index: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-site-'));
  execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', SCRIPT, folder], { stdio: 'pipe' });
  index = readFileSync(join(folder, 'index.html'), 'utf8');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the first load is under 215 kB, and a page that is not open is no part of it', () => {
  const named = [...index.matchAll(/(?:src|href)="\/console\/(assets\/[^"]+)"/g)].map(([, path]) => path ?? '');
  expect(named.length).toBeGreaterThan(1);
  const bytes = named.reduce((sum, path) => sum + readFileSync(join(folder, `${path}.gz`)).length, 0);
  expect(bytes).toBeLessThan(FIRST_LOAD_BYTES);
  const pages = readdirSync(join(folder, 'assets')).filter((file) => /^[a-z]+-page-.*\.js$/.test(file));
  expect(pages.length).toBeGreaterThan(3);
  expect(pages.filter((page) => index.includes(page))).toEqual([]);
});

test('nothing that runs is inline: all of it comes from files of this origin, and what first words look like by the nonce', () => {
  expect(index).not.toMatch(/<script(?![^>]* src=)|<style(?! nonce="__holdfast_nonce__">)|style=|\son[a-z]+=/);
  expect([...index.matchAll(/(?:src|href)="([^"]+)"/g)].filter(([, to]) => !to?.startsWith('/'))).toEqual([]);
});

test('what the server draws is painted before the scripts run and the styles have come', () => {
  // No style sheet holds up the painting: they are fetched, and put before the root by the script that waits.
  expect(index).not.toContain('rel="stylesheet"');
  expect(index).toMatch(
    /<link rel="preload" as="style" crossorigin data-console href="\/console\/assets\/index-[^"]+\.css"/,
  );
  const scripts = [...index.matchAll(/<script [^>]*src="\/console\/(assets\/[^"]+)"/g)].map(([, path]) => path ?? '');
  // One, and it waits: the rest is fetched meanwhile.
  expect(scripts.map((path) => path.slice(0, 13))).toEqual(['assets/first-']);
  expect(readFileSync(join(folder, scripts[0] ?? ''), 'utf8')).toContain('requestAnimationFrame');
  expect(index).toMatch(/<link rel="modulepreload" [^>]*data-console href="\/console\/assets\/index-[^"]+"/);
});
