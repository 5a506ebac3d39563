import type { Finding } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { type Look, renderTop } from './top-screen.ts';

const NOW = 1_800_000_000_000;
const finding = (i: number): Finding => ({
  ...{ code: 'verifier.behind', what: 'South has read nothing new', part: `south-${i}`, since: NOW - 65_000 },
  ...{ affected: '14 payments are reserved', owner: 'ops-south', resolves: 'when it reads again' },
  command: 'npx holdfast handoffs',
});
const look = (findings: number): Look => ({
  ...{ url: 'http://localhost:4600', now: NOW },
  overview: {
    ...{ now: NOW, sentence: 'x', findings: Array.from({ length: findings }, (_, i) => finding(i)) },
    read: { parts: [], verifiers: [{ id: 's', name: 'South', owner: 's', isAnswering: true, readAt: NOW - 30_000 }] },
  },
  handoffs: [],
});
const textOf = (seen: Look, columns: number, rows: number) =>
  renderTop(seen, { columns, rows })
    .map(({ text }) => text)
    .join('\n');

describe('the screen of what is wrong', () => {
  test.each([
    [80, 24],
    [160, 50],
    [20, 5],
  ])('is never wider than %i columns or longer than %i lines, and says what has no room', (columns, rows) => {
    const lines = renderTop(look(30), { columns, rows });
    expect(lines.length).toBe(rows);
    expect(Math.max(...lines.map(({ text }) => text.length))).toBeLessThanOrEqual(columns);
    expect(lines.at(-1)?.text).toMatch(/^\d+ more lines/);
  });

  test('says the worst in a sentence first, then each with the command that helps', () => {
    const text = textOf(look(2), 80, 60);
    expect(text).toMatch(/!! South has read nothing new since .*owner:\s+ops-south\. And 1 more\./s);
    expect(text).toContain('$ npx holdfast handoffs');
    expect(text).toContain('South            [##########..........] 30 s old');
  });

  test('says that all is well, and that nobody answers, in words and not by colour', () => {
    expect(textOf(look(0), 80, 24)).toContain('OK Nothing is wrong: 0 parts ready, 1 verifier reading');
    expect(textOf({ url: 'u', now: NOW, failure: 'No network answers.' }, 80, 24)).toContain('No network answers.');
  });
});
