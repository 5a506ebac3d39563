import { PERSON_LANGUAGES, type PersonLanguage } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { PAGE_WORDS } from '../../spec.ts';
import { createHttpServer } from '../server.ts';
import { renderStatusPage, statusPageRoutes } from './status-page.ts';
import { type NetworkStatus, promisesOf } from './status-state.ts';

const NOW = 1_800_000_000_000;
const GOOD: NetworkStatus = {
  now: NOW,
  title: 'A <b>network</b>',
  log: { state: 'running', size: 40, lastEpochAt: NOW - 1000, tickMs: 5000 },
  verifiers: [{ name: 'North', readAt: NOW - 1000 }],
  promises: { open: 3, overdue: 0, lateRevocations: 0 },
  cases: { open: 2, overdue: 0, missed: 0, unaccounted: 0 },
  disagreements: { compared: 5, differing: 1, unexplained: 0 },
};

/** The one sentence, which a screen reader says first. */
const headline = (changes: Partial<NetworkStatus>) =>
  /role="status">([^<]*)</.exec(render({ ...GOOD, ...changes }))?.[1];
const render = (status: NetworkStatus, language: PersonLanguage = 'en') =>
  renderStatusPage(status, { language, words: PAGE_WORDS });

describe('the status page', () => {
  test('says first what is worst, and that all is well only where all is', () => {
    expect(headline({})).toBe('All is as it should be.');
    expect(headline({ log: { ...GOOD.log, state: 'stopped' } })).toBe('The log: It stands still: stopped.');
    expect(headline({ log: { ...GOOD.log, lastEpochAt: NOW - 60_000 } })).toContain(
      'The log: Entry #39 was confirmed 1 minute ago',
    );
    expect(headline({ verifiers: [{ name: 'South' }] })).toBe('South: It does not answer.');
    expect(headline({ verifiers: [{ name: 'South', readAt: NOW - 61_000 }] })).toBe(
      'South: It is 1 minute behind the log.',
    );
    expect(headline({ promises: { open: 3, overdue: 2, lateRevocations: 0 } })).toContain('2 of 3 are past their date');
    const partial = { open: 3, overdue: 0, lateRevocations: 0, isPartial: true };
    expect(headline({ promises: partial })).toContain('Not every part has answered');
    expect(headline({ promises: { ...partial, overdue: 1 } })).toContain('1 of 3 are past their date');
    expect(headline({ cases: { open: 2, overdue: 1, missed: 0, unaccounted: 0 } })).toContain('Overdue: 1.');
    expect(headline({ disagreements: { compared: 5, differing: 2, unexplained: 1 } })).toContain('Without a cause: 1.');
    const { disagreements: _, ...silent } = GOOD;
    expect(render(silent)).toContain('could not be compared');
    // What is worse comes first, wherever it stands.
    const both = { verifiers: [{ name: 'South' }], promises: { open: 1, overdue: 1, lateRevocations: 0 } };
    expect(headline(both)).toContain('past their date');
  });

  test('says what each line means, in every language and whichever way it runs, with nothing left in braces', () => {
    for (const language of PERSON_LANGUAGES) {
      const page = render(
        { ...GOOD, verifiers: [{ name: 'North', readAt: NOW - 61_000 }, { name: 'South' }] },
        language,
      );
      expect(page).toContain(`<html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}">`);
      expect(page.match(/<section class="card">/g)).toHaveLength(7);
      expect(page).toContain(PAGE_WORDS.get('status.differ.means')?.[language]);
      expect(page).not.toMatch(/[{}]|status\.|undefined/);
    }
  });

  test('is for any cache for a few seconds, has no script, and lets no text become markup', async () => {
    const app = await createHttpServer(false);
    statusPageRoutes(app, { read: async () => GOOD, words: PAGE_WORDS });
    const { headers, body, statusCode } = await app.inject({ url: '/status-page' });
    expect([statusCode, headers['cache-control']]).toEqual([200, 'public, max-age=5']);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(body).not.toMatch(/<script|<b>network/);
  });
});

test('promises without a date are not counted, those behind their date are', () => {
  const state = { late: new Map([['civic', [{ entry: 1, at: 1, count: 2 }]]]) } as unknown as Parameters<
    typeof promisesOf
  >[1];
  const handoff = {
    what: 'application',
    of: 'p',
    giver: 'd',
    receiver: 'n',
    owner: 'd',
    since: 1,
    next: 'judged',
  } as const;
  const handoffs = [
    { ...handoff, count: 4 },
    { ...handoff, count: 2, dueBy: NOW + 1 },
    { ...handoff, count: 3, dueBy: NOW - 1 },
  ];
  expect(promisesOf({ handoffs, more: 0 }, state, NOW)).toEqual({ open: 5, overdue: 3, lateRevocations: 2 });
});
