import { describe, expect, test } from 'vitest';
import {
  buildCaseLog,
  type CaseLog,
  CREDENTIAL,
  EVIDENCE,
  HOUR_MS,
  REASONS,
  testCaseRules,
} from '../../test/case-log.ts';
import { buildLog, civicParty, DAY_MS, foldEntries, LIST_URI, meaningOf } from '../../test/log-builder.ts';
import { isOpen, latestEnd, ownerOfCase } from '../cases/case-record.ts';
import { bindingDigest } from '../governance/decision.ts';
import { officersBarred, officersWhoMay } from './cases.ts';

const UPHELD = { act: 'find', upheld: true, target: CREDENTIAL, reasons: REASONS } as const;
const DISMISSED = { act: 'find', upheld: false, reasons: REASONS } as const;

/** The one drawn to review. */
function judge(log: CaseLog, id: string): string {
  return log.find(id).asked?.[0] ?? 'nobody';
}

/** A case on its way to the reviewers: triaged by one registrar, gone on, answered. */
function inReview(changes: Parameters<CaseLog['open']>[1] = {}): CaseLog {
  const log = buildCaseLog();
  log.open('c', changes);
  const [first, second] = log.find('c').role === 'registrar' ? ['registrar-a', 'registrar-b'] : ['steward', 'steward'];
  log.step('c', { act: 'triage', admit: true }, [first]);
  log.step('c', { act: 'advance' }, [second]);
  if (log.find('c').stage === 'answer') log.step('c', { act: 'answer', evidence: EVIDENCE }, ['civic statement']);
  log.epoch();
  return log;
}

describe('a case that everybody attends to', () => {
  test('goes from filing to a final revocation, each step owned by somebody else', () => {
    const log = inReview();
    expect(log.find('c')).toMatchObject({ stage: 'review', vouched: true, acts: 4 });
    const reviewer = judge(log, 'c');
    expect(log.step('c', UPHELD, [reviewer])).toMatchObject({ ok: true });
    log.epoch();
    expect(log.find('c')).toMatchObject({ stage: 'decided', finding: { upheld: true, by: 'officers' } });
    // Found to be revoked: suspended until nobody can appeal any more.
    expect(log.value()).toBe(2);
    log.pass(10 * DAY_MS);
    expect(log.find('c').stage).toBe('final');
    expect(log.value()).toBe(1);
    expect(log.state.docket.incidents.size).toBe(0);
  });

  test('is reversed by the panel, and nothing of it remains', () => {
    const log = inReview();
    log.step('c', UPHELD, [judge(log, 'c')]);
    log.epoch();
    expect(log.value()).toBe(2);
    log.step('c', { act: 'appeal', evidence: EVIDENCE });
    const panel = ['panel-a', 'panel-b'].filter((officer) => officer !== judge(log, 'c'));
    if (panel.length < 2) return;
    log.step('c', DISMISSED, panel);
    log.epoch();
    expect(log.find('c')).toMatchObject({ stage: 'final', finding: { upheld: false } });
    expect(log.value()).toBe(0);
    expect(log.state.changes.size).toBe(0);
  });

  test('is folded by everybody to the same', () => {
    const log = inReview();
    log.step('c', UPHELD, [judge(log, 'c')]);
    log.pass(11 * DAY_MS);
    const state = foldEntries(log.entries, log.signatures);
    expect(meaningOf(state)).toEqual(meaningOf(log.state));
    expect(state.docket.cases).toEqual(log.state.docket.cases);
    expect(state.refused.size).toBe(0);
  });
});

