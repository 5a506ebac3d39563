import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { OverviewView } from '../../roles/overview/overview-desk.ts';
import { type Begun, beginPage, OVERVIEW_MARK, SESSION_MARK } from './begun-page.ts';

const PAGE = readFileSync(new URL('../../../../console/index.html', import.meta.url), 'utf8');
const NOW = Date.UTC(2026, 10, 29, 4, 13, 7);
const SEES: Begun['session'] = { role: 'viewer', may: ['see'] };
const NOBODY: Begun['session'] = { role: null, may: [] };
const ASKED = /<link rel="preload" as="fetch" [^>]*href="\/overview">/;
const WELL: OverviewView = {
  now: NOW - 2000,
  sentence: 'Nothing is wrong: 6 parts ready.',
  findings: [],
  read: { parts: [], verifiers: [] },
};

const begin = (session: Begun['session'], more: Partial<Begun> = {}) =>
  beginPage(PAGE, { path: '', session, now: NOW, ...more });
const drawnIn = (page: string) => page.slice(page.indexOf('<div id="first">'), page.indexOf('<noscript'));

/** What the content of a `meta` says once a browser has read it. */
function saidIn(page: string, name: string): unknown {
  const [, content = ''] = new RegExp(`<meta name="holdfast-${name}" content="([^"]*)">`).exec(page) ?? [];
  const marks = { quot: '"', lt: '<', gt: '>', amp: '&', '#39': "'" } as const;
  return JSON.parse(content.replace(/&(quot|lt|gt|amp|#39);/g, (_all, mark: keyof typeof marks) => marks[mark]));
}

function finding(what: string): OverviewView['findings'][number] {
  return { code: 'log.silent', what, part: 'log', since: NOW, owner: 'us', resolves: 'later', command: 'npx' };
}

test('who has asked stands in the page, and a name that is markup stays a name', () => {
  const session = { ...SEES, name: '"><script>alert(1)</script>$&' };
  const page = begin(session);
  expect(page).not.toContain(SESSION_MARK);
  expect(page).not.toContain('<script>alert');
  expect(saidIn(page, 'session')).toEqual(session);
});

test('what the first page asks is begun with it, and nothing that will not be used', () => {
  expect(begin(SEES)).toMatch(ASKED);
  expect(begin({ ...SEES, roles: ['pages', 'governor'] })).toMatch(ASKED);
  for (const page of [
    begin(NOBODY),
    begin({ role: 'clerk', may: ['apply'] }),
    begin({ ...SEES, roles: ['issuer'] }),
    begin({ ...SEES, party: 'north' }),
    begin(SEES, { path: 'decisions' }),
  ]) {
    expect(page).not.toMatch(/rel="preload"/);
  }
});

test('what was read last is drawn for whoever may see it, with the moment at which it was, and said to the scripts', () => {
  const page = begin(SEES, { overview: () => WELL });
  expect(drawnIn(page)).toMatch(/All is well[\s\S]*6 parts ready[\s\S]*read at 2026-11-29 04:13:05 UTC/);
  expect(saidIn(page, 'overview')).toEqual({ ageMs: 2000, view: WELL });
  expect(page).not.toMatch(/<template|__holdfast_(?!nonce)/);
});

test('words that are markup, or look like a place to be filled, stay words', () => {
  const what = `</p><script>alert(1)</script>"'$& ${SESSION_MARK} <template data-first="door">`;
  const view = { ...WELL, sentence: what, findings: [finding(what)] };
  const page = begin(SEES, { overview: () => view });
  expect(page).not.toMatch(/<script>|<template/);
  expect(drawnIn(page)).toContain(`&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;$&amp; ${SESSION_MARK}`);
  expect(drawnIn(page)).toContain('Something is wrong');
  expect(saidIn(page, 'overview')).toEqual({ ageMs: 2000, view });
});

test('nothing of the network stands in the page of nobody, of one party, or where it is not gathered', () => {
  const overview = () => WELL;
  for (const page of [
    begin(NOBODY, { overview }),
    begin({ role: 'clerk', may: ['apply'] }, { overview }),
    begin({ ...SEES, party: 'north' }, { overview }),
    begin({ ...SEES, roles: ['issuer'] }, { overview }),
    begin(SEES, { overview, path: 'decisions' }),
  ]) {
    expect(page).not.toContain('parts ready');
    expect(page).not.toContain(OVERVIEW_MARK);
    expect(page).toContain('<meta name="holdfast-overview" content="">');
  }
});

test('where nothing was read, or long ago, the page is sent without it', () => {
  for (const view of [undefined, { ...WELL, now: NOW - 20_000 }]) {
    expect(drawnIn(begin(SEES, { overview: () => view }))).toBe('<div id="first"></div>\n    ');
  }
});

test('more findings than the page is held up for are told by their sentence alone', () => {
  const findings = Array.from({ length: 51 }, (_, i) => finding(`part ${i} is silent`));
  const page = begin(SEES, { overview: () => ({ ...WELL, sentence: 'Much is wrong.', findings }) });
  expect(drawnIn(page)).toContain('Much is wrong.');
  expect(page).toContain('<meta name="holdfast-overview" content="">');
});

test('whoever has no session gets the door, which sends nothing by itself', () => {
  expect(drawnIn(begin(NOBODY))).toMatch(/Console of this network[\s\S]*<input [^>]*type="password"/);
  const apart = drawnIn(begin({ ...NOBODY, roles: ['issuer', '<b>'] }));
  expect(apart).toContain('Console of issuer, &lt;b&gt;');
  // A form without a script would put the key into an address.
  expect(apart).not.toMatch(/<form|<button|name=/);
  expect(drawnIn(begin(SEES))).not.toContain('password');
});

test('the page comes in the colours that were chosen', () => {
  expect(begin(SEES, { scheme: 'dark' })).toContain('<html data-mantine-color-scheme="dark" lang="en">');
  expect(begin(SEES)).toContain('<html lang="en">');
});
