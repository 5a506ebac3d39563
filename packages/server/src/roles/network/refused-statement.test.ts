import { parseStatement } from '@holdfast/core';
import { expect, test } from 'vitest';
import { buildCaseLog } from '../../../../core/test/case-log.ts';
import { isWaitedFor } from './refused-statement.ts';

test('what officers sign in a case is waited for like a decision, and what anybody files is not', () => {
  const log = buildCaseLog();
  log.open('c');
  const target = { of: 'credential', list: 'l', index: 1 } as const;
  const held = log.stepText('c', { act: 'hold', target }, ['officer-a']);
  expect(isWaitedFor(parseStatement(held))).toBe(true);
  expect(isWaitedFor(parseStatement(log.entries.at(-1) ?? ''))).toBe(false);
  expect(isWaitedFor(parseStatement('nothing'))).toBe(false);
});
