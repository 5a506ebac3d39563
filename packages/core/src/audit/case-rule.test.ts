import { describe, expect, test } from 'vitest';
import { audit, brokenBy } from '../../test/audited-log.ts';
import { buildCaseLog, type CaseLog, CREDENTIAL, EVIDENCE, REASONS } from '../../test/case-log.ts';
import { buildLog, civicParty, DAY_MS, type LogBuilder } from '../../test/log-builder.ts';
import { setCase } from '../fold/docket.ts';
import { createEpoch } from '../fold/fold.ts';
import { parseStatement } from '../fold/statement.ts';
import { caseRule } from './case-rule.ts';

const UPHELD = { act: 'find', upheld: true, target: CREDENTIAL, reasons: REASONS } as const;

function inReview(): CaseLog {
  const log = buildCaseLog();
  log.open('c');
  log.step('c', { act: 'triage', admit: true }, ['registrar-a']);
  log.step('c', { act: 'advance' }, ['registrar-b']);
  log.step('c', { act: 'answer', evidence: EVIDENCE }, ['civic statement']);
  log.epoch();
  return log;
}

describe('an audit of cases', () => {
  test('finds nothing in one that everybody attended to, and tells every deadline that somebody let pass', () => {
    const log = inReview();
    log.step('c', UPHELD, [log.find('c').asked?.[0] ?? '']);
    log.pass(11 * DAY_MS);
    log.open('silent');
    log.pass(40 * DAY_MS);
    expect(audit(log).broken).toEqual([]);
    const { signs } = audit(log, { rules: [caseRule] });
    expect(signs.map(({ detail }) => detail.replace(/due at \d+/, 'due'))).toEqual([
      'Case silent: what was due (filed) was not done.',
      'Case silent: what was due (triaged) was not done.',
      'Case silent: what was due (review) was not done.',
      'Case silent: what was due (review) was not done.',
    ]);
    expect(signs[0]?.who).toBe('registrar');
  });

  test.each<[string, (log: CaseLog) => string]>([
    ['a finding by the one who triaged', (log) => log.stepText('c', UPHELD, ['registrar-a'])],
    ['a finding by a judge who was not asked', (log) => log.stepText('c', UPHELD, [otherJudge(log)])],
    ['a finding by nobody', (log) => log.stepText('c', UPHELD, ['governor'])],
    ['a step that comes too late', (log) => log.stepText('c', { act: 'triage', admit: true }, ['registrar-b'])],
    ['an appeal against what is not found', (log) => log.stepText('c', { act: 'appeal', evidence: EVIDENCE })],
    [
      'a second case about the same',
      (log) => {
        log.open('d', { subject: log.find('c').subject });
        return log.entries.pop() ?? '';
      },
    ],
  ])('says so of %s, whatever the fold makes of it', (_, entry) => {
    const log = inReview();
    expect(brokenBy(log, entry(log))).toContain('case');
  });

  test('says so of a clock that stood still, and of a finding that nobody carried out', () => {
    const log = inReview();
    const parse = parseStatement(log.statement(createEpoch(log.state, log.state.time + 8 * DAY_MS), 'network'));
    if (!parse.ok) throw new Error('an epoch parses');
    const entry = {
      index: 0,
      statement: parse.statement,
      results: [true],
      decisions: new Map(),
      openingsOf: () => undefined,
    };
    const judge = caseRule.look(entry, log.state);
    // A fold that leaves the case as it was, and lets another end without its effect.
    const record = log.find('c');
    setCase(log.state.docket, {
      ...record,
      ...{ id: 'e', subject: 'e'.repeat(43), stage: 'final', target: CREDENTIAL },
      finding: { upheld: true, by: 'officers', at: 0 },
    });
    log.state.docket.touched.clear();
    const due = { ...record, dueAt: log.state.time };
    setCase(log.state.docket, due);
    const details = judge?.({ ok: true, index: 0 }, log.state).map(({ detail }) => detail.replace(/\d{6,}/, 'T'));
    expect(details).toContain('The case c is still review, which ended at T.');
    expect(details).toContain(`Case e was upheld for good, and ${CREDENTIAL.list} 7 is not revoked.`);
  });
});

function otherJudge(log: CaseLog): string {
  const asked = log.find('c').asked ?? [];
  return ['judge-a', 'judge-b'].find((judge) => !asked.includes(judge)) ?? '';
}

describe('an audit of changes of parties', () => {
  const stolen = (log: LogBuilder) => {
    const party = civicParty(log.signatures);
    return { ...party, keys: party.keys.map((key) => (key.use === 'credential' ? { ...key, compromised: 1 } : key)) };
  };

  test('finds the lists of a stolen key filled, and nothing amiss', () => {
    const log = buildLog();
    log.accredit(stolen(log));
    log.epoch();
    expect(audit(log).broken).toEqual([]);
  });

  test('says so when a stolen key is trusted again', () => {
    const log = buildLog();
    log.accredit(stolen(log));
    log.epoch();
    log.accredit(civicParty(log.signatures, { name: 'As before' }));
    const entry = log.entries.pop() ?? '';
    expect(brokenBy(log, entry)).toContain('party');
  });
});
