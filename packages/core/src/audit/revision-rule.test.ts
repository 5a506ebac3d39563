import { describe, expect, test } from 'vitest';
import { audit, brokenBy } from '../../test/audited-log.ts';
import { DAY_MS, type LogBuilder } from '../../test/log-builder.ts';
import { intake, programAfter, testProgram } from '../../test/test-program.ts';
import { buildRevisable, HOUR_MS, inForce, revisionAfter } from '../../test/test-revision.ts';
import { apply, statementChecks } from '../fold/fold.ts';
import { createNetworkState } from '../fold/state.ts';
import { parseStatement } from '../fold/statement.ts';
import { bindingDigest } from '../governance/decision.ts';
import { createAuditor } from './auditor.ts';

const other = { title: 'Relief' };

function revised(): LogBuilder {
  const log = buildRevisable();
  log.append(revisionAfter(log, { assurance: 'high' }));
  log.epoch(log.state.time + 6 * HOUR_MS);
  log.append(revisionAfter(log, other));
  log.epoch();
  log.cancel(log.state.programs.get('relief')?.revision?.entry ?? 0);
  log.epoch(log.state.time + 6 * HOUR_MS);
  return log;
}

test('an auditor finds nothing where a program was revised by the rules', () => {
  const report = audit(revised());
  expect([report.broken, report.refused]).toEqual([[], []]);
});

describe('an auditor finds what a wrong fold lets in', () => {
  test.each<[string, (log: LogBuilder) => string]>([
    ['before its notice', (log) => revisionAfter(log, other, { effectiveAt: log.state.time })],
    [
      'worse for some, as soon as what only helps',
      (log) => revisionAfter(log, { assurance: 'high' }, { effectiveAt: log.state.time + 3 * HOUR_MS }),
    ],
    ['of what may never change', (log) => revisionAfter(log, { budget: '10' })],
    ['compared with another version', (log) => revisionAfter(log, other, { replaces: 'o'.repeat(43) })],
    ['after the window', (log) => revisionAfter(log, other, { effectiveAt: log.state.time + DAY_MS })],
    [
      'beside another',
      (log) => {
        log.append(revisionAfter(log, { title: 'First' }));
        return revisionAfter(log, other);
      },
    ],
    [
      'after the intake',
      (log) => {
        log.epoch(log.state.time + DAY_MS);
        log.append(intake(log));
        return revisionAfter(log, other);
      },
    ],
    [
      'by the power to release',
      (log) => {
        const program = { ...inForce(log), ...other };
        const released = parseStatement(programAfter(log, program));
        const body = released.ok ? released.statement.body : expect.fail('it is one');
        return log.statement({ ...body, effectiveAt: log.state.time + DAY_MS / 2 });
      },
    ],
    [
      'of nothing',
      (log) => {
        const program = testProgram(log, { id: 'another' });
        const digest = bindingDigest(program);
        const effectiveAt = log.state.time + DAY_MS / 2;
        const parameters = { program: digest, replaces: digest, effectiveAt };
        const decided = log.decide('revise', [{ program: digest }], { parameters });
        return log.statement({ type: 'program', v: 1, decision: decided.digest, program, effectiveAt });
      },
    ],
    [
      'at once, without a time',
      (log) => {
        const parsed = parseStatement(revisionAfter(log, other));
        const { effectiveAt: _, ...body } = parsed.ok ? (parsed.statement.body as { effectiveAt?: number }) : {};
        return log.statement(body);
      },
    ],
  ])('a next version %s', (_name, entry) => {
    const log = buildRevisable();
    expect(brokenBy(log, entry(log))).toContain('revision');
  });

  test('an epoch with rules that nobody announced, and rules that were forgotten', () => {
    const log = revised();
    const auditor = createAuditor({
      fold: (state, parse, results) => {
        const applied = apply(state, parse, results);
        const record = state.programs.get('relief');
        if (state.tree.size === log.entries.length && record !== undefined) {
          const program = { ...record.program, budget: '2000' };
          state.programs.set('relief', { ...record, program, digest: bindingDigest(program), earlier: [] });
        }
        return applied;
      },
    });
    const state = createNetworkState();
    for (const entry of log.entries) {
      const parse = parseStatement(entry);
      auditor.note(auditor.apply(state, parse, statementChecks(state, parse).map(log.signatures.verify)));
    }
    const { broken } = auditor.report();
    expect(broken.map(({ rule, detail }) => `${rule}: ${detail}`)).toEqual([
      'revision: The rules of relief are none that were announced.',
      'revision: The rules of relief changed before their time.',
      'revision: The rules that relief had are forgotten.',
      'revision: The first rules of relief are forgotten.',
    ]);
  });
});
