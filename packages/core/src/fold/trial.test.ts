import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CREDENTIAL, caseRulebook, caseStep, EVIDENCE, testCaseRules } from '../../test/case-log.ts';
import {
  buildLog,
  civicParty,
  DAY_MS,
  foldEntries,
  foldEntry,
  LIST_URI,
  type LogBuilder,
  meaningOf,
  testRulebook,
} from '../../test/log-builder.ts';
import { createIdealSignatures } from '../../test/test-keys.ts';
import {
  buildProgram,
  distributorParty,
  draw,
  exceptionAfter,
  intake,
  programAfter,
  RETRY,
  revealed,
  SECRETS,
  seal,
  testOpenLottery,
  testProgram,
} from '../../test/test-program.ts';
import { testRecognition } from '../../test/two-networks.ts';
import { equalBytes } from '../encoding/bytes.ts';
import { BARRED_SUBJECTS } from '../rulebook/case-rules.ts';
import { packStatuses } from '../status/packed.ts';
import { createNetworkState, type NetworkState } from './state.ts';
import { parseStatement } from './statement.ts';
import { restorePoint } from './trial.ts';

type Act = (log: LogBuilder, index: number) => unknown;

/** One of every statement, good and refused ones: what is tried may be anything that somebody hands in. */
const ACTS: Readonly<Record<string, Act>> = {
  revoke: (log, index) => log.revoke([{ list: LIST_URI, index }]),
  suspend: (log, index) => log.suspend([{ list: LIST_URI, index }], log.state.time + DAY_MS),
  lift: (log, index) => log.lift([{ list: LIST_URI, index }]),
  'revoke beyond the list': (log) => log.revoke([{ list: LIST_URI, index: 2 ** 23 }]),
  'revoke in no list': (log, index) => log.revoke([{ list: 'https://nobody.example/1', index }]),
  'decide alone': (log) => log.decide('revoke', ['somebody'], { officers: ['officer-a'] }),
  'decide and do nothing': (log) => log.decide('revoke', ['somebody']),
  'accredit anew': (log, index) => log.accredit(civicParty(log.signatures, { name: `Civic ${index}` })),
  'accredit another': (log, index) => log.accredit(civicParty(log.signatures, { id: `https://${index}.example` })),
  'open a list': (log, index) => log.list({ list: `https://civic.example/lists/${index}` }),
  'revoke in a list just opened': (log) => {
    log.list({ list: 'https://civic.example/lists/new' });
    log.revoke([{ list: 'https://civic.example/lists/new', index: 1 }]);
  },
  'declare a key compromised': (log, index) => {
    log.suspend([{ list: LIST_URI, index: 9 }], log.state.time + DAY_MS);
    const party = civicParty(log.signatures);
    const keys = party.keys.map((key) => (key.use === 'credential' ? { ...key, compromised: 1 + index } : key));
    log.accredit({ ...party, keys });
  },
  amend: (log, index) => log.amend(testRulebook(log.signatures, { title: `${index}` }), log.state.time + 30 * DAY_MS),
  'release a program': (log, index) => {
    log.accredit(distributorParty(log.signatures));
    log.append(programAfter(log, testProgram(log, { id: index === 0 ? 'relief' : `relief-${index}` })));
  },
  'allow an act on a payment': (log, index) => {
    buildProgram(log, 'released');
    log.append(exceptionAfter(log, { ...RETRY, attempt: index }));
  },
  'recognise a network': (log, index) => {
    log.recognise(testRecognition({ until: log.state.time + (index + 1) * DAY_MS }));
  },
  'open a case': (log, index) => openCase(log, index),
  'hold a credential in a case': (log, index) => {
    openCase(log, index);
    log.append(caseStep(log, `case-${index}`, { act: 'hold', target: CREDENTIAL }, ['officer-a']));
  },
  'report an incident': (log, index) => {
    const report = { report: 'preliminary', class: 'residence-ended', digest: EVIDENCE };
    log.append(log.statement({ type: 'incident', v: 1, incident: `i-${index}`, ...report }));
  },
  'lift what others suspended': (log, index) => {
    const one = [{ list: LIST_URI, index }];
    log.suspend(one, log.state.time + DAY_MS, { officers: ['officer-a'] });
    log.lift(one, { officers: ['officer-e', 'officer-f'] });
  },
  supersede: (log, index) => log.supersede([index, index + 10]),
  'revoke too late': (log, index) =>
    log.revoke([{ list: LIST_URI, index }], { received: log.state.time - 2 * DAY_MS, class: 'founding' }),
  critical: (log, index) => log.append(log.statement({ type: 'novelty', v: 1, critical: [`subject ${index}`, '*'] })),
  unknown: (log) => log.append(log.statement({ type: 'novelty', v: 1 })),
  nonsense: (log) => log.append('nonsense'),
  'a genesis again': (log) => log.append(log.statement({ type: 'rulebook', v: 1, body: log.rulebook })),
  'repeat the last': (log) => log.append(log.entries.at(-1) ?? ''),
};

