import { isCodedError } from '@holdfast/core';
import { expect, test } from 'vitest';
import { parseScenario } from './parse-scenario.ts';

const GOOD = `title: A try
program: relief.json
people:
  - count: 20
    claims: { birthdate: '1990-01-01' }
wrong:
  - what: away
    part: ledger
    from: close - 2m
    for: 10 min
`;

function refusal(text: string) {
  try {
    parseScenario(text);
  } catch (error) {
    if (isCodedError(error)) return { code: error.code, ...error.details };
    throw error;
  }
  throw new Error('It was read.');
}

test('a scenario says how many come, what goes wrong, from when and for how long', () => {
  const { people, wrong } = parseScenario(GOOD);
  expect(people).toEqual([{ count: 20, claims: { birthdate: '1990-01-01' }, arrive: 'uniform', collects: false }]);
  expect(wrong).toEqual([{ what: 'away', part: 'ledger', from: { of: 'close', afterMs: -120_000 }, for: 600_000 }]);
  expect(parseScenario(JSON.stringify({ title: 'a', program: 'b', people: [{ count: 1 }] })).wrong).toEqual([]);
});

test('what is wrong is named with its line and its member', () => {
  const malformed = (path: string, line: number) => ({ code: 'scenario.malformed', path, line });
  expect(refusal(GOOD.replace('for: 10 min', 'for: ten minutes'))).toEqual(malformed('wrong.0.for', 10));
  expect(refusal(GOOD.replace('close - 2m', 'seal - 2m'))).toEqual(malformed('wrong.0.from', 9));
  expect(refusal(GOOD.replace('part: ledger', 'part: moon'))).toEqual(malformed('wrong.0.part', 8));
  expect(refusal(GOOD.replace('what: away', 'what: gone'))).toEqual(malformed('wrong.0.what', 7));
  expect(refusal(GOOD.replace('count: 20', 'count: many'))).toEqual(malformed('people.0.count', 4));
  expect(refusal(GOOD.replace('part: ledger', 'part: ledger\n    often: true'))).toEqual(malformed('wrong.0.often', 9));
  expect(refusal(GOOD.replace('title: A try\n', ''))).toMatchObject({ path: 'title' });
  expect(refusal(`${GOOD}title: Twice\n`)).toMatchObject({ code: 'scenario.malformed', line: 11 });
});

test('more people than are rehearsed at once are refused', () => {
  expect(refusal(GOOD.replace('count: 20', 'count: 1001'))).toMatchObject({ path: 'people.0.count' });
  const two = GOOD.replace('  - count: 20\n', '  - count: 600\n  - count: 600\n');
  expect(refusal(two)).toEqual({ code: 'scenario.people', people: 1200, most: 1000, line: 3 });
});

test.each([
  ['nothing', ''],
  ['a number', '7'],
  ['a list', '[1, 2]'],
  ['no text of its kind', ']{'],
  ['a tag', 'title: !!js/function "x"'],
  ['anchors that make much of little', `a: &a [1]\nb: &b [*a, *a]\ntitle: [*b, *b]`],
  ['more than there may be', `title: ${'x'.repeat(70_000)}`],
  ['depth', '['.repeat(2000)],
  ['the prototype', '{"__proto__": {"title": "x"}, "title": "x", "program": "x", "people": [{"count": 1}]}'],
  ['too long', GOOD.replace('10 min', '27h')],
  ['a negative share', GOOD.replace('part: ledger', "part: '-3 %'")],
])('%s is no scenario, and is said to be none', (_name, text) => {
  expect(refusal(text)).toMatchObject({ code: 'scenario.malformed' });
});
