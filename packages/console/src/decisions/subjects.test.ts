import { POWERS } from '@holdfast/core';
import { expect, test } from 'vitest';
import { SUBJECTS } from './subjects.ts';

test('every power that a rulebook can grant is used by something that can be proposed', () => {
  const offered = new Set<string>(SUBJECTS.flatMap(({ powers }) => powers));
  expect(POWERS.filter((power) => !offered.has(power))).toEqual([]);
});