function openCase(log: LogBuilder, index: number): void {
  const asked = { about: 'credential', class: 'residence-ended', remedy: 'revoke', evidence: EVIDENCE };
  const step = { act: 'open', ...asked, subject: `${index}`.padEnd(43, 's') };
  log.append(log.statement({ type: 'case', v: 1, case: `case-${index}`, step }));
}

/** A founded log whose rules know cases: what follows from officers contradicting each other is taken back as well. */
function buildFounded(): LogBuilder {
  const signatures = createIdealSignatures();
  return buildLog({
    signatures,
    rulebook: caseRulebook(signatures, { cases: testCaseRules({ barsDecidersOf: [...BARRED_SUBJECTS] }) }),
  });
}

function everythingOf(state: NetworkState): unknown {
  for (const { values, packed, bits } of state.lists.values()) {
    if (packed !== undefined) expect(equalBytes(packed, packStatuses(values, bits))).toBe(true);
  }
  const digests = [...state.lists.values()].map(({ id, digest }) => [id, digest]);
  return structuredClone([
    meaningOf(state),
    [...state.docket.touched],
    state.tree,
    state.decidedTree,
    [...state.refused].sort(),
    digests,
  ]);
}

describe('restorePoint', () => {
  it('takes back whatever was tried, and leaves the state ready for the same again', () => {
    const plan = fc.array(fc.tuple(fc.constantFrom(...Object.keys(ACTS)), fc.nat({ max: 3 })), { maxLength: 6 });
    fc.assert(
      fc.property(plan, plan, (before, tried) => {
        const log = buildFounded();
        for (const [name, index] of before) ACTS[name]?.(log, index);
        const state = foldEntries(log.entries, log.signatures);
        const from = log.entries.length;
        for (const [name, index] of tried) ACTS[name]?.(log, index);
        const entries = log.entries.slice(from);
        const untouched = everythingOf(state);
        const restore = restorePoint(state, entries.map(parseStatement));
        for (const entry of entries) foldEntry(state, entry, log.signatures);
        restore();
        expect(everythingOf(state)).toEqual(untouched);
        for (const entry of entries) foldEntry(state, entry, log.signatures);
        expect(meaningOf(state)).toEqual(meaningOf(log.state));
      }),
      { numRuns: 150 },
    );
  });

  it.each(Object.entries(ACTS))('takes back: %s', (_, act) => {
    const log = buildFounded();
    const state = foldEntries(log.entries, log.signatures);
    const from = log.entries.length;
    act(log, 1);
    const entries = log.entries.slice(from);
    const untouched = everythingOf(state);
    const restore = restorePoint(state, entries.map(parseStatement));
    for (const entry of entries) foldEntry(state, entry, log.signatures);
    expect(everythingOf(state)).not.toEqual(untouched);
    restore();
    expect(everythingOf(state)).toEqual(untouched);
  });

  it.each([
    ['an intake', 'closed', intake],
    ['a seal', 'judged', seal],
    ['a draw', 'drawable', draw],
  ] as const)('takes back %s', (_, until, step) => {
    const log = buildLog();
    buildProgram(log, until);
    const untouched = everythingOf(log.state);
    const entry = step(log);
    const restore = restorePoint(log.state, [parseStatement(entry)]);
    expect(foldEntry(log.state, entry, log.signatures).ok).toBe(true);
    restore();
    expect(everythingOf(log.state)).toEqual(untouched);
  });

  it('takes back a secret', () => {
    const log = buildLog();
    buildProgram(log, 'drawable', testOpenLottery);
    const untouched = everythingOf(log.state);
    const entry = revealed(log, 'north', 0, SECRETS[0]);
    const restore = restorePoint(log.state, [parseStatement(entry)]);
    expect(foldEntry(log.state, entry, log.signatures).ok).toBe(true);
    expect(everythingOf(log.state)).not.toEqual(untouched);
    restore();
    expect(everythingOf(log.state)).toEqual(untouched);
  });

  it('takes back a whole founding: genesis, its officers and what they decided', () => {
    const log = buildLog({ until: 'genesis' });
    log.accredit(civicParty(log.signatures));
    const state = createNetworkState();
    const untouched = everythingOf(state);
    const restore = restorePoint(state, log.entries.map(parseStatement));
    for (const entry of log.entries) foldEntry(state, entry, log.signatures);
    expect(state.parties.size).toBeGreaterThan(3);
    restore();
    expect(everythingOf(state)).toEqual(untouched);
  });

  it('forgets a refused epoch, and will not take an accepted one back', () => {
    const log = buildLog();
    const state = foldEntries(log.entries, log.signatures);
    const untouched = everythingOf(state);
    log.epoch();
    const good = log.entries.at(-1) ?? '';
    const wrong = log.entries.at(-2) ?? '';
    const restore = restorePoint(state, [wrong].map(parseStatement));
    foldEntry(state, wrong, log.signatures);
    restore();
    expect(everythingOf(state)).toEqual(untouched);
    const impossible = restorePoint(state, [good].map(parseStatement));
    foldEntry(state, good, log.signatures);
    expect(impossible).toThrow('broken invariant');
  });
});
