import { isCelError, type parse, run, unparse } from '@bufbuild/cel';
import { CodedError } from '../errors.ts';

export type ParsedRule = ReturnType<typeof parse>;
type RuleExpression = ParsedRule['expr'];

/**
 * What the claims that one rule reads may measure; over larger ones it is unanswered. The longest text and all text
 * together in UTF-16 units, and the number of values.
 */
export const CLAIM_BOUNDS = { text: 1024, total: 8192, values: 1024, depth: 8 } as const;
/**
 * Steps a rule may cost for one person whatever they claim. A step is a few tens of nanoseconds, some microseconds where it
 * fails; so one person costs milliseconds at worst, and an ordinary rule of 10 to 100 steps some microseconds.
 */
export const MAX_RULE_COST = 100_000;
const MAX_DEPTH = 64;
/** Characters of the issuer, the type and the assurance, each; with a longer one a rule is unanswered. */
export const MAX_NAME_LENGTH = 500;
/** Characters looked at in one step, when strings are compared, searched or joined. */
const CHARACTERS_PER_STEP = 16;

export type RuleType = 'bool' | 'int' | 'double' | 'string' | 'null' | 'list' | 'dyn';

/** What is known of a sub-expression before it is run: its type, the most it costs, and how large it can be. */
type Estimate = {
  readonly type: RuleType;
  readonly cost: number;
  readonly size: Size;
};

/** The most characters of one string in it, and of all together; the most values. */
type Size = { readonly text: number; readonly total: number; readonly values: number };
type Known = Omit<Estimate, 'cost'>;

export type RuleEstimate = Pick<Estimate, 'type' | 'cost'> & {
  /** Members of `claims` that the rule reads: everything it can know about a person. */
  readonly claims: readonly string[];
  /** The other variables that it reads. */
  readonly variables: readonly string[];
};

const SMALL: Size = { text: 0, total: 0, values: 1 };
const NAME: Known = { type: 'string', size: textOf(MAX_NAME_LENGTH) };
const VARIABLES: Readonly<Record<string, Known>> = {
  issuer: NAME,
  type: NAME,
  assurance: NAME,
  at: { type: 'int', size: SMALL },
};
const CLAIM: Known = { type: 'dyn', size: CLAIM_BOUNDS };

function textOf(length: number): Size {
  return { text: length, total: length, values: 1 };
}

function sumOfSizes(estimates: readonly Known[]): Size {
  const add = (member: keyof Size) => estimates.reduce((total, { size }) => total + size[member], 0);
  return { text: add('text'), total: add('total'), values: add('values') };
}

function largest(estimates: readonly Known[]): Size {
  const most = (member: keyof Size) => estimates.reduce((found, { size }) => Math.max(found, size[member]), 0);
  return { text: most('text'), total: most('total'), values: most('values') };
}

/**
 * Bounds what a parsed rule costs, and finds what it reads. Throws `rule.unknown-name`, `rule.type`, `rule.too-costly`,
 * `rule.too-deep`, or `rule.unsupported` for what CEL has and rules here do without: whatever depends on a time zone,
 * whatever builds lists or maps, and functions whose cost nobody bounded.
 */
export function estimateRule(rule: ParsedRule): RuleEstimate {
  const claims = new Set<string>();
  const variables = new Set<string>();
  const { type, cost } = estimate(rule.expr, { rule, claims, variables, scope: new Map(), depth: 0 });
  return { type, cost, claims: [...claims].sort(), variables: [...variables].sort() };
}

type Walk = {
  readonly rule: ParsedRule;
  readonly claims: Set<string>;
  readonly variables: Set<string>;
  /** Variables of macros, innermost meaning. */
  readonly scope: ReadonlyMap<string, Known>;
  readonly depth: number;
};

function estimate(expression: RuleExpression, outer: Walk): Estimate {
  const walk = { ...outer, depth: outer.depth + 1 };
  if (walk.depth > MAX_DEPTH) throw new CodedError('rule.too-deep', `A rule is nested at most ${MAX_DEPTH} deep.`);
  const found = estimateKind(expression, walk);
  if (found.cost > MAX_RULE_COST) {
    throw refuse(walk, expression, 'rule.too-costly', `may take ${found.cost} steps, and ${MAX_RULE_COST} are allowed`);
  }
  return found;
}

