import { readLaws } from '@holdfast/rehearsal';
import { expect, test } from 'vitest';
import { EXIT } from './output.ts';
import { exitOf, rehearseAll } from './rehearsing.ts';

test('a rehearsal of everything passes only when it came to every law, and one of a part when its own held', async () => {
  const step = () => undefined;
  const reports = await rehearseAll(['checks'], { seed: 1, events: 1, minutes: 1, isWitnessed: false, step });
  const laws = readLaws(reports);
  expect(laws.filter(({ isMet }) => isMet).map(({ id }) => id)).toEqual(['I6', 'L4']);
  expect(exitOf(true, { isWhole: true, laws })).toBe(EXIT.unknown);
  expect(exitOf(true, { isWhole: false, laws })).toBe(EXIT.yes);
  expect(exitOf(true, { isWhole: true, laws: laws.map((law) => ({ ...law, isMet: true })) })).toBe(EXIT.yes);
  expect(exitOf(false, { isWhole: false, laws })).toBe(EXIT.no);
});