describe('silence', () => {
  test('of everybody ends every case: nobody had to do anything, and nothing was taken from anybody', () => {
    const log = buildCaseLog();
    log.open('c');
    const latest = latestEnd(log.find('c'));
    log.pass(80 * DAY_MS);
    const { stage, since, finding } = log.find('c');
    expect({ stage, finding }).toMatchObject({ stage: 'final', finding: { upheld: false, by: 'silence' } });
    expect(since).toBeLessThanOrEqual(latest);
    expect(log.value()).toBe(0);
    const stages = [...log.state.docket.incidents.values()].map((incident) => incident.stage);
    expect(stages).toEqual(['filed', 'triaged', 'review', 'review']);
  });

  test('after an officer has vouched for an urgent one suspends, and then revokes, with no message from anybody', () => {
    const log = buildCaseLog();
    log.open('c', { class: 'key-compromise' });
    log.step('c', { act: 'triage', admit: true, target: CREDENTIAL }, ['registrar-a']);
    log.pass(DAY_MS);
    expect(log.find('c')).toMatchObject({ stage: 'decided', finding: { upheld: true, by: 'silence' } });
    expect(log.value()).toBe(2);
    log.pass(10 * DAY_MS);
    expect(log.value()).toBe(1);
  });

  test('before anybody has vouched takes nothing from anybody, whatever the class says', () => {
    const log = buildCaseLog();
    log.open('c', { class: 'key-compromise' });
    log.pass(2 * DAY_MS);
    expect(log.find('c').stage).toBe('review');
    expect(log.value()).toBe(0);
  });

  test('of one reviewer passes it to another, by name', () => {
    const log = inReview();
    const first = judge(log, 'c');
    log.pass(7 * DAY_MS);
    expect(judge(log, 'c')).not.toBe(first);
    expect(log.step('c', DISMISSED, [first])).toMatchObject({ ok: false, why: 'case-officer' });
  });
});

describe('a hold', () => {
  const held = () => {
    const log = buildCaseLog();
    log.open('c');
    log.step('c', { act: 'hold', target: CREDENTIAL }, ['officer-a']);
    log.epoch();
    return log;
  };

  test('suspends at once, and ends by itself in status quo, on record', () => {
    const log = held();
    expect(log.value()).toBe(2);
    log.pass(13 * DAY_MS);
    expect(log.value()).toBe(2);
    log.pass(2 * DAY_MS);
    expect(log.value()).toBe(0);
    expect([...log.state.docket.incidents.values()].map(({ stage }) => stage)).toContain('hold');
  });

  test('happens once: a second one takes those who judge', () => {
    const log = held();
    log.pass(15 * DAY_MS);
    const again = log.step('c', { act: 'hold', target: CREDENTIAL }, ['officer-a']);
    expect(again).toMatchObject({ ok: false, why: 'case-hold' });
  });

  test('outlives a suspension that officers decided on, and that outlives the hold', () => {
    const log = held();
    log.suspend([{ list: LIST_URI, index: 7 }], log.state.time + DAY_MS, { officers: ['officer-b'] });
    log.pass(2 * DAY_MS);
    expect(log.value()).toBe(2);
    log.suspend([{ list: LIST_URI, index: 7 }], log.state.time + 14 * DAY_MS, { officers: ['officer-b'] });
    log.pass(13 * DAY_MS);
    expect(log.find('c').hold).toBeUndefined();
    expect(log.value()).toBe(2);
    log.pass(2 * DAY_MS);
    expect(log.value()).toBe(0);
  });

  test('lifted by others stays, and the case goes to those who judge', () => {
    const log = held();
    expect(log.lift([{ list: LIST_URI, index: 7 }], { officers: ['officer-e', 'officer-f'] }).carried.ok).toBe(true);
    log.epoch();
    expect(log.value()).toBe(2);
    expect(log.find('c')).toMatchObject({ stage: 'review', escalated: true });
  });

  test('lifted by those who set it ends', () => {
    const log = held();
    log.lift([{ list: LIST_URI, index: 7 }], { officers: ['officer-a', 'officer-f'] });
    log.epoch();
    expect(log.value()).toBe(0);
    expect(log.find('c').escalated).toBeUndefined();
  });
});

