import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Begun, beginPage, SESSION_MARK } from './begun-page.ts';

const PAGE = readFileSync(new URL('../../../../console/index.html', import.meta.url), 'utf8');
const SEES: Begun['session'] = { role: 'viewer', may: ['see'] };
const begin = (session: Begun['session'], path = '') => beginPage(PAGE, { path, session });
const ASKED = /<link rel="preload" as="fetch" [^>]*href="\/overview">/;

test('who has asked stands in the page, and a name that is markup stays a name', () => {
  const session = { ...SEES, name: '"><script>alert(1)</script>$&' };
  const page = begin(session);
  expect(page).not.toContain(SESSION_MARK);
  expect(page).not.toContain('<script>alert');
  const [, content = ''] = /<meta name="holdfast-session" content="([^"]*)">/.exec(page) ?? [];
  const read = content
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
  expect(JSON.parse(read)).toEqual(session);
});

test('what the first page asks is begun with it, and nothing that will not be used', () => {
  expect(begin(SEES)).toMatch(ASKED);
  expect(begin({ ...SEES, roles: ['pages', 'governor'] })).toMatch(ASKED);
  for (const page of [
    begin({ role: null, may: [] }),
    begin({ role: 'clerk', may: ['apply'] }),
    begin({ ...SEES, roles: ['issuer'] }),
    begin(SEES, 'decisions'),
  ]) {
    expect(page).not.toMatch(/rel="preload"/);
  }
});
