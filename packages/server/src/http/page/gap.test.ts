import { expect, test } from 'vitest';
import { describeGap } from './gap.ts';
import type { VerifierCard } from './page-state.ts';

const NOW = 1_800_000_000_000;

function card(name: string, size: number, ageMs: number, root = `root ${size}`): VerifierCard {
  const position = { log: 'log.example', size, root, time: NOW - ageMs };
  return { id: name.toLowerCase(), name, isAnswering: true, position };
}

test('two that have read the same give the same answer', () => {
  const { mark, words } = describeGap([card('North', 10, 2000), card('South', 10, 2000)], NOW);
  expect(mark).toBe('yes');
  expect(words).toContain('the same answer');
});

test('one that is a tick behind is no cause for alarm', () => {
  const { mark, words } = describeGap([card('North', 10, 1000), card('South', 9, 6000)], NOW);
  expect(mark).toBe('yes');
  expect(words).toContain('South has not read entry #9 yet');
});

test('one that is cut off is named, with what it lacks, whose matter it is, and what it may get wrong', () => {
  const { mark, words } = describeGap([card('North', 20, 1000), card('South', 10, 60_000)], NOW);
  expect(mark).toBe('wait');
  expect(words).toContain('South has not read entries #10–19 yet');
  expect(words).toContain('South may still call valid');
  expect(words).toContain('up to South to read on');
});

test('both may be late together', () => {
  const { mark, words } = describeGap([card('North', 10, 60_000), card('South', 10, 60_000)], NOW);
  expect(mark).toBe('wait');
  expect(words).toContain('1 min');
});

test('one that does not answer does not stop the other', () => {
  const silent = { id: 'south', name: 'South', isAnswering: false };
  expect(describeGap([card('North', 10, 1000), silent], NOW)).toMatchObject({
    mark: 'no',
    words: expect.stringContaining('North can'),
  });
  expect(describeGap([silent], NOW).mark).toBe('no');
});

test('two histories of one log are a fault, even between those who have read equally far', () => {
  const { mark, words } = describeGap([card('North', 10, 1000), card('South', 10, 1000, 'another')], NOW);
  expect(mark).toBe('no');
  expect(words).toContain('Rely on neither');
});