function estimateKind(expression: RuleExpression, walk: Walk): Estimate {
  const { exprKind: kind } = expression;
  switch (kind.case) {
    case 'constExpr':
      return estimateConstant(expression, kind.value.constantKind, walk);
    case 'identExpr':
      return estimateName(expression, kind.value.name, walk);
    case 'selectExpr':
      return estimateSelect(expression, kind.value, walk);
    case 'callExpr':
      return estimateCall(expression, kind.value, walk);
    case 'listExpr': {
      const elements = kind.value.elements.map((element) => estimate(element, walk));
      const { total, values } = sumOfSizes(elements);
      return { type: 'list', cost: 1 + costOf(elements), size: { ...largest(elements), total, values: values + 1 } };
    }
    case 'comprehensionExpr':
      return estimateMacro(expression, kind.value, walk);
    default:
      throw refuse(walk, expression, 'rule.unsupported', 'builds a map or a message, which rules here do not');
  }
}

type Kind<C extends RuleExpression['exprKind']['case']> = Extract<RuleExpression['exprKind'], { case: C }>['value'];
type Constant = Kind<'constExpr'> extends { constantKind: infer K } ? K : never;

function estimateConstant(expression: RuleExpression, { case: kind, value }: Constant, walk: Walk): Estimate {
  switch (kind) {
    case 'boolValue':
      return { type: 'bool', cost: 1, size: SMALL };
    case 'int64Value':
      return { type: 'int', cost: 1, size: SMALL };
    case 'doubleValue':
      return { type: 'double', cost: 1, size: SMALL };
    case 'stringValue':
      return { type: 'string', cost: 1, size: textOf(value.length) };
    case 'nullValue':
      return { type: 'null', cost: 1, size: SMALL };
    default:
      throw refuse(walk, expression, 'rule.unsupported', 'is of a type that no claim has');
  }
}

function estimateName(expression: RuleExpression, name: string, walk: Walk): Estimate {
  const own = walk.scope.get(name);
  if (own !== undefined) return { ...own, cost: 1 };
  const variable = Object.hasOwn(VARIABLES, name) ? VARIABLES[name] : undefined;
  if (variable !== undefined) {
    walk.variables.add(name);
    return { ...variable, cost: 1 };
  }
  if (name === 'claims') {
    throw refuse(walk, expression, 'rule.unsupported', 'names no member: a rule says which claims it reads');
  }
  throw refuse(
    walk,
    expression,
    'rule.unknown-name',
    `is not known: there are claims, ${Object.keys(VARIABLES).join(', ')}`,
  );
}

function estimateSelect(expression: RuleExpression, { operand, field }: Kind<'selectExpr'>, walk: Walk): Estimate {
  if (operand === undefined) throw unreadable(walk, expression);
  const isTest = expression.exprKind.case === 'selectExpr' && expression.exprKind.value.testOnly;
  const result = isTest ? ({ type: 'bool', size: SMALL } as const) : CLAIM;
  if (isClaims(operand, walk)) {
    walk.claims.add(field);
    return { ...result, cost: 2 };
  }
  const of = estimate(operand, walk);
  if (of.type !== 'dyn') throw refuse(walk, expression, 'rule.type', `asks for a member of a ${of.type}`);
  return { ...result, cost: of.cost + 1 };
}

function isClaims({ exprKind }: RuleExpression, { scope }: Walk): boolean {
  return exprKind.case === 'identExpr' && exprKind.value.name === 'claims' && !scope.has('claims');
}

/** `claims["a"]` and `"a" in claims` read a member as `claims.a` does. */
function estimateMember(expression: RuleExpression, name: RuleExpression | undefined, walk: Walk): void {
  const written = textConstant(name);
  if (written === undefined) {
    throw refuse(walk, expression, 'rule.unsupported', 'asks for a claim whose name is not written in the rule');
  }
  walk.claims.add(written);
}

function textConstant(expression: RuleExpression | undefined): string | undefined {
  const constant = expression?.exprKind.case === 'constExpr' ? expression.exprKind.value.constantKind : undefined;
  return constant?.case === 'stringValue' ? constant.value : undefined;
}

function estimateCall(
  expression: RuleExpression,
  { function: name, target, args }: Kind<'callExpr'>,
  walk: Walk,
): Estimate {
  const [first, second] = args;
  if (name === '_[_]' && first !== undefined && isClaims(first, walk)) {
    estimateMember(expression, second, walk);
    return { ...CLAIM, cost: 2 };
  }
  if (name === '@in' && second !== undefined && isClaims(second, walk)) {
    estimateMember(expression, first, walk);
    return { type: 'bool', cost: 2, size: SMALL };
  }
  const operands = [...(target === undefined ? [] : [target]), ...args];
  const work = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
  if (work === undefined || operands.length !== work.takes.length) {
    throw refuse(walk, expression, 'rule.unsupported', 'calls what rules here do not have');
  }
  const estimates = operands.map((operand) => estimate(operand, walk));
  for (const [i, accepted] of work.takes.entries()) {
    const type = estimates[i]?.type ?? 'dyn';
    if (type !== 'dyn' && !accepted.includes(type)) {
      throw refuse(walk, expression, 'rule.type', `cannot be done with a ${type}`);
    }
  }
  const result = work.result(estimates);
  if (result === undefined) throw refuse(walk, expression, 'rule.type', 'mixes types');
  const cost = 1 + costOf(estimates) + work.steps(estimates);
  const isMatch = name === 'matches';
  return {
    ...result,
    cost: isMatch ? cost + stepsOfMatch(expression, operands[1], estimates[0] ?? CLAIM, walk) : cost,
  };
}

