import { bindingDigest } from '../src/governance/decision.ts';
import type { Program } from '../src/program/program.ts';
import type { Power, Rulebook } from '../src/rulebook/rulebook.ts';
import { buildLog, DAY_MS, type LogBuilder, type LogOptions, testRulebook } from './log-builder.ts';
import { createIdealSignatures } from './test-keys.ts';
import { buildProgram, testProgram } from './test-program.ts';

export const HOUR_MS = 3_600_000;

/** What only helps waits two hours (of `hourMs`), anything else five; officers may revise and cancel. */
export function revisingRules(
  signatures: Parameters<typeof testRulebook>[0],
  hourMs = HOUR_MS,
): Pick<Rulebook, 'powers' | 'notice'> {
  const plain = testRulebook(signatures);
  const like = plain.powers.find(({ power }) => power === 'release');
  const grants = (['revise', 'cancel'] as Power[]).flatMap((power) => (like === undefined ? [] : [{ ...like, power }]));
  const notice = { amendMs: 7 * DAY_MS, programs: { favourableMs: 2 * hourMs, adverseMs: 5 * hourMs } };
  return { powers: [...plain.powers, ...grants], notice };
}

/** A log in which the program `relief` is open for a day. */
export function buildRevisable(program = testProgram, options: LogOptions = {}): LogBuilder {
  const signatures = createIdealSignatures();
  const log = buildLog({ signatures, rulebook: testRulebook(signatures, revisingRules(signatures)), ...options });
  buildProgram(log, 'released', program);
  log.epoch();
  return log;
}

export function inForce(log: LogBuilder): Program {
  const record = log.state.programs.get('relief');
  if (record === undefined) throw new Error('these tests have a program');
  return record.program;
}

type Revision = Parameters<LogBuilder['decide']>[2] & { readonly effectiveAt?: number; readonly replaces?: string };

/** The statement that announces the next version, after its decision was appended. */
export function revisionAfter(log: LogBuilder, changes: Partial<Program>, options: Revision = {}): string {
  const program = { ...inForce(log), ...changes };
  const { effectiveAt = log.state.time + 5 * HOUR_MS, replaces = bindingDigest(inForce(log)), ...others } = options;
  const digest = bindingDigest(program);
  const parameters = { program: digest, replaces, effectiveAt };
  const decided = log.decide('revise', [{ program: digest }], { parameters, ...others });
  return log.statement({ type: 'program', v: 1, decision: decided.digest, program, effectiveAt });
}
