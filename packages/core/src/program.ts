// `@holdfast/core/program`: what runs a program. A door of its own, because CEL is a third of a second of loading, and whoever
// verifies a credential needs none of it.
export { parseProgram } from './program/parse-program.ts';
export { CLAIM_BOUNDS, MAX_RULE_COST } from './program/rule-cost.ts';
export { compileProgramRules, compileRule, type Rule } from './program/rules.ts';
