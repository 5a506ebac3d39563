import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { EFFECTS } from '@holdfast/core';
import { beforeAll, expect, test } from 'vitest';
import { encodeOutageDocument, lineOf } from './outage-document.ts';
import { CASES, LONG_CASES, type Outage, rehearseOutages } from './outages.ts';
import { PARTS } from './stage.ts';

const SEED = 7;
const page = readFileSync(resolve(import.meta.dirname, '../../../../docs/reference/outages.md'), 'utf8');

let outages: readonly Outage[];
beforeAll(async () => {
  outages = await rehearseOutages(SEED, CASES);
});

test('what the page says of every absence is what happens', () => {
  expect(outages.map(({ part }) => part)).toEqual(expect.arrayContaining([...PARTS]));
  expect(outages.filter((outage) => !page.includes(`\n${lineOf(outage)}\n`)).map(lineOf)).toEqual([]);
  const rows = page.split('\n').filter((line) => line.startsWith('| ')).length - 2;
  const tries = [...CASES, ...LONG_CASES].reduce((sum, { actions }) => sum + actions.length, 0);
  expect(rows).toBe(tries);
  // The words around the table are the generator's too.
  expect(page.startsWith(encodeOutageDocument(SEED, []).slice(0, 400))).toBe(true);
});

test('weaker evidence never allows more, and all of it ends by itself', () => {
  const paying = outages.filter(({ part, action }) => part === 'network' && action === 'pay');
  const ranks = paying.map(({ outcome }) => EFFECTS.findIndex((effect) => outcome.endsWith(`: ${effect}`)));
  expect(ranks).toEqual([...ranks].sort((a, b) => b - a));
  expect(ranks).not.toContain(-1);
  expect(outages.filter(({ healedMs }) => healedMs === undefined)).toEqual([]);
});
