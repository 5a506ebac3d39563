// `@holdfast/core/program`: what runs a program. A door of its own, because CEL and curves take long to load, and whoever
// verifies a credential needs neither.
export { type CheckedAdmission, checkAdmission } from './program/check-late.ts';
export {
  type CheckedResult,
  type ClosedList,
  type Contradiction,
  checkResult,
  type MissingFile,
  type OpenedLeaf,
  type ResultQuestion,
} from './program/check-result.ts';
export { type BeaconJudgement, judgeBeacon, verifyDrand } from './program/judge-beacon.ts';
export { candidateOf, type DrawJudgement, judgeDraw } from './program/judge-draw.ts';
export { lateShareOf } from './program/late-share.ts';
export { parseProgram } from './program/parse-program.ts';
export { CLAIM_BOUNDS, MAX_RULE_COST } from './program/rule-cost.ts';
export { compileProgramRules, compileRule, type Rule } from './program/rules.ts';
