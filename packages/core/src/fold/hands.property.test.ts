import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildCaseLog, type CaseLog, testCaseRules } from '../../test/case-log.ts';
import { civicParty, DAY_MS, foldEntries, meaningOf } from '../../test/log-builder.ts';
import { buildProgram, exceptionAfter, ORGANISER, programAfter, RETRY, testProgram } from '../../test/test-program.ts';
import type { CaseTarget } from '../cases/act.ts';
import { bindingDigest } from '../governance/decision.ts';
import { BARRED_SUBJECTS, type BarredSubject, type CaseRules } from '../rulebook/case-rules.ts';
import { officersWhoMay } from './cases.ts';
import { encodeSnapshot, parseSnapshot } from './snapshot.ts';

const HARBOUR = 'https://harbour.example';
const REVOKERS = ['officer-a', 'officer-b', 'officer-e', 'officer-f'];

const SUBJECTS: Readonly<
  Record<
    BarredSubject,
    { readonly remedy: 'withdraw' | 'revise' | 'release'; readonly house: string; readonly target: CaseTarget }
  >
> = {
  issuer: { remedy: 'withdraw', house: HARBOUR, target: { of: 'issuer', party: HARBOUR } },
  program: { remedy: 'revise', house: ORGANISER, target: { of: 'program', program: 'relief' } },
  payment: {
    remedy: 'release',
    house: ORGANISER,
    target: { of: 'payment', program: 'relief', digest: bindingDigest(RETRY) },
  },
};

function start(changes: Partial<CaseRules>): CaseLog {
  const log = buildCaseLog({ cases: testCaseRules({ owners: [{ role: 'revoker' }], ...changes }) });
  buildProgram(log, 'accredited');
  return log;
}

/** Decides on each subject, all of them by these officers. */
function decideAll(log: CaseLog, officers: readonly string[]): void {
  log.accredit(civicParty(log.signatures, { id: HARBOUR }), { officers });
  log.append(programAfter(log, testProgram(log), { officers }));
  log.append(exceptionAfter(log, RETRY, { officers }));
  log.epoch();
}

function openAbout(log: CaseLog, about: BarredSubject): string[] {
  const { remedy, target } = SUBJECTS[about];
  expect(log.open(about, { about, remedy, respondent: 'holder' }).ok).toBe(true);
  return officersWhoMay(log.state, log.find(about), { act: 'triage', target } as never).sort();
}

test('whoever decided on it, and whoever is of the house whose it is, has no part in a case about it, and everybody else has', () => {
  const some = fc.subarray(REVOKERS, { minLength: 2 });
  const housed = fc.option(fc.constantFrom(...REVOKERS), { nil: undefined });
  fc.assert(
    fc.property(fc.constantFrom(...BARRED_SUBJECTS), some, housed, (about, deciders, own) => {
      const log = start({ barsDecidersOf: [about] });
      decideAll(log, deciders);
      const { house, target } = SUBJECTS[about];
      const party = log.state.parties.get(own ?? '');
      if (party !== undefined) log.accredit({ ...party, of: house });
      log.epoch();
      const may = openAbout(log, about);
      expect(may).toEqual(REVOKERS.filter((officer) => !deciders.includes(officer) && officer !== own));
      for (const officer of REVOKERS) {
        const done = log.step(about, { act: 'triage', admit: true, target }, [officer]);
        expect(done.ok, officer).toBe(may.includes(officer));
        if (done.ok) break;
      }
      log.epoch();
      expect(meaningOf(foldEntries(log.entries, log.signatures))).toEqual(meaningOf(log.state));
      const epoch = log.entries.at(-1) ?? '';
      const kept = parseSnapshot(encodeSnapshot(log.state, { epoch, checkpoint: '' }) ?? new Uint8Array());
      expect(kept.state.docket.hands).toEqual(log.state.docket.hands);
    }),
    { numRuns: 20 },
  );
});

test('a rulebook that does not say so keeps nobody out of these, and nothing is noted under it', () => {
  for (const changes of [{}, { barsDeciders: true as const }]) {
    const log = start(changes);
    decideAll(log, ['officer-a', 'officer-b']);
    for (const about of BARRED_SUBJECTS) expect(openAbout(log, about)).toEqual(REVOKERS);
    expect(log.state.docket.hands.size).toBe(0);
  }
});

test('the house of a credential is its issuer, from the step on that names it, also for officers who join it later', () => {
  const log = start({ barsDecidersOf: ['program'] });
  const target = { of: 'credential', list: 'https://civic.example/lists/1', index: 7 } as const;
  log.open('c', { respondent: 'holder' });
  expect(log.step('c', { act: 'triage', admit: true, target }, ['officer-a']).ok).toBe(true);
  expect(log.find('c')).toMatchObject({ house: 'https://civic.example', conflicted: [] });
  const party = log.state.parties.get('officer-b') ?? expect.fail('enrolled');
  log.accredit({ ...party, of: 'https://civic.example' });
  expect(officersWhoMay(log.state, log.find('c'), { act: 'advance' })).toEqual(['officer-a', 'officer-e', 'officer-f']);
});

test('who had a hand in something is forgotten with who took old decisions', () => {
  const log = start({ barsDecidersOf: [...BARRED_SUBJECTS] });
  decideAll(log, ['officer-a', 'officer-b']);
  expect(log.state.docket.hands.size).toBeGreaterThan(2);
  log.epoch(log.state.time + 91 * DAY_MS);
  log.accredit(civicParty(log.signatures, { id: HARBOUR, name: 'Harbour' }), { officers: ['officer-e', 'officer-f'] });
  log.epoch(log.state.time + 2 * DAY_MS);
  expect([...log.state.docket.hands.keys()]).toEqual([`issuer ${HARBOUR}`]);
  expect(log.state.docket.hands.get(`issuer ${HARBOUR}`)?.map(([officer]) => officer)).toEqual([
    'officer-e',
    'officer-f',
  ]);
});
