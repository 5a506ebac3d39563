import { type ClaimQuery, parseQuery, type Query } from '../credential/query.ts';
import { CodedError, isCodedError } from '../errors.ts';
import { ASSURANCE_LEVELS } from '../rulebook/rulebook.ts';
import { type Program, programSchema } from './program.ts';
import { compileRule, type Rule } from './rules.ts';

/**
 * Reads a program from outside, and refuses one that could not be run or that nobody could qualify for. Throws
 * `program.malformed` with the path of the first member that is wrong and what to change about it, `program.query` or
 * `program.nobody`, or what `compileRule` throws, naming the rule.
 */
export function parseProgram(value: unknown): Program {
  const program = readProgram(value);
  const query = readQuery(program);
  const { allocation } = program;
  const eligibility = readRule('eligibility', () => compileRule(program.eligibility, 'bool'));
  assertAsked('eligibility', eligibility, query);
  if (allocation.mode === 'sealed' && allocation.rule === 'pro-rata') {
    const { weight } = allocation;
    assertAsked(
      'allocation.weight',
      readRule('allocation.weight', () => compileRule(weight, 'int')),
      query,
    );
  }
  assertSomebody(program, eligibility, query);
  return program;
}

function readProgram(value: unknown): Program {
  const parsed = readShape(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.path.join('.') ?? '';
  throw malformed(path, issue?.message ?? 'malformed');
}

function readShape(value: unknown): ReturnType<typeof programSchema.safeParse> {
  try {
    return programSchema.safeParse(value);
  } catch (cause) {
    // Text that JSON cannot write has no digest, so nobody could approve it.
    if (isCodedError(cause)) throw malformed('', cause.message);
    throw cause;
  }
}

function malformed(path: string, what: string): CodedError {
  return new CodedError('program.malformed', `This program cannot be used. ${path || 'The whole'}: ${what}`, { path });
}

/** Adds where the rule stands to what is wrong with it. */
function readRule<V extends boolean | bigint>(path: string, compile: () => Rule<V>): Rule<V> {
  try {
    return compile();
  } catch (cause) {
    if (!isCodedError(cause)) throw cause;
    throw new CodedError(cause.code, `${path}: ${cause.message}`, { ...cause.details, path }, cause);
  }
}

/**
 * One credential, bound to its holder, that discloses who the person is. Two kinds of credential would be two sets of
 * people: accepting either counts nobody once.
 */
function readQuery({ query, uniqueness }: Program): Query['credentials'][number] {
  const { credentials, sets } = parsed(query);
  const [asked, ...others] = credentials;
  if (asked === undefined || others.length > 0 || sets !== undefined || asked.multiple) {
    throw wrongQuery('asks for exactly one credential: whoever could answer with several would count several times');
  }
  // Also every `jwt_vc_json`, which proves no possession.
  if (!asked.isBound) throw wrongQuery('asks for a credential bound to its holder, or anybody could send it');
  for (const claims of asked.claimSets) {
    if (!claims.some(({ path }) => isPathTo(path, uniqueness.claim))) {
      throw wrongQuery(`asks for the claim that people are counted by: ${uniqueness.claim.join('.')}`);
    }
  }
  if (asked.claimSets.every(isContradiction)) throw wrongQuery('asks for values that no claim can have at once');
  return asked;
}

function parsed(query: Program['query']): Query {
  try {
    return parseQuery(query);
  } catch (cause) {
    if (!isCodedError(cause)) throw cause;
    throw new CodedError('program.query', `query: ${cause.message}`, { path: 'query', because: cause.code }, cause);
  }
}

function wrongQuery(what: string): CodedError {
  return new CodedError('program.query', `The query of a program ${what}.`, { path: 'query' });
}

/** Asking for an object discloses what is in it. */
function isPathTo(path: ClaimQuery['path'], claim: readonly string[]): boolean {
  return path.length > 0 && path.length <= claim.length && path.every((step, i) => step === claim[i]);
}

function isContradiction(claims: readonly ClaimQuery[]): boolean {
  return claims.some(({ path, values }) => {
    const same = claims.filter((other) => other.values !== undefined && isSamePath(other.path, path));
    return values !== undefined && !values.some((value) => same.every((other) => other.values?.includes(value)));
  });
}

/** Only paths without wildcards name one value. */
function isSamePath(one: ClaimQuery['path'], other: ClaimQuery['path']): boolean {
  return one.length === other.length && one.every((step, i) => typeof step === 'string' && step === other[i]);
}

/** What a rule reads, people are asked to show: otherwise the query would not say what is looked at, and nobody qualify. */
function assertAsked(path: string, rule: Rule<boolean | bigint>, { claimSets }: Query['credentials'][number]): void {
  const asked = new Set(claimSets.flatMap((claims) => claims.map((claim) => claim.path[0])));
  const missing = rule.claims.find((claim) => !asked.has(claim));
  if (missing !== undefined) {
    throw new CodedError('program.query', `${path} reads the claim ${missing}, which the query does not ask for.`, {
      path: 'query',
      claim: missing,
    });
  }
}

/** A rule that reads neither claims nor the time can be tried on everybody: on each issuer and type that there is. */
function assertSomebody(program: Program, rule: Rule<boolean>, { types }: Query['credentials'][number]): void {
  if (rule.claims.length > 0 || rule.variables.includes('at')) return;
  const { uniqueness, assurance } = program;
  const levels = ASSURANCE_LEVELS.slice(ASSURANCE_LEVELS.indexOf(assurance));
  const isTrue = (issuer: string, type: string, level: string) => {
    const outcome = rule.evaluate({ claims: {}, issuer, type, assurance: level, at: 0 });
    return outcome.ok && outcome.value;
  };
  const qualifies = uniqueness.issuers.some((issuer) =>
    types.some((type) => levels.some((level) => isTrue(issuer, type, level))),
  );
  if (!qualifies) {
    throw new CodedError('program.nobody', 'eligibility: nobody qualifies by this rule, whatever they show.', {
      path: 'eligibility',
    });
  }
}