describe('officers who contradict each other without a case', () => {
  const suspended = () => {
    const log = buildCaseLog();
    log.suspend([{ list: LIST_URI, index: 7 }], log.state.time + 14 * DAY_MS, { officers: ['officer-a'] });
    log.epoch();
    return log;
  };
  const lift = (log: CaseLog, officers: readonly string[]) => {
    log.lift([{ list: LIST_URI, index: 7 }], { officers });
    log.epoch();
    return [...log.state.docket.cases.values()];
  };

  test('open a case by doing so: the more protective stands until somebody else has found', () => {
    const log = suspended();
    const [record] = lift(log, ['officer-e', 'officer-f']);
    expect(log.value()).toBe(2);
    expect(record).toMatchObject({
      stage: 'review',
      remedy: 'lift',
      conflicted: ['officer-a', 'officer-e', 'officer-f'],
    });
    const id = record?.id ?? '';
    expect(log.step(id, { act: 'find', upheld: true, reasons: REASONS }, [judge(log, id)])).toMatchObject({ ok: true });
    log.pass(10 * DAY_MS);
    expect(log.value()).toBe(0);
  });

  test('do not by lifting what they suspended themselves, or much later', () => {
    expect(lift(suspended(), ['officer-a', 'officer-f'])).toEqual([]);
    const log = suspended();
    log.pass(2 * DAY_MS);
    expect(lift(log, ['officer-e', 'officer-f'])).toEqual([]);
    expect(log.value()).toBe(0);
  });
});

describe('nobody judges their own act', () => {
  test('those who took the decision complained about take no part', () => {
    const log = buildCaseLog();
    const { decision } = log.revoke([{ list: LIST_URI, index: 9 }], { officers: ['officer-a', 'officer-b'] });
    log.epoch();
    log.open('c', { remedy: 'reinstate', against: decision.index });
    expect(log.find('c').conflicted).toEqual(['officer-a', 'officer-b']);
    expect(officersBarred(log.state, log.find('c'))).toEqual([
      { officer: 'officer-a', why: 'concerned' },
      { officer: 'officer-b', why: 'concerned' },
      { officer: 'judge-c', why: 'house' },
    ]);
    const hold = log.step('c', { act: 'hold', target: CREDENTIAL }, ['officer-a']);
    expect(hold).toMatchObject({ ok: false, why: 'case-officer' });
  });

  test('a complaint about everybody who would own it is with the steward from the first moment', () => {
    const log = buildCaseLog({ cases: testCaseRules({ owners: [{ role: 'revoker' }] }) });
    const deciders = ['officer-a', 'officer-b', 'officer-e', 'officer-f'];
    const { decision } = log.revoke([{ list: LIST_URI, index: 9 }], { officers: deciders });
    const some = log.revoke([{ list: LIST_URI, index: 10 }], { officers: ['officer-a', 'officer-b'] });
    log.epoch();
    log.open('c', { remedy: 'reinstate', against: decision.index });
    log.open('d', { remedy: 'reinstate', against: some.decision.index });
    expect([log.find('c').role, log.find('d').role]).toEqual(['steward', 'revoker']);
  });

  test('those who decided what the target stands under are out, though nobody who filed it knew', () => {
    const everybody = ['officer-a', 'officer-b', 'officer-e', 'officer-f'];
    const judging = (barsDeciders?: true) => {
      const cases = testCaseRules({
        owners: [{ role: 'revoker' }],
        ...(barsDeciders === undefined ? {} : { barsDeciders }),
      });
      const log = buildCaseLog({ cases });
      log.revoke([CREDENTIAL], { officers: ['officer-a', 'officer-b'] });
      log.epoch();
      log.open('c', { remedy: 'reinstate' });
      expect(log.find('c')).toMatchObject({ conflicted: [], role: 'revoker' });
      const may = officersWhoMay(log.state, log.find('c'), { act: 'triage', target: CREDENTIAL } as never);
      const own = log.step('c', { act: 'triage', admit: true, target: CREDENTIAL }, ['officer-a']);
      const named = { act: 'triage', target: CREDENTIAL } as never;
      const barred = officersBarred(log.state, log.find('c'), named).filter(({ why }) => why === 'concerned');
      return { log, may: may.sort(), own, barred: barred.map(({ officer }) => officer) };
    };
    const before = judging();
    expect([before.may, before.own.ok]).toEqual([everybody, true]);
    const { log, may, own, barred } = judging(true);
    expect([before.barred, barred]).toEqual([[], ['officer-a', 'officer-b']]);
    expect(may).toEqual(['officer-e', 'officer-f']);
    expect(own).toMatchObject({ ok: false, why: 'case-officer' });
    expect(log.find('c').conflicted).toEqual([]);
    expect(log.step('c', { act: 'triage', admit: true, target: CREDENTIAL }, ['officer-e'])).toMatchObject({
      ok: true,
    });
    expect(log.find('c').conflicted).toEqual(['officer-a', 'officer-b']);
    expect(meaningOf(foldEntries(log.entries, log.signatures))).toEqual(meaningOf(log.state));
  });

  test('nobody of the house complained about is drawn or counts', () => {
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) {
      const log = buildCaseLog();
      log.open(id);
      log.pass(30 * DAY_MS);
      expect(log.find(id).drawn).not.toContain('judge-c');
      expect(log.find(id).drawn).toHaveLength(2);
    }
  });

  test('where nobody is left to be drawn the steward has it', () => {
    const log = buildCaseLog();
    for (const officer of ['judge-a', 'judge-b', 'panel-b']) {
      const party = log.state.parties.get(officer);
      if (party !== undefined) log.accredit({ ...party, keys: [] });
    }
    log.open('c');
    log.pass(DAY_MS + 5 * DAY_MS + 10 * DAY_MS);
    const record = log.find('c');
    expect(record).toMatchObject({ stage: 'review', asked: [] });
    expect(ownerOfCase(record)).toEqual({ roles: ['steward'] });
    expect(log.step('c', DISMISSED, ['judge-c'])).toMatchObject({ ok: false, why: 'case-officer' });
    expect(log.step('c', DISMISSED, ['steward'])).toMatchObject({ ok: true });
  });
});

