import { expect, test } from 'vitest';
import { begunOverview } from './begun-overview.ts';

const VIEW = { now: 1, sentence: 'Nothing is wrong.', findings: [], read: { parts: [], verifiers: [] } };

test('what the server had read is as old as it said, by the clock of this browser', () => {
  expect(begunOverview(JSON.stringify({ ageMs: 1500, view: VIEW }), 50_000)).toEqual({ view: VIEW, at: 48_500 });
});

test('what says no such thing is nothing: the page asks', () => {
  for (const said of [
    undefined,
    '',
    '__holdfast_overview__',
    '{}',
    'null',
    '{"ageMs":1}',
    '{"view":{"findings":[]}}',
  ]) {
    expect(begunOverview(said, 0)).toBeUndefined();
  }
});
