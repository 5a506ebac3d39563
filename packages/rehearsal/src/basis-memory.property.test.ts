import type { Verdict } from '@holdfast/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BasisMemory, isSameText } from './basis-memory.ts';

const value = fc.jsonValue({ maxDepth: 3 });

test('two values are the same text exactly when JSON writes them alike', () => {
  fc.assert(
    fc.property(value, value, (a, b) => {
      expect(isSameText(a, structuredClone(a))).toBe(true);
      expect(isSameText(a, b)).toBe(JSON.stringify(a) === JSON.stringify(b));
    }),
  );
  expect(isSameText({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(false);
  expect(isSameText([1], { 0: 1 })).toBe(false);
  expect(isSameText({ a: 1 }, { a: 1, b: null })).toBe(false);
  expect(isSameText(null, {})).toBe(false);
});

function verdictAt(tick: number, presented: string, usableUntil = 0): Verdict {
  const basis = { positions: [], presented, foreign: [], policy: '', tick };
  const request = { class: 'view', freshness: { mode: 'any' } } as const;
  return {
    ...{ v: 1, outcome: 'valid', reasons: [], freshness: 'live', conflict: false, allows: { effect: 'final' } },
    ...{ checks: [], notEstablished: [], usableUntil },
    basis: { ...basis, request },
  };
}

test('the verdict on the same basis is found, whatever else it says, and no other', () => {
  const memory = new BasisMemory();
  const first = verdictAt(1, 'ada');
  expect(memory.recall(first)).toBeUndefined();
  expect(memory.recall(verdictAt(2, 'ada'))).toBeUndefined();
  expect(memory.recall(verdictAt(1, 'bea'))).toBeUndefined();
  expect(memory.recall(verdictAt(1, 'ada', 5))).toBe(first);
});

test('what is recent is remembered while ever more is seen, and what is long past is forgotten', () => {
  const memory = new BasisMemory();
  for (let tick = 0; tick < 10_000; tick += 1) expect(memory.recall(verdictAt(tick, 'ada'))).toBeUndefined();
  expect(memory.recall(verdictAt(9900, 'ada'))).toBeDefined();
  expect(memory.recall(verdictAt(1, 'ada'))).toBeUndefined();
});