describe('time', () => {
  test('that the network was away is given back, with a grace', () => {
    const log = buildCaseLog();
    log.open('c');
    const { dueAt } = log.find('c');
    const away = 30 * HOUR_MS;
    log.epoch(log.state.time + away);
    expect(log.find('c')).toMatchObject({ stage: 'filed', dueAt: dueAt + away + DAY_MS });
  });

  test('of an epoch that is refused changes nothing', () => {
    const log = buildCaseLog();
    log.open('c', { class: 'key-compromise' });
    log.step('c', { act: 'hold', target: CREDENTIAL }, ['officer-a']);
    const before = meaningOf(log.state);
    const cases = new Map(log.state.docket.cases);
    const wrong = {
      ...JSON.parse('{}'),
      type: 'epoch',
      v: 1,
      size: log.state.tree.size,
      time: log.state.time + 60 * DAY_MS,
    };
    const none = 'x'.repeat(43);
    const sections = Object.fromEntries(
      [
        'cases',
        'critical',
        'decisions',
        'exceptions',
        'incidents',
        'lists',
        'parties',
        'programs',
        'recognitions',
        'rulebook',
        'suspensions',
      ].map((section) => [section, none]),
    );
    expect(log.append(log.statement({ ...wrong, sections }, 'network'))).toMatchObject({ why: 'epoch-sections' });
    expect(meaningOf(log.state)).toEqual(before);
    expect(log.state.docket.cases).toEqual(cases);
    expect(log.state.docket.incidents.size).toBe(0);
    expect([...log.state.docket.touched]).toEqual(['c']);
  });

  test('after its end a case leaves the state, and the log still has it', () => {
    const log = buildCaseLog();
    log.open('c');
    log.step('c', { act: 'withdraw' });
    log.epoch();
    expect(isOpen(log.find('c'))).toBe(false);
    for (let day = 0; day < 93; day += 1) log.epoch(log.state.time + DAY_MS);
    expect(log.state.docket.cases.size).toBe(0);
  });
});

