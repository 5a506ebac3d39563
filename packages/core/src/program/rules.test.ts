import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../encoding/json.ts';
import { isCodedError } from '../errors.ts';
import type { RuleFacts } from './qualifying.ts';
import { CLAIM_BOUNDS, MAX_RULE_COST } from './rule-cost.ts';
import { compileRule } from './rules.ts';

type Answer = boolean | string | 'unanswered';
type Valid = { name: string; rule: string; type: 'bool' | 'int'; reads: string[]; cases: [JsonObject, Answer][] };
type Invalid = { name: string; rule: string; type: 'bool' | 'int'; code: string; says?: string };

function vectors<V>(file: string): readonly V[] {
  const url = new URL(`../../../../spec/vectors/program/${file}`, import.meta.url);
  return (JSON.parse(readFileSync(url, 'utf8')) as { vectors: V[] }).vectors;
}

const factsOf = (claims: JsonObject): RuleFacts => ({
  claims,
  issuer: 'https://civic.example',
  type: 'residence',
  assurance: 'substantial',
  at: 1_796_000_000,
});

function evaluate(text: string, type: 'bool' | 'int', claims: JsonObject): Answer {
  const answer = type === 'bool' ? compileRule(text, 'bool') : compileRule(text, 'int');
  const given = answer.evaluate(factsOf(claims));
  return given.ok ? (typeof given.value === 'bigint' ? given.value.toString() : given.value) : 'unanswered';
}

function refusal(text: string, type: 'bool' | 'int'): { code: string; message: string } | undefined {
  try {
    if (type === 'bool') compileRule(text, 'bool');
    else compileRule(text, 'int');
    return undefined;
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return error;
  }
}

describe.each(vectors<Valid>('valid/rules.json'))('the rule $name', ({ rule, type, reads, cases }) => {
  test.each(cases)('for %o is %o', (claims, expected) => {
    expect(evaluate(rule, type, claims)).toBe(expected);
  });

  test('reads what it says, within its bound', () => {
    const { claims, cost } = type === 'bool' ? compileRule(rule, 'bool') : compileRule(rule, 'int');
    expect(claims).toEqual(reads);
    expect(cost).toBeGreaterThan(0);
    expect(cost).toBeLessThanOrEqual(MAX_RULE_COST);
  });
});

test.each(vectors<Invalid>('invalid/rules.json'))('a rule that $name is refused', ({ rule, type, code, says }) => {
  const refused = refusal(rule, type);
  expect(refused?.code).toBe(code);
  expect(refused?.message).toContain(says ?? '');
});

describe('a rule that nobody can run', () => {
  test.each([
    ['is too long', `${'true && '.repeat(300)}true`, 'rule.syntax'],
    ['has too many brackets', `${'('.repeat(200)}true${')'.repeat(200)}`, 'rule.too-deep'],
    ['has too many brackets in its texts', `'${'('.repeat(200)}' == issuer`, 'rule.too-deep'],
    ['is nested too deep', `${'1 + '.repeat(100)}1 == 1`, 'rule.too-deep'],
    ['is nested too deep on the left', `claims${'.a'.repeat(400)}`, 'rule.too-deep'],
    ['ends in the middle', '('.repeat(100), 'rule.syntax'],
  ])('because it %s is refused', (_name, rule, code) => {
    expect(refusal(rule, 'bool')?.code).toBe(code);
  });
});

describe('claims beyond what a rule was bounded for', () => {
  const read = (value: unknown) => evaluate('has(claims.x)', 'bool', { x: value } as JsonObject);
  const nested = (depth: number): unknown => (depth === 0 ? 'leaf' : [nested(depth - 1)]);

  test.each([
    ['a long text', 'x'.repeat(CLAIM_BOUNDS.text)],
    ['many values', Array.from({ length: CLAIM_BOUNDS.values - 1 }, () => 1)],
    ['much text', Array.from({ length: 8 }, () => 'x'.repeat(1024))],
    ['deep ones', nested(CLAIM_BOUNDS.depth)],
  ])('leave it unanswered: %s at the bound is read', (_name, value) => {
    expect(read(value)).toBe(true);
  });

  test.each([
    ['a longer text', 'x'.repeat(CLAIM_BOUNDS.text + 1)],
    ['a longer name', { ['x'.repeat(CLAIM_BOUNDS.text + 1)]: 1 }],
    ['more values', Array.from({ length: CLAIM_BOUNDS.values }, () => 1)],
    ['more text', [...Array.from({ length: 8 }, () => 'x'.repeat(1024)), 'x']],
    ['deeper ones', nested(CLAIM_BOUNDS.depth + 1)],
  ])('leave it unanswered: %s', (_name, value) => {
    expect(read(value)).toBe('unanswered');
  });

  test('do not matter where the rule does not read them', () => {
    expect(evaluate('claims.a == 1', 'bool', { a: 1, portrait: 'x'.repeat(50_000) })).toBe(true);
  });
});

test('a pattern that would take other engines years is answered at once', () => {
  expect(evaluate("claims.a.matches('^(a+)+$')", 'bool', { a: `${'a'.repeat(1000)}!` })).toBe(false);
});
