import { expect, test } from 'vitest';
import { decisionLines, eventLine, joinTraces } from './trace-words.ts';

const DECISION = {
  ...{ entry: 14, power: 'revoke', class: 'residence-ended', count: 1 },
  ...{ received: 1000, authorised: 3500, logged: 3900 },
  effects: [{ verifier: 'north', at: 4100, lagMs: 200 }],
};

test('each stamp of a decision says how long after the one before it came, and what nobody saw is no zero', () => {
  const lines = decisionLines(DECISION);
  expect(lines[0]).toBe('decision #14: revoke (residence-ended), 1 target');
  expect(lines.filter((line) => line.includes('+')).map((line) => line.split('+')[1])).toEqual(['2500 ms', '400 ms']);
  expect(lines.at(-1)).toMatch(/read by north .* 200 ms after the log$/);
  expect(lines.filter((line) => line.includes('not seen here'))).toHaveLength(2);
});

test('what several verifiers know of a credential that somebody holds is one timeline, each thing once', () => {
  const shown = { at: 5, what: 'presented', by: 'north', outcome: 'accepted', verdict: 'v', seenUpTo: 9 } as const;
  const decided = { at: 7, what: 'decided', by: 'officers', entry: 14, power: 'revoke', class: 'x' } as const;
  const joined = joinTraces([
    { events: [decided], decisions: [DECISION] },
    { events: [shown, decided], decisions: [DECISION] },
  ]);
  expect([joined.events.map(({ what }) => what), joined.decisions.length]).toEqual([['presented', 'decided'], 1]);
  expect(joined.events.map(eventLine)[0]).toMatch(/shown to north: ACCEPTED, seen up to #9, v$/);
});