type Operation = {
  readonly takes: readonly (readonly RuleType[])[];
  readonly result: (operands: readonly Estimate[]) => Known | undefined;
  /** Beyond one, and beyond what the operands cost. */
  readonly steps: (operands: readonly Estimate[]) => number;
};

const BOOL: readonly RuleType[] = ['bool'];
const INT: readonly RuleType[] = ['int'];
const NUMBER: readonly RuleType[] = ['int', 'double'];
const TEXT: readonly RuleType[] = ['string'];
const LIST: readonly RuleType[] = ['list'];
const ORDERED: readonly RuleType[] = ['int', 'double', 'string', 'bool'];
const ANY: readonly RuleType[] = ['bool', 'int', 'double', 'string', 'null', 'list'];

const always = (type: RuleType) => () => ({ type, size: SMALL });
const none = () => 0;
const characters = (operands: readonly Known[]) => Math.ceil(sumOfSizes(operands).total / CHARACTERS_PER_STEP);
/** Of one string, which is no longer than the longest there can be. */
const oneText = ([of = CLAIM]: readonly Known[]) => Math.ceil(of.size.text / CHARACTERS_PER_STEP);
const affixed = ([a = CLAIM, b = CLAIM]: readonly Known[]) => Math.min(oneText([a]), oneText([b]));
/** Of the smaller: a comparison ends where one of them does. */
const compared = ([a = CLAIM, b = CLAIM]: readonly Known[]) =>
  Math.min(a.size.values, b.size.values) + Math.ceil(Math.min(a.size.total, b.size.total) / CHARACTERS_PER_STEP);

/** Of one type, as far as it is known. */
function sameType(operands: readonly Known[]): RuleType | undefined {
  const known = operands.filter(({ type }) => type !== 'dyn').map(({ type }) => type);
  if (new Set(known).size > 1) return undefined;
  return known.length === operands.length ? known[0] : 'dyn';
}

const arithmetic: Operation = {
  takes: [NUMBER, NUMBER],
  result: (operands) => {
    const type = sameType(operands);
    return type && { type, size: SMALL };
  },
  steps: none,
};
const ordering: Operation = {
  takes: [ORDERED, ORDERED],
  result: (operands) => {
    const numbers = operands.map(({ type, size }) => ({ type: type === 'double' ? 'int' : type, size }) as const);
    return sameType(numbers) && { type: 'bool', size: SMALL };
  },
  steps: compared,
};
const equality: Operation = { takes: [ANY, ANY], result: always('bool'), steps: compared };
const logical: Operation = { takes: [BOOL, BOOL], result: always('bool'), steps: none };
const affix: Operation = { takes: [TEXT, TEXT], result: always('bool'), steps: affixed };

