import { compareProgramVersions, type Program, revisionReach } from '@holdfast/core';
import { expect, test } from 'vitest';
import { buildLog } from '../../../core/test/log-builder.ts';
import { testProgram } from '../../../core/test/test-program.ts';
import { linesOfChanges, linesOfReach, versionsOf, wordsOfVersions } from './version-words.ts';

const NOW = 1_700_000_000_000;
const DAY_MS = 86_400_000;
const before = testProgram(buildLog());
const after: Program = {
  ...before,
  budget: '2000',
  assurance: 'high',
  window: { ...before.window, closesAt: NOW + 2 * DAY_MS },
};
const differing = (next: Program) => compareProgramVersions(before, next, { effectiveAt: NOW + DAY_MS / 2 });

test('what is worse is told before what is better, and what nobody can do before both, with times as dates', () => {
  expect(linesOfChanges(differing({ ...after, lossBorneBy: 'issuer' }))).toEqual([
    'never   who bears a loss: organiser, then issuer; whoever bears it agreed to these rules and no others',
    'worse   when it closes: 2023-11-15 22:13 UTC, then 2023-11-16 22:13 UTC',
    'worse   how sure the word has to be: low, then high',
    'better  its budget: 10 EUR, then 20 EUR',
  ]);
});

test('whom it concerns is told as far as it is known, and what is not known is said', () => {
  expect(linesOfReach(after, revisionReach(before, after))).toEqual([
    'people  at most 100 more may apply',
    'money   at most 1.00 EUR each, of a budget of 20.00 EUR (was 10.00 EUR)',
    'unknown how many have applied, which of them the rules admit, how many will apply',
  ]);
  expect(linesOfReach(after, revisionReach(before, after, { applied: 40, spokenFor: 500n }))).toEqual([
    'people  40 have applied and lose nothing by it; at most 60 more may apply',
    'money   at most 1.00 EUR each, of a budget of 20.00 EUR (was 10.00 EUR), 5.00 EUR of it spoken for',
    'unknown which of them the rules admit, how many will apply',
  ]);
});

test('a program shows which rules it had, and which come when', () => {
  const digest = 'd'.repeat(43);
  const next = {
    ...{ program: after, digest, entry: 34, effectiveAt: NOW + DAY_MS, effect: 'adverse' },
    ...{ changes: differing(after), reach: revisionReach(before, after) },
  };
  const answer = { since: NOW, earlier: [{ digest, entry: 2, until: NOW }], next };
  const lines = wordsOfVersions({ program: before, versions: versionsOf(JSON.parse(JSON.stringify(answer))) }, NOW);
  expect(lines.slice(0, 4)).toEqual([
    '          in force since 2023-11-14 22:13 UTC, version 2; before it:',
    `          ${digest} until 2023-11-14 22:13 UTC: whoever applied under it keeps what it promised`,
    'Coming    in force in 1 d, on 2023-11-15 22:13 UTC, announced by #34',
    '          it may harm somebody who applies then; whoever has applied keeps what they applied under',
  ]);
  expect(lines.at(-1)).toContain('npx holdfast decide cancel 34 --as OFFICER');
  expect(wordsOfVersions({ program: before }, NOW)).toEqual([]);
  expect(() => versionsOf({ earlier: [], next: { program: {} } })).toThrow('is not a program');
});
