import { type CelInput, celEnv, isCelError, parse, plan } from '@bufbuild/cel';
import { isJsonObject, type Json, type JsonObject } from '../encoding/json.ts';
import { CodedError } from '../errors.ts';
import { MAX_WEIGHT, type Program } from './program.ts';
import type { ProgramRules, RuleFacts, RuleOutcome } from './qualifying.ts';
import { CLAIM_BOUNDS, estimateRule, MAX_NAME_LENGTH, type ParsedRule } from './rule-cost.ts';

export const MAX_RULE_LENGTH = 2000;
/** Brackets of all kinds: each may be one more step into the parser. */
const MAX_BRACKETS = 128;

export type Rule<V extends boolean | bigint> = {
  readonly text: string;
  /** The most steps it takes, whatever is claimed. */
  readonly cost: number;
  /** The claims it reads, by the names of their top-level members. */
  readonly claims: readonly string[];
  /** Of `issuer`, `type`, `assurance` and `at`, those that it reads. */
  readonly variables: readonly string[];
  readonly evaluate: (facts: RuleFacts) => RuleOutcome<V>;
};

/**
 * Compiles a rule in CEL and bounds what it costs before it is ever run. The same rule and claims give the same answer in
 * every runtime: there is no clock, no time zone, no locale. A claim that is missing, of another type or too large, or a
 * number that leaves its range (a weight is a whole number from 0 to 2^53 - 1), leaves it unanswered; nothing is thrown.
 * Throws `rule.syntax`, or what `estimateRule` throws.
 *
 * @example compileRule('claims.city == "Northtown"', 'bool').evaluate(facts)
 */
export function compileRule(text: string, type: 'bool'): Rule<boolean>;
export function compileRule(text: string, type: 'int'): Rule<bigint>;
export function compileRule(text: string, type: 'bool' | 'int'): Rule<boolean> | Rule<bigint> {
  const rule = parseRule(text);
  const estimate = estimateRule(rule);
  if (estimate.type !== type && estimate.type !== 'dyn') {
    throw new CodedError('rule.type', `This rule gives a ${estimate.type}; a ${type} is asked for here.`, {
      type: estimate.type,
    });
  }
  const { cost, claims, variables } = estimate;
  const run = plan(celEnv({}), rule);
  const evaluate = (facts: RuleFacts): unknown => {
    const { issuer, type: vct, assurance, at } = facts;
    const read = readClaims(facts.claims, claims);
    const isLong = issuer.length > MAX_NAME_LENGTH || vct.length > MAX_NAME_LENGTH;
    if (read === undefined || isLong) return undefined;
    try {
      const value = run({ claims: read, issuer, type: vct, assurance, at: BigInt(at) });
      return isCelError(value) ? undefined : value;
    } catch {
      // Whatever one applicant claims, the others' applications are judged.
      return undefined;
    }
  };
  const common = { text, cost, claims, variables };
  if (type === 'bool') return { ...common, evaluate: (facts) => answer(evaluate(facts), isBoolean) };
  return { ...common, evaluate: (facts) => answer(evaluate(facts), isWeight) };
}

/** The rules of a program, for `qualify`. Throws what `compileRule` throws. */
export function compileProgramRules({
  eligibility,
  allocation,
}: Pick<Program, 'eligibility' | 'allocation'>): ProgramRules {
  const qualifies = compileRule(eligibility, 'bool').evaluate;
  if (allocation.mode !== 'sealed' || allocation.rule !== 'pro-rata') return { eligibility: qualifies };
  return { eligibility: qualifies, weight: compileRule(allocation.weight, 'int').evaluate };
}

function answer<V>(value: unknown, is: (value: unknown) => value is V): RuleOutcome<V> {
  return is(value) ? { ok: true, value } : { ok: false };
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

function isWeight(value: unknown): value is bigint {
  return typeof value === 'bigint' && value >= 0n && value <= MAX_WEIGHT;
}

function parseRule(text: string): ParsedRule {
  if (text.length > MAX_RULE_LENGTH) {
    throw new CodedError('rule.syntax', `A rule has at most ${MAX_RULE_LENGTH} characters.`);
  }
  if (text.replace(/[^([{]/g, '').length > MAX_BRACKETS) {
    throw new CodedError('rule.too-deep', `A rule has at most ${MAX_BRACKETS} brackets.`);
  }
  try {
    return parse(text);
  } catch (cause) {
    const where = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : '';
    throw new CodedError('rule.syntax', `This is not a rule in CEL. ${where.replace('<input>:', 'Line ')}`, {}, cause);
  }
}

/** Those claims that the rule reads, as CEL sees them; undefined when they are larger than a rule was bounded for. */
function readClaims(claims: JsonObject, names: readonly string[]): Map<string, CelInput> | undefined {
  const used = { values: 0, total: 0 };
  const read = new Map<string, CelInput>();
  for (const name of names) {
    const claim = Object.hasOwn(claims, name) ? claims[name] : undefined;
    if (claim === undefined) continue;
    const value = readValue(claim, 0, used);
    if (value === undefined) return undefined;
    read.set(name, value);
  }
  return read;
}

type Used = { values: number; total: number };

/** Whole numbers are CEL's int as far as a double is exact, other numbers its double. */
function readValue(value: Json, depth: number, used: Used): CelInput | undefined {
  used.values += 1;
  if (used.values > CLAIM_BOUNDS.values || depth > CLAIM_BOUNDS.depth) return undefined;
  if (typeof value === 'string') return isBounded(value, used) ? value : undefined;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  const isMap = isJsonObject(value);
  const members: (readonly [string, CelInput])[] = [];
  for (const [name, member] of Object.entries(value)) {
    const read = !isMap || isBounded(name, used) ? readValue(member, depth + 1, used) : undefined;
    if (read === undefined) return undefined;
    members.push([name, read]);
  }
  return isMap ? new Map(members) : members.map(([, member]) => member);
}

function isBounded(text: string, used: Used): boolean {
  used.total += text.length;
  return text.length <= CLAIM_BOUNDS.text && used.total <= CLAIM_BOUNDS.total;
}
