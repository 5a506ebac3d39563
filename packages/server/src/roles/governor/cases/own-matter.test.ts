import { expect, test } from 'vitest';
import { createCaseWorld } from '../../../../test/case-world.ts';
import { caseMatter } from './own-matter.ts';

test('a complaint that stands in the log and was not read from there yet is on its way, and not over', async () => {
  const { log } = await createCaseWorld();
  const { size } = log.state.tree;
  const stateOf = (outcome: { entry: number } | { why: string } | undefined) =>
    caseMatter({ case: 'c', filedAt: 1 }, outcome === undefined ? {} : { outcome: outcome as never }, log.state, 9)
      .state;
  expect(stateOf(undefined)).toBe('recorded');
  expect(stateOf({ entry: size })).toBe('recorded');
  expect(stateOf({ entry: size - 1 })).toBe('closed');
  expect(stateOf({ why: 'refused' })).toBe('closed');
});
