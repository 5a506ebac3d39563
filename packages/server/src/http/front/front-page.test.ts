import { createNetworkState, PERSON_LANGUAGES, type ProgramRecord } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { PAGE_WORDS } from '../../spec.ts';
import { hashOperatorKey } from '../operators.ts';
import { createHttpServer } from '../server.ts';
import type { NetworkStatus } from '../status-page/status-state.ts';
import { frontPageRoutes, renderFrontPage } from './front-page.ts';

const NOW = 1_800_000_000_000;
const KEY = 'k'.repeat(32);
const GOOD: NetworkStatus = {
  now: NOW,
  title: 'A <b>network</b>',
  log: { state: 'running', size: 40, lastEpochAt: NOW - 1000, tickMs: 5000 },
  verifiers: [{ name: 'North', readAt: NOW - 1000 }, { name: 'South' }],
  promises: { open: 3, overdue: 0, lateRevocations: 0 },
  cases: { open: 2, overdue: 0, missed: 0, unaccounted: 0 },
  disagreements: { compared: 5, differing: 1, unexplained: 0 },
};

function programOf(title: string, opensAt: number, closesAt: number, entry = 1): ProgramRecord {
  const program = { id: title.toLowerCase(), title, window: { opensAt, closesAt }, allocation: { mode: 'instant' } };
  return { program, digest: 'd', entry } as unknown as ProgramRecord;
}

describe('the page at /', () => {
  it('says what this is, what is wrong in one sentence, which programs there are and where everything is', () => {
    const programs = [
      programOf('Past', NOW - 9, NOW - 5, 9),
      programOf('Soon', NOW + 86_400_000, NOW + 2 * 86_400_000),
      programOf('Open <i>', NOW - 9, NOW + 86_400_000),
    ];
    for (const language of PERSON_LANGUAGES) {
      const page = renderFrontPage({ status: GOOD, programs }, { language, words: PAGE_WORDS });
      expect(page).toContain(`<html lang="${language}"`);
      expect(page).toContain('<h1 class="plain"><bdi>A &lt;b&gt;network');
      expect(page).toMatch(/class="said waiting" role="status"><a href="\/status-page">South: /);
      for (const path of ['/me', '/wallet', '/check', '/status-page', '/rulebook', '/console/']) {
        expect(page).toContain(`href="${path}"`);
      }
      expect(page).not.toMatch(/[{}]|front\.|undefined|<i>|<script/);
      const order = ['Open', 'Soon', 'Past'].map((title) => page.indexOf(`<bdi>${title}`));
      expect(order).not.toContain(-1);
    }
    const order = (page: string) => [...page.matchAll(/programs\/[^"]+"><bdi>(\w+)/g)].map(([, title]) => title);
    const all = renderFrontPage({ status: GOOD, programs }, { language: 'en', words: PAGE_WORDS });
    const titled = { ...GOOD, title: { text: 'A network', language: 'en', texts: { es: 'Una red' } } };
    const spanish = renderFrontPage({ status: titled, programs: [] }, { language: 'es', words: PAGE_WORDS });
    expect(spanish).toContain('<title>Una red · ');
    expect(spanish).toContain('<h1 class="plain"><bdi>Una red</bdi></h1>');
    const german = renderFrontPage({ status: titled, programs: [] }, { language: 'de', words: PAGE_WORDS });
    expect(german).toContain('<h1 class="plain"><bdi lang="en" dir="ltr">A network</bdi></h1>');
    // What is open or to come first, then what is over, the newest first.
    expect(order(all)).toEqual(['Soon', 'Open', 'Past']);
    const english = renderFrontPage({ status: GOOD, programs: [] }, { language: 'en', words: PAGE_WORDS });
    expect(english).toContain('There is no program yet.');
  });

  it('tells the sentence of the overview to operators alone, and lets no cache keep it', async () => {
    const app = await createHttpServer(false);
    frontPageRoutes(app, {
      ...{ read: async () => GOOD, state: createNetworkState, words: PAGE_WORDS },
      ...{
        operators: { admin: [hashOperatorKey(KEY)] },
        sentence: async () => 'South does not answer; owner: ops-south.',
      },
    });
    const stranger = await app.inject({ url: '/' });
    expect([stranger.statusCode, stranger.headers['cache-control']]).toEqual([200, 'public, max-age=5']);
    expect(stranger.headers['content-security-policy']).toContain("default-src 'none'");
    expect(stranger.body).not.toContain('ops-south');
    const operator = await app.inject({ url: '/', headers: { authorization: `Bearer ${KEY}` } });
    expect(operator.headers['cache-control']).toBe('no-store');
    expect(operator.body).toContain('owner: ops-south');
  });
});
