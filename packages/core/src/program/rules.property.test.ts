import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../encoding/json.ts';
import { isCodedError } from '../errors.ts';
import type { RuleFacts } from './qualifying.ts';
import { MAX_RULE_COST } from './rule-cost.ts';
import { compileRule } from './rules.ts';

/** Rules that are nearly right: some compile, some have no type, some cost too much. */
const { rule } = fc.letrec<{ rule: string }>((tie) => ({
  rule: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(
      'true',
      '1',
      '0.5',
      '"a"',
      'null',
      '[]',
      'claims.a',
      'claims["b"]',
      'has(claims.a)',
      'issuer',
      'at',
    ),
    fc
      .tuple(tie('rule'), fc.constantFrom('&&', '||', '==', '<', '+', '-', '*', '/', '%', 'in'), tie('rule'))
      .map(([a, operator, b]) => `(${a} ${operator} ${b})`),
    fc.tuple(tie('rule'), tie('rule'), tie('rule')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    tie('rule').map((a) => `!(${a})`),
    tie('rule').map((a) => `size(${a})`),
    tie('rule').map((a) => `int(${a})`),
    fc.tuple(tie('rule'), fc.constantFrom('a', 'b')).map(([a, name]) => `${a}.${name}`),
    fc.tuple(tie('rule'), tie('rule')).map(([a, b]) => `${a}[${b}]`),
    fc
      .tuple(tie('rule'), fc.constantFrom('contains', 'startsWith', 'matches'), tie('rule'))
      .map(([a, method, b]) => `${a}.${method}(${b})`),
    fc
      .tuple(tie('rule'), fc.constantFrom('exists', 'all', 'exists_one', 'map', 'filter'), tie('rule'))
      .map(([a, macro, b]) => `${a}.${macro}(x, x == ${b})`),
    fc.tuple(tie('rule'), tie('rule')).map(([a, b]) => `[${a}, ${b}]`),
  ),
}));
const text = fc.oneof({ weight: 4, arbitrary: rule }, { weight: 1, arbitrary: fc.string({ maxLength: 40 }) });

const claim = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.array(fc.constantFrom('a', 1, true)),
  fc.integer(),
  fc.record({ a: fc.jsonValue({ maxDepth: 1 }), b: fc.boolean() }),
);
const claims = fc.dictionary(fc.constantFrom('a', 'b', 'c'), claim).map((value) => value as JsonObject);
const factsOf = (given: JsonObject): RuleFacts => ({
  claims: given,
  issuer: 'https://civic.example',
  type: 'residence',
  assurance: 'high',
  at: 1_796_000_000,
});

function compile(rule: string): ReturnType<typeof compileRule>[] {
  const compiled: ReturnType<typeof compileRule>[] = [];
  for (const type of ['bool', 'int'] as const) {
    try {
      compiled.push(compileRule(rule, type as 'int'));
    } catch (error) {
      if (!isCodedError(error) || !error.code.startsWith('rule.')) throw error;
    }
  }
  return compiled;
}

describe('whatever is written as a rule and claimed by a person', () => {
  test('it is refused with a code, or answered within its bound, and never thrown', () => {
    fc.assert(
      fc.property(text, claims, (written, given) => {
        for (const one of compile(written)) {
          expect(one.cost).toBeLessThanOrEqual(MAX_RULE_COST);
          const answer = one.evaluate(factsOf(given));
          if (answer.ok) expect(['boolean', 'bigint']).toContain(typeof answer.value);
          else expect(answer).toEqual({ ok: false });
        }
      }),
      { numRuns: 400 },
    );
  });

  test('it is answered by the claims that it names, and by nothing else about them', () => {
    fc.assert(
      fc.property(rule, claims, claims, (written, given, others) => {
        for (const one of compile(written)) {
          const read = Object.entries(given).filter(([name]) => one.claims.includes(name));
          const rest = Object.entries(others).filter(([name]) => !one.claims.includes(name));
          const turned = Object.fromEntries([...rest, ...read.reverse()]) as JsonObject;
          expect(one.evaluate(factsOf(turned))).toEqual(one.evaluate(factsOf(given)));
        }
      }),
      { numRuns: 200 },
    );
  });
});
