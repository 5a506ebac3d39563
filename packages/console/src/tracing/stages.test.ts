import type { DecisionTrace } from '@holdfast/server/answers';
import { expect, test } from 'vitest';
import { stagesOf, typicalOf } from './stages.ts';

const LIFE: DecisionTrace = {
  ...{ entry: 9, power: 'revoke', class: 'x', count: 1, received: 1000, authorised: 3000, logged: 3400 },
  effects: [
    { verifier: 'north', at: 3500, lagMs: 100 },
    { verifier: 'south', at: 9400, lagMs: 6000 },
  ],
};

test('each stage says how long it took, and what nobody saw is not there', () => {
  expect(stagesOf(LIFE)).toEqual({ signatures: 2000, 'to the log': 400, 'first verifier': 100, 'last verifier': 6000 });
  expect(stagesOf({ ...LIFE, effects: [], published: 3900 })).toEqual({
    signatures: 2000,
    'to the log': 400,
    'list tokens': 500,
  });
});

test('what is typical is the one in the middle, and the slowest beside it', () => {
  expect(typicalOf([5, 1, 900])).toEqual({ count: 3, middle: 5, slowest: 900 });
  expect(typicalOf([])).toEqual({ count: 0, middle: 0, slowest: 0 });
});