/** Everything a rule may do. What is missing here is refused, so whatever CEL gains costs nothing until it is bounded. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  '_&&_': logical,
  '_||_': logical,
  '!_': { takes: [BOOL], result: always('bool'), steps: none },
  // The condition of a macro's loop, written by the parser.
  '@not_strictly_false': { takes: [BOOL], result: always('bool'), steps: none },
  '_?_:_': {
    takes: [BOOL, ANY, ANY],
    // The branches may differ in type: only one is taken.
    result: ([, ...branches]) => ({ type: sameType(branches) ?? 'dyn', size: largest(branches) }),
    steps: none,
  },
  '_==_': equality,
  '_!=_': equality,
  '_<_': ordering,
  '_<=_': ordering,
  '_>_': ordering,
  '_>=_': ordering,
  '@in': {
    takes: [ANY, LIST],
    result: always('bool'),
    steps: ([, list = CLAIM]) => list.size.values + characters([list]),
  },
  '_+_': {
    takes: [
      ['int', 'double', 'string'],
      ['int', 'double', 'string'],
    ],
    result: (operands) => {
      const type = sameType(operands);
      return type && { type, size: sumOfSizes(operands) };
    },
    steps: characters,
  },
  '_-_': arithmetic,
  '_*_': arithmetic,
  '_/_': arithmetic,
  '_%_': { ...arithmetic, takes: [INT, INT] },
  '-_': { takes: [NUMBER], result: ([of = CLAIM]) => ({ type: of.type, size: SMALL }), steps: none },
  '_[_]': { takes: [LIST, ['int', 'string']], result: () => CLAIM, steps: none },
  size: { takes: [['string', 'list']], result: always('int'), steps: oneText },
  int: { takes: [['int', 'double', 'string']], result: always('int'), steps: oneText },
  startsWith: affix,
  endsWith: affix,
  // A search may compare the whole needle at each place.
  contains: {
    takes: [TEXT, TEXT],
    result: always('bool'),
    steps: ([text = CLAIM, needle = CLAIM]) =>
      Math.ceil((text.size.text * (1 + needle.size.text)) / CHARACTERS_PER_STEP),
  },
  // Linear in the text for a pattern that is known (RE2); for one that a claim brings along nothing is bounded.
  matches: { takes: [TEXT, TEXT], result: always('bool'), steps: none },
};

/** Each character is looked at once for each place in the pattern, and `{n}` stands for n copies of what is before it. */
function stepsOfMatch(
  expression: RuleExpression,
  operand: RuleExpression | undefined,
  { size }: Known,
  walk: Walk,
): number {
  const pattern = textConstant(operand);
  if (pattern === undefined) {
    throw refuse(walk, expression, 'rule.unsupported', 'matches a pattern that is not written in the rule');
  }
  try {
    if (isCelError(run('"".matches(pattern)', { pattern }))) throw new Error('refused');
  } catch {
    throw refuse(walk, expression, 'rule.unsupported', 'has a pattern that RE2 does not take');
  }
  const copies = Array.from(pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g), ([, least, greatest]) =>
    Math.max(1, Number(least), Number(greatest ?? 0)),
  );
  return size.text * (1 + pattern.length) * copies.reduce((product, count) => product * count, 1);
}

/**
 * `exists`, `all` and `exists_one`: as many rounds as the list can have values. Their loops keep a boolean or a count;
 * `map` and `filter` keep a list, which grows while it is copied, and are refused.
 */
function estimateMacro(expression: RuleExpression, macro: Kind<'comprehensionExpr'>, walk: Walk): Estimate {
  const { iterVar, iterVar2, iterRange, accuVar, accuInit, loopCondition, loopStep, result } = macro;
  const isWhole = iterRange && accuInit && loopCondition && loopStep && result;
  if (!isWhole || iterVar2 !== '') throw unreadable(walk, expression);
  if (iterVar === 'claims' || Object.hasOwn(VARIABLES, iterVar)) {
    throw refuse(walk, expression, 'rule.unsupported', `gives ${iterVar} another meaning`);
  }
  const range = estimate(iterRange, walk);
  const initial = estimate(accuInit, walk);
  if (range.type !== 'list' && range.type !== 'dyn')
    throw refuse(walk, expression, 'rule.type', `walks over a ${range.type}`);
  if (initial.type !== 'bool' && initial.type !== 'int') {
    throw refuse(walk, expression, 'rule.unsupported', 'builds a list: use exists, all or exists_one');
  }
  const element: Known = { type: 'dyn', size: range.size };
  const scope = new Map([...walk.scope, [iterVar, element], [accuVar, initial]]);
  const inner = { ...walk, scope };
  const round = estimate(loopCondition, inner).cost + estimate(loopStep, inner).cost;
  const end = estimate(result, inner);
  return { ...end, cost: 1 + range.cost + initial.cost + end.cost + range.size.values * round };
}

function costOf(estimates: readonly Estimate[]): number {
  return estimates.reduce((total, { cost }) => total + cost, 0);
}

function unreadable(walk: Walk, expression: RuleExpression): CodedError {
  return refuse(walk, expression, 'rule.unsupported', 'is nothing that rules here have');
}

type RuleCode = 'rule.too-costly' | 'rule.type' | 'rule.unknown-name' | 'rule.unsupported';

/** Names the sub-expression, so that whoever wrote the rule finds it. */
function refuse(walk: Walk, expression: RuleExpression, code: RuleCode, what: string): CodedError<RuleCode> {
  const words = unparse({ ...walk.rule, expr: expression });
  const shown = words.length > 120 ? `${words.slice(0, 120)}\u2026` : words;
  return new CodedError(code, `In this rule, ${shown} ${what}.`, { expression: shown });
}