test('rules of tomorrow change nothing of a case of today', () => {
  const log = buildCaseLog();
  log.open('c');
  const { cases, ...rules } = log.rulebook;
  log.amend(rules, log.state.time + 7 * DAY_MS);
  log.pass(8 * DAY_MS);
  expect(log.state.rulebook?.body.cases).toBeUndefined();
  expect(log.find('c')).toMatchObject({ stage: 'answer', rulebook: 0, terms: { steward: cases?.steward } });
  expect(log.open('d')).toMatchObject({ ok: false, why: 'case-rules' });
});

test('an accreditation that a case takes away ends at that epoch', () => {
  const log = inReview({ about: 'issuer', remedy: 'withdraw' });
  const target = { of: 'issuer', party: 'https://civic.example' } as const;
  log.step('c', { act: 'find', upheld: true, target, reasons: REASONS }, [judge(log, 'c')]);
  log.pass(10 * DAY_MS);
  const [accreditation] = log.state.parties.get('https://civic.example')?.accreditations ?? [];
  expect(accreditation?.until).toBe(log.state.time);
});

test('who was revoked wrongly may be given another credential, and the old one stays revoked', () => {
  const log = buildCaseLog();
  log.revoke([{ list: LIST_URI, index: 7 }], { officers: ['officer-a', 'officer-b'] });
  log.epoch();
  log.open('c', { remedy: 'reinstate', against: log.entries.length - 3 });
  log.pass(17 * DAY_MS);
  log.step('c', UPHELD, [judge(log, 'c')]);
  log.pass(10 * DAY_MS);
  expect(log.find('c').stage).toBe('final');
  expect(log.value()).toBe(1);
  expect([...log.state.exceptions]).toEqual([
    [bindingDigest(CREDENTIAL), { kind: 'reinstatement', entry: expect.any(Number) }],
  ]);
});

test.each([
  ['release', {}],
  ['return', { power: 'return' }],
] as const)('a payment that is found to be due for %s may be made once, and for nothing else', (remedy, power) => {
  const log = inReview({ about: 'payment', remedy });
  const target = { of: 'payment', program: 'relief', digest: EVIDENCE } as const;
  log.step('c', { act: 'find', upheld: true, target, reasons: REASONS }, [judge(log, 'c')]);
  expect(log.state.exceptions.size).toBe(0);
  log.pass(10 * DAY_MS);
  const made = { kind: 'payment', program: 'relief', entry: expect.any(Number), ...power };
  expect([...log.state.exceptions]).toEqual([[EVIDENCE, made]]);
});

test('a program whose rules were found unfair is ordered to change them, and what it owes is on record', () => {
  const log = inReview({ about: 'program', remedy: 'revise' });
  const target = { of: 'program', program: 'relief' } as const;
  log.step('c', { act: 'find', upheld: true, target, reasons: REASONS }, [judge(log, 'c')]);
  log.pass(10 * DAY_MS);
  expect(log.state.docket.incidents.get('c order')).toMatchObject({ case: 'c', stage: 'decided' });
});

test('a network without rules for cases has none', () => {
  const log = buildLog();
  const text = buildCaseLog().stepText('c', { act: 'withdraw' });
  log.append(text);
  log.revoke([{ list: LIST_URI, index: 1 }]);
  log.epoch();
  expect(log.state.docket.cases.size + log.state.docket.deciders.size).toBe(0);
  expect(civicParty(log.signatures).id).toBe('https://civic.example');
});
