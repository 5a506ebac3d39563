import { describe, expect, test } from 'vitest';
import {
  buildCaseLog,
  type CaseLog,
  CREDENTIAL,
  caseStep,
  EVIDENCE,
  REASONS,
  type StepInput,
  testCaseRules,
} from '../../test/case-log.ts';
import {
  buildLog,
  civicParty,
  DAY_MS,
  LIST_URI,
  type LogBuilder,
  meaningOf,
  START_MS,
} from '../../test/log-builder.ts';
import { NEW_ORIGIN, type SuccessionChanges, succeedLog } from '../../test/succession.ts';
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
  SOUTH_SECRETS,
  seal,
  testLottery,
  testOpenLottery,
  testProgram,
} from '../../test/test-program.ts';
import { buildRevisable, revisionAfter } from '../../test/test-revision.ts';
import { testRecognition } from '../../test/two-networks.ts';
import { bindingDigest, decisionDigest } from '../governance/decision.ts';
import { MAX_RECOGNITIONS } from '../trust/recognition.ts';
import { apply, createEpoch } from './fold.ts';
import { MAX_PROGRAM_VERSIONS } from './revisions.ts';
import type { Refusal } from './state.ts';
import { parseStatement } from './statement.ts';

const one = [{ list: LIST_URI, index: 7 }];
const RESIDENCE = { action: 'issue', type: 'residence', assurance: 'high', from: 0 } as const;
const revoked = { list: LIST_URI, index: 7, value: 1 as const };

/** How each refusal is reached: `before` prepares a founded log, `entry` is what must be refused. */
type Reach = {
  /** A log of its own, instead of the founded one. */
  readonly log?: () => LogBuilder;
  readonly start?: 'empty' | 'genesis' | 'succeeding';
  readonly before?: (log: LogBuilder) => void;
  readonly entry: (log: LogBuilder) => string;
};

function decide(log: LogBuilder, ...args: Parameters<LogBuilder['terms']>): string {
  return log.decision(log.terms(...args), ['officer-a', 'officer-b']);
}

/** The statement that carries out `power` over `targets`, after its decision was appended with `options`. */
function statusAfter(log: LogBuilder, decided: Parameters<LogBuilder['decide']>, changes: readonly object[]): string {
  const { digest } = log.decide(...decided);
  return log.statement({ type: 'status', v: 1, decisions: [digest], changes });
}

function recognitionAfter(log: LogBuilder, changes: Parameters<typeof testRecognition>[0]): string {
  const recognition = testRecognition(changes);
  const bound = bindingDigest(recognition);
  const { digest } = log.decide('recognise', [{ recognition: bound }], { parameters: { recognition: bound } });
  return log.statement({ type: 'recognition', v: 1, decision: digest, recognition });
}

const OTHER = 'o'.repeat(43);
const FINDING = { act: 'find', upheld: false, reasons: REASONS } as const;

function caseLog(): CaseLog {
  const log = buildCaseLog();
  log.open('c');
  return log;
}

function answering(): CaseLog {
  const log = caseLog();
  log.step('c', { act: 'triage', admit: true }, ['registrar-a']);
  log.step('c', { act: 'advance' }, ['registrar-a']);
  return log;
}

function stepOf(log: LogBuilder, id: string, act: StepInput, signedBy: readonly string[] = [], step?: number): string {
  return caseStep(log, id, act, signedBy, step);
}

function opened(log: LogBuilder, changes: object = {}, id = 'c'): string {
  const asked = { about: 'credential', class: 'residence-ended', remedy: 'revoke' };
  const step = { act: 'open', ...asked, subject: 'c'.padEnd(43, 's'), evidence: EVIDENCE, ...changes };
  return log.statement({ type: 'case', v: 1, case: id, step });
}

function incident(log: LogBuilder, changes: object): string {
  return log.statement({ type: 'incident', v: 1, incident: 'i-1', digest: EVIDENCE, ...changes });
}

const openForLong = (log: LogBuilder) =>
  testProgram(log, { window: { opensAt: log.state.time, closesAt: log.state.time + 9 * DAY_MS } });

const otherName = (index: number) => String(index).padStart(43, 'b');

const REACH: { readonly [why in Refusal]: readonly Reach[] } = {
  unparsed: [
    { entry: () => 'nothing of ours' },
    { entry: () => '' },
    { start: 'empty', entry: () => 'a.b.c' },
    { entry: (log) => log.statement({ type: 'status', v: 1, decisions: [], changes: [revoked] }) },
    { entry: (log) => supersession(log, [7, 7]) },
    { entry: (log) => supersession(log, []) },
    { entry: (log) => log.statement({ type: 'x', v: 1, filler: 'x'.repeat(16_384) }) },
  ],
  'unknown-type': [
    { entry: (log) => log.statement({ type: 'weather', v: 1 }) },
    { entry: (log) => log.statement({ type: 'status', v: 2 }, 'network') },
  ],
  signature: [
    { entry: (log) => `${decide(log, 'revoke', one).slice(0, -3)}AAA` },
    { start: 'empty', entry: (log) => `${genesis(log).slice(0, -3)}AAA` },
    { entry: (log) => `${log.statement(createEpoch(log.state, START_MS + DAY_MS), 'network').slice(0, -3)}AAA` },
  ],
  unauthorised: [
    { entry: (log) => log.statement(createEpoch(log.state, log.state.time + 1), 'governor') },
    { entry: (log) => log.statement({ type: 'weather', v: 1, critical: ['*'] }, 'civic statement') },
    { entry: (log) => listEntry(log, {}, 'governor') },
    { entry: (log) => supersession(log, [7], 'governor') },
    { entry: (log) => supersession(log, [7], 'civic credential') },
    { entry: (log) => supersession(log, [7], 'another issuer') },
    { entry: (log) => listEntry(log, { issuer: 'https://stranger.example' }) },
    { entry: (log) => listEntry(log, { key: log.signatures.key('stranger').kid }) },
    ...([[], [{ ...RESIDENCE, until: START_MS + 10_000 }], [{ ...RESIDENCE, from: START_MS + DAY_MS }]] as const).map(
      (accreditations): Reach => ({
        before: (log) => log.accredit(civicParty(log.signatures, { accreditations: [...accreditations] })),
        entry: (log) => listEntry(log),
      }),
    ),
    {
      before: (log) => log.accredit(civicParty(log.signatures, { accreditations: [] })),
      entry: (log) => listEntry(log),
    },
    {
      before: (log) => log.accredit(civicParty(log.signatures, { kind: 'verifier' })),
      entry: (log) => listEntry(log),
    },
    { entry: (log) => amendment(log, { keys: { ...log.rulebook.keys, network: log.signatures.key('new').jwk } }) },
    { entry: (log) => amendment(log, { log: { ...log.rulebook.log, origin: 'other.example/log' } }) },
  ],
  genesis: [
    { start: 'empty', entry: (log) => log.statement({ type: 'weather', v: 1 }) },
    { start: 'empty', entry: (log) => log.statement({ type: 'rulebook', v: 1, body: log.rulebook }, 'network') },
    { start: 'empty', entry: (log) => log.statement({ ...genesisBody(log), decision: 'a'.repeat(43) }) },
    { start: 'empty', entry: (log) => log.statement({ ...genesisBody(log), effectiveAt: 5 }) },
  ],
  'list-exists': [{ entry: (log) => listEntry(log, { list: LIST_URI }) }],
  'list-unknown': [{ entry: (log) => statusAfter(log, ['revoke', one], [{ ...revoked, list: 'https://x.example' }]) }],
  'index-out-of-range': [
    { entry: (log) => statusAfter(log, ['revoke', one], [{ ...revoked, index: 131_072 }]) },
    { entry: (log) => supersession(log, [131_072]) },
  ],
  'already-final': finals(),
  'decision-repeated': [
    {
      entry: (log) => {
        const terms = log.terms('revoke', one);
        log.append(log.decision(terms, ['officer-a', 'officer-b']));
        log.epoch();
        return log.decision(terms, ['officer-b', 'officer-a']);
      },
    },
  ],
  'decision-expired': [
    { entry: (log) => decide(log, 'revoke', one, { expiry: log.state.time + 7 * DAY_MS + 1 }) },
    { entry: (log) => decide(log, 'revoke', one, { expiry: log.state.time }) },
    {
      entry: (log) => {
        const entry = decide(log, 'revoke', one, { expiry: log.state.time + 100 });
        log.epoch(log.state.time + 100);
        return entry;
      },
    },
  ],
  'decision-rulebook': [{ entry: (log) => decide(log, 'revoke', one, { rulebook: 1 }) }],
  'decision-power': [
    at('accredited', (log) => {
      const program = testProgram(log);
      const { digest } = log.decide('revoke', one, { parameters: { program: bindingDigest(program) } });
      return log.statement({ type: 'program', v: 1, decision: digest, program });
    }),
    {
      entry: (log) => {
        const decisions = [log.decide('revoke', one).digest, log.decide('accredit', [{ party: 'x' }]).digest];
        return log.statement({ type: 'status', v: 1, decisions, changes: [revoked] });
      },
    },
    { entry: (log) => partyAfter(log, 'revoke') },
    { entry: (log) => rulebookAfter(log, 'accredit') },
  ],
  'decision-class': [{ entry: (log) => decide(log, 'revoke', one, { class: 'a mood' }) }],
  'decision-targets': [{ entry: (log) => decide(log, 'revoke', one, { count: 101 }) }],
  'decision-parameters': [
    at('accredited', (log) => programAfter(log, testProgram(log), { parameters: {} })),
    at('released', (log) =>
      exceptionAfter(log, RETRY, { parameters: { instruction: bindingDigest(RETRY), of: 'other' } }),
    ),
    { entry: (log) => partyAfter(log, 'accredit', { parameters: {} }) },
    { entry: (log) => partyAfter(log, 'accredit', { parameters: { party: 'a'.repeat(43) } }) },
    { entry: (log) => rulebookAfter(log, 'amend', { parameters: {} }) },
    {
      entry: (log) => {
        const parameters = { rulebook: bindingDigest(log.rulebook), effectiveAt: log.state.time + 9 * DAY_MS };
        return rulebookAfter(log, 'amend', { parameters });
      },
    },
    {
      entry: (log) => {
        const parameters = { rulebook: 'a'.repeat(43), effectiveAt: log.state.time + 8 * DAY_MS };
        return rulebookAfter(log, 'amend', { parameters });
      },
    },
  ],
  quorum: [
    { entry: (log) => log.decision(log.terms('revoke', one), ['officer-a']) },
    { entry: (log) => log.decision(log.terms('revoke', one), ['officer-a', 'officer-a']) },
    { entry: (log) => log.decision(log.terms('revoke', one), ['officer-a', 'officer-c']) },
    { entry: (log) => log.decision(log.terms('revoke', one), ['officer-a', 'stranger']) },
    { entry: (log) => log.decision(log.terms('revoke', one), ['governor', 'network']) },
  ],
  'decision-missing': [
    at('accredited', (log) => {
      const entry = programAfter(log, testProgram(log));
      log.epoch();
      return entry;
    }),
    { entry: (log) => log.statement({ type: 'status', v: 1, decisions: ['a'.repeat(43)], changes: [revoked] }) },
    {
      entry: (log) => {
        const entry = statusAfter(log, ['revoke', one], [revoked]);
        log.epoch();
        return entry;
      },
    },
    {
      entry: (log) => {
        const entry = statusAfter(log, ['revoke', one], [revoked]);
        log.append(entry);
        return entry;
      },
    },
    {
      entry: (log) => {
        const { digest } = log.decide('revoke', one);
        return log.statement({ type: 'status', v: 1, decisions: [digest, digest], changes: [revoked] });
      },
    },
    {
      entry: (log) => {
        const decisions = [log.decide('revoke', one).digest, 'a'.repeat(43)];
        return log.statement({ type: 'status', v: 1, decisions, changes: [revoked] });
      },
    },
    { entry: (log) => partyEntry(log, 'a'.repeat(43)) },
    { entry: (log) => appended(log, partyAfter(log, 'accredit', { parameters: { party: civicDigest(log) } })) },
    { entry: (log) => appended(log, amendment(log, {})) },
    { entry: (log) => log.statement({ type: 'rulebook', v: 1, body: log.rulebook }) },
    { entry: (log) => log.statement({ ...genesisBody(log), decision: 'a'.repeat(43), effectiveAt: 1 }) },
  ],
  'counts-differ': [
    { entry: (log) => statusAfter(log, ['revoke', one], [revoked, { ...revoked, index: 8 }]) },
    { entry: (log) => statusAfter(log, ['revoke', one, { count: 2 }], [revoked]) },
    { entry: (log) => statusAfter(log, ['revoke', one, { count: 2 }], [revoked, revoked]) },
    { entry: (log) => statusAfter(log, ['suspend', one], [revoked]) },
    { entry: (log) => statusAfter(log, ['lift', one], [revoked]) },
    { entry: swappedDurations },
    { entry: (log) => partyAfter(log, 'accredit', { count: 2 }) },
    at('accredited', (log) => programAfter(log, testProgram(log), { count: 2 })),
    at('judged', (log) => seal(log, { admitted: { root: 'r'.repeat(43), count: 3 } })),
    at('drawable', (log) => draw(log, { allocated: { root: 'r'.repeat(43), count: 3, total: '1' } })),
    { entry: (log) => rulebookAfter(log, 'amend', { count: 2 }) },
  ],
  duration: [
    { entry: (log) => suspension(log, {}) },
    { before: withoutLongest, entry: (log) => suspension(log, { until: log.state.time + 1 }) },
    { entry: (log) => suspension(log, { until: log.state.time }) },
    { entry: (log) => suspension(log, { until: log.state.time + 14 * DAY_MS + 1 }) },
    { entry: (log) => suspension(log, { until: log.state.time + DAY_MS }, log.state.time + DAY_MS + 1) },
    { entry: (log) => statusAfter(log, ['revoke', one], [{ ...revoked, until: log.state.time + DAY_MS }]) },
  ],
  'suspended-before': [{ before: suspendedByAll, entry: (log) => suspension(log, { until: log.state.time + DAY_MS }) }],
  looser: [
    {
      before: withEmergencies,
      entry: (log) => emergency(log, { title: 'Looser', notice: { ...log.rulebook.notice, amendMs: 1 } }),
    },
  ],
  'amendment-unknown': [
    { before: withEmergencies, entry: (log) => cancellation(log, 3) },
    {
      before: (log) => {
        withEmergencies(log);
        log.tighten(tighter(log), log.state.time + DAY_MS);
      },
      entry: (log) => cancellation(log, log.state.scheduled[0]?.index ?? -1),
    },
  ],
  'exception-rule': [
    {
      before: (log) => withExceptions(log),
      entry: (log) => decide(log, 'except', ['x'], { parameters: { party: 'x', rule: 'another' } }),
    },
    { before: (log) => withExceptions(log), entry: (log) => excepted(log, 'accredit', DAY_MS) },
    { before: (log) => withExceptions(log), entry: (log) => excepted(log, 'except', 6 * DAY_MS) },
    { before: (log) => withExceptions(log), entry: (log) => excepted(log, 'except', 0) },
  ],
  'key-compromised': [
    {
      before: (log) => log.accredit(markedParty(log)),
      entry: (log) => {
        const party = civicParty(log.signatures);
        const { digest } = log.decide('accredit', [party.id], { parameters: { party: bindingDigest(party) } });
        return log.statement({ type: 'party', v: 1, decision: digest, party });
      },
    },
  ],
  notice: [
    { log: buildRevisable, entry: (log) => revisionAfter(log, { title: 'x' }, { effectiveAt: log.state.time }) },
    { entry: (log) => emergency(log, { title: 'No emergencies are known' }) },
    { before: withEmergencies, entry: (log) => emergency(log, {}, log.state.time + 14 * DAY_MS + 1) },
    { before: withEmergencies, entry: (log) => emergency(log, {}, log.state.time) },
    {
      before: (log) => {
        withEmergencies(log);
        log.tighten(tighter(log), log.state.time + DAY_MS);
        log.epoch();
      },
      entry: (log) => emergency(log, {}, log.state.time + DAY_MS),
    },
    { entry: (log) => rulebookAfter(log, 'amend', {}, log.state.time + 7 * DAY_MS - 1) },
    {
      entry: (log) => {
        const { digest } = log.decide('amend', [{ rulebook: 1 }]);
        return log.statement({ ...genesisBody(log), decision: digest });
      },
    },
  ],
  'epoch-size': [
    { entry: (log) => log.statement({ ...createEpoch(log.state, START_MS + DAY_MS), size: 1 }, 'network') },
    {
      entry: (log) => {
        const entry = log.statement(createEpoch(log.state, START_MS + DAY_MS), 'network');
        log.append(entry);
        return entry;
      },
    },
  ],
  'epoch-time': [
    { entry: (log) => log.statement(createEpoch(log.state, log.state.time), 'network') },
    { entry: (log) => log.statement(createEpoch(log.state, log.state.time - 1), 'network') },
    { start: 'genesis', entry: (log) => log.statement(createEpoch(log.state, 0), 'network') },
  ],
  'program-exists': [at('released', (log) => programAfter(log, testProgram(log, { title: 'Again' })))],
  'program-unknown': [at('accredited', (log) => exceptionAfter(log, RETRY))],
  'program-organiser': [
    { entry: (log) => programAfter(log, testProgram(log)) },
    {
      before: (log) => log.accredit(distributorParty(log.signatures, { kind: 'issuer' })),
      entry: (log) => programAfter(log, testProgram(log)),
    },
    {
      before: (log) => log.accredit(distributorParty(log.signatures, { keys: [] })),
      entry: (log) => programAfter(log, testProgram(log)),
    },
  ],
  'program-order': [
    at('taken', (log) => intake(log)),
    at('closed', (log) => seal(log)),
    at('taken', (log) => seal(log)),
    at('sealed', (log) => seal(log)),
    at('judged', (log) => draw(log)),
    at('sealed', (log) => draw(log)),
    at('drawable', (log) => appended(log, draw(log))),
    at('drawable', (log) => draw(log, { seal: 'x'.repeat(43) })),
    at('drawable', (log) => draw(log), instantProgram),
  ],
  'program-window': [
    at('released', (log) => intake(log)),
    at('accredited', (log) =>
      programAfter(log, testProgram(log, { window: { opensAt: 0, closesAt: log.state.time } })),
    ),
  ],
  'program-count': [at('closed', (log) => intake(log, { count: 101 }))],
  'program-position': [
    at('judged', (log) => seal(log, { position: 1 })),
    at('judged', (log) => seal(log, { position: log.state.tree.size + 1 })),
  ],
  'program-budget': [
    at('drawable', (log) => draw(log, { allocated: { root: 'r'.repeat(43), count: 2, total: '1001' } })),
  ],
  'program-beacon': [
    at('drawable', (log) => draw(log), testLottery),
    at(
      'drawable',
      (log) => draw(log, { beacon: { kind: 'commit-reveal', round: 0, secrets: [SECRETS[0], SOUTH_SECRETS[0]] } }),
      testOpenLottery,
    ),
    at('drawable', (log) => draw(log, { beacon: { kind: 'drand', round: 1, signature: 'a'.repeat(96) } }), testLottery),
    at('drawable', (log) => draw(log, { beacon: { kind: 'commit-reveal', round: 0, secrets: [] } }), testLottery),
    at('drawable', (log) => draw(log, { beacon: { kind: 'drand', round: 1, signature: 'a'.repeat(96) } })),
  ],
  'reveal-secret': [
    at('drawable', (log) => revealed(log, 'north', 0, SECRETS[1]), testOpenLottery),
    at('drawable', (log) => revealed(log, 'nobody', 0, SECRETS[0]), testOpenLottery),
    at('drawable', (log) => revealed(log, 'north', 7, SECRETS[0]), testOpenLottery),
  ],
  'reveal-early': [
    at('released', (log) => revealed(log, 'north', 0, SECRETS[0]), testOpenLottery),
    at('sealed', (log) => revealed(log, 'north', 0, SECRETS[0]), testOpenLottery),
    at('drawable', (log) => revealed(log, 'north', 1, SECRETS[1]), testOpenLottery),
  ],
  'reveal-late': [
    {
      before: (log) => {
        buildProgram(log, 'drawable', testOpenLottery);
        log.epoch(log.state.time + 3_600_000);
      },
      entry: (log) => revealed(log, 'north', 0, SECRETS[0]),
    },
    {
      before: (log) => {
        buildProgram(log, 'drawable', testOpenLottery);
        log.epoch(log.state.time + 7_200_000);
      },
      entry: (log) => revealed(log, 'north', 1, SECRETS[1]),
    },
  ],
  'reveal-repeated': [
    {
      before: (log) => {
        buildProgram(log, 'drawable', testOpenLottery);
        log.append(revealed(log, 'north', 0, SECRETS[0]));
      },
      entry: (log) => revealed(log, 'north', 0, SECRETS[0]),
    },
  ],
  'revision-base': [
    { log: buildRevisable, entry: (log) => revisionAfter(log, {}) },
    { log: buildRevisable, entry: (log) => revisionAfter(log, { title: 'x' }, { replaces: OTHER }) },
  ],
  'revision-waits': [
    {
      log: buildRevisable,
      before: (log) => log.append(revisionAfter(log, { title: 'x' })),
      entry: (log) => revisionAfter(log, { title: 'y' }),
    },
  ],
  'revision-late': [
    {
      log: buildRevisable,
      entry: (log) => revisionAfter(log, { title: 'x' }, { effectiveAt: log.state.time + DAY_MS }),
    },
    {
      log: buildRevisable,
      before: (log) => {
        log.epoch(log.state.time + DAY_MS);
        log.append(intake(log));
      },
      entry: (log) => revisionAfter(log, { title: 'x' }),
    },
  ],
  'revision-fixed': [
    { log: buildRevisable, entry: (log) => revisionAfter(log, { budget: '999' }) },
    { log: buildRevisable, entry: (log) => revisionAfter(log, { asset: { code: 'USD', decimals: 2 } }) },
    {
      log: () => buildRevisable((log) => testProgram(log, { renounced: ['amend'] })),
      entry: (log) => revisionAfter(log, { title: 'x' }),
    },
  ],
  'revision-bounds': [
    {
      log: () => buildRevisable(openForLong),
      before: (log) => {
        for (let version = 2; version <= MAX_PROGRAM_VERSIONS; version += 1) {
          log.append(revisionAfter(log, { title: `${version}` }));
          log.epoch(log.state.time + DAY_MS / 4);
        }
      },
      entry: (log) => revisionAfter(log, { title: 'x' }),
    },
  ],
  'exception-repeated': [
    {
      before: (log) => {
        buildProgram(log, 'released');
        log.append(exceptionAfter(log, RETRY));
      },
      entry: (log) => exceptionAfter(log, RETRY),
    },
  ],
  'recognition-self': [
    { entry: (log) => recognitionAfter(log, { network: log.state.name }) },
    { entry: (log) => recognitionAfter(log, { log: log.rulebook.log }) },
  ],
  'recognition-until': [{ entry: (log) => recognitionAfter(log, { until: log.state.time }) }],
  'recognition-bounds': [
    {
      before: (log) => {
        for (let i = 0; i < MAX_RECOGNITIONS; i += 1) log.append(recognitionAfter(log, { network: otherName(i) }));
      },
      entry: (log) => recognitionAfter(log, { network: otherName(MAX_RECOGNITIONS) }),
    },
  ],
  'case-rules': [{ entry: (log) => opened(log) }],
  'case-exists': [{ log: caseLog, entry: (log) => opened(log, { subject: OTHER }) }],
  'case-open': [{ log: caseLog, entry: (log) => opened(log, {}, 'd') }],
  'case-full': [
    {
      log: () => {
        const log = buildCaseLog({ cases: testCaseRules({ maxOpen: 1 }) });
        log.open('c');
        return log;
      },
      entry: (log) => opened(log, { subject: OTHER }, 'd'),
    },
  ],
  'case-unknown': [{ log: caseLog, entry: (log) => stepOf(log, 'x', { act: 'extend' }) }],
  'case-stage': [
    { log: caseLog, entry: (log) => stepOf(log, 'c', { act: 'extend' }) },
    { log: caseLog, entry: (log) => stepOf(log, 'c', { act: 'appeal', evidence: EVIDENCE }) },
    { log: caseLog, entry: (log) => stepOf(log, 'c', FINDING, ['judge-a']) },
    { log: caseLog, entry: (log) => stepOf(log, 'c', { act: 'advance' }, ['registrar-a']) },
    { log: caseLog, entry: (log) => stepOf(log, 'c', { act: 'answer', evidence: EVIDENCE }, ['civic statement']) },
  ],
  'case-officer': [
    { log: caseLog, entry: (log) => stepOf(log, 'c', { act: 'triage', admit: true }, ['judge-a']) },
    { log: caseLog, entry: (log) => stepOf(log, 'c', { act: 'triage', admit: true }, ['governor']) },
    { log: caseLog, entry: (log) => stepOf(log, 'c', { act: 'hold', target: CREDENTIAL }, ['registrar-a']) },
    // An approval of an earlier step counts for nothing in a later one.
    { log: caseLog, entry: (log) => stepOf(log, 'c', { act: 'triage', admit: true }, ['registrar-a'], 0) },
  ],
  'case-target': [
    {
      log: caseLog,
      entry: (log) => stepOf(log, 'c', { act: 'hold', target: { of: 'program', program: 'p' } }, ['officer-a']),
    },
    { log: caseLog, entry: (log) => opened(log, { subject: OTHER, against: 1000 }, 'd') },
    {
      log: () => {
        const log = caseLog();
        log.step('c', { act: 'hold', target: CREDENTIAL }, ['officer-a']);
        log.open('d');
        return log;
      },
      entry: (log) => stepOf(log, 'd', { act: 'hold', target: CREDENTIAL }, ['officer-a']),
    },
  ],
  'case-hold': [
    {
      log: () => {
        const log = caseLog();
        log.step('c', { act: 'hold', target: CREDENTIAL }, ['officer-a']);
        return log;
      },
      entry: (log) => stepOf(log, 'c', { act: 'hold', target: CREDENTIAL }, ['officer-a']),
    },
  ],
  'case-signature': [
    { log: answering, entry: (log) => stepOf(log, 'c', { act: 'answer', evidence: EVIDENCE }) },
    { log: answering, entry: (log) => stepOf(log, 'c', { act: 'answer', evidence: EVIDENCE }, ['officer-a']) },
  ],
  'incident-unknown': [
    { log: caseLog, entry: (log) => incident(log, { report: 'full' }) },
    { log: caseLog, entry: (log) => incident(log, { incident: 'c filed 1', report: 'preliminary' }) },
    { entry: (log) => incident(log, { report: 'preliminary', class: 'residence-ended' }) },
  ],
  'incident-report': [
    {
      log: () => {
        const log = caseLog();
        log.append(incident(log, { report: 'preliminary', class: 'residence-ended' }));
        return log;
      },
      entry: (log) => incident(log, { report: 'close' }),
    },
  ],
  'supersession-denied': [
    {
      start: 'genesis',
      before: (log) => {
        log.amend({ ...log.rulebook, supersession: undefined }, START_MS + 8 * DAY_MS);
        log.epoch(START_MS);
        log.accredit(civicParty(log.signatures));
        log.epoch(START_MS + 8 * DAY_MS);
        log.list();
      },
      entry: (log) => supersession(log, [7]),
    },
  ],
  'supersession-held': [
    { before: (log) => log.suspend(one, log.state.time + DAY_MS), entry: (log) => supersession(log, [7]) },
  ],
  'supersession-bounds': [
    { entry: (log) => supersession(log, [1, 2, 3, 4]) },
    { before: (log) => log.supersede([1, 2, 3]), entry: (log) => supersession(log, [4]) },
  ],
  'succession-position': [
    { start: 'succeeding', entry: () => succession({ body: { from: { ...ended(), size: 99 } } }) },
    { start: 'succeeding', entry: () => succession({ body: { from: { ...ended(), root: 'a'.repeat(43) } } }) },
  ],
  'succession-log': [
    { start: 'succeeding', entry: () => succession({ rulebook: { log: { origin: NEW_ORIGIN, vkey: 'nonsense' } } }) },
    { start: 'succeeding', entry: () => succession({ rulebook: { log: OLD.state.rulebook?.body.log ?? FAIL } }) },
  ],
  'epoch-sections': (
    ['lists', 'suspensions', 'decisions', 'parties', 'rulebook', 'critical', 'cases', 'incidents'] as const
  ).map((section) => ({
    entry: (log) => {
      const epoch = createEpoch(log.state, log.state.time + 1);
      return log.statement({ ...epoch, sections: { ...epoch.sections, [section]: 'a'.repeat(43) } }, 'network');
    },
  })),
};

const OLD = buildLog();
const FAIL = { origin: 'none', vkey: 'none' };
const ended = () => OLD.state.position ?? { log: 'none', size: 1, root: '', time: 0 };
const succeeding = () => succeedLog(OLD).log;
const succession = (changes: SuccessionChanges) => succeedLog(OLD, changes).opening;

/** A second last word: over a revocation none, over a supersession only a revocation. */
function finals(): Reach[] {
  const change =
    (power: 'revoke' | 'suspend' | 'lift') =>
    (log: LogBuilder): string => {
      const until = log.state.time + DAY_MS;
      const { digest } = log.decide(power, one, { parameters: { until } });
      const value = { revoke: 1, suspend: 2, lift: 0 }[power];
      const change = { ...revoked, value, ...(power === 'suspend' ? { until } : {}) };
      return log.statement({ type: 'status', v: 1, decisions: [digest], changes: [change] });
    };
  return [
    ...(['revoke', 'suspend', 'lift'] as const).map((power) => ({
      before: (log: LogBuilder) => log.revoke(one),
      entry: change(power),
    })),
    ...(['suspend', 'lift'] as const).map((power) => ({
      before: (log: LogBuilder) => log.supersede([7]),
      entry: change(power),
    })),
    { before: (log) => log.revoke(one), entry: (log) => supersession(log, [7]) },
    { before: (log) => log.supersede([7]), entry: (log) => supersession(log, [7]) },
  ];
}

/** A log in which the program of the tests has come this far. */
function at(until: Parameters<typeof buildProgram>[1], entry: Reach['entry'], program = testProgram): Reach {
  return { before: (log) => buildProgram(log, until, program), entry };
}

function supersession(log: LogBuilder, indices: readonly number[], signedBy = 'civic statement'): string {
  return log.statement({ type: 'supersede', v: 1, list: LIST_URI, indices }, signedBy);
}

function genesisBody(log: LogBuilder): object {
  return { type: 'rulebook', v: 1, body: log.rulebook };
}

function genesis(log: LogBuilder): string {
  return log.statement(genesisBody(log));
}

function instantProgram(log: LogBuilder) {
  return testProgram(log, { allocation: { mode: 'instant', amount: '10', maxRecipients: 10 } });
}

function listEntry(log: LogBuilder, changes: object = {}, signedBy = 'civic statement'): string {
  const { kid } = log.signatures.key('civic credential');
  const list = { type: 'list', v: 1, list: 'https://civic.example/lists/2', issuer: 'https://civic.example', bits: 2 };
  return log.statement({ ...list, size: 131_072, key: kid, ...changes }, signedBy);
}

function partyEntry(log: LogBuilder, decision: string): string {
  return log.statement({ type: 'party', v: 1, decision, party: civicParty(log.signatures) });
}

type Options = Parameters<LogBuilder['decide']>[2];

function partyAfter(log: LogBuilder, power: 'accredit' | 'revoke', options: Options = {}): string {
  return partyEntry(log, log.decide(power, [{ party: 'x' }], options).digest);
}

function rulebookAfter(
  log: LogBuilder,
  power: 'amend' | 'accredit',
  options: Options = {},
  effectiveAt = log.state.time + 8 * DAY_MS,
): string {
  const { digest } = log.decide(power, [{ rulebook: 1 }], options);
  return log.statement({ ...genesisBody(log), decision: digest, effectiveAt });
}

function amendment(log: LogBuilder, changes: object): string {
  const body = { ...log.rulebook, ...changes };
  const effectiveAt = log.state.time + 8 * DAY_MS;
  const { digest } = log.decide('amend', [1], { parameters: { rulebook: bindingDigest(body), effectiveAt } });
  return log.statement({ type: 'rulebook', v: 1, body, decision: digest, effectiveAt });
}

/** Two suspensions of one target each, of which both targets take the longer end. */
function swappedDurations(log: LogBuilder): string {
  const ends = [1, 10].map((days) => log.state.time + days * DAY_MS);
  const decisions = ends.map((until) => log.decide('suspend', one, { parameters: { until } }).digest);
  const until = ends[1] ?? 0;
  const changes = [7, 8].map((index) => ({ list: LIST_URI, index, value: 2, until }));
  return log.statement({ type: 'status', v: 1, decisions, changes });
}

/** The same entry again, after it was accepted. */
function appended(log: LogBuilder, entry: string): string {
  expect(log.append(entry).ok).toBe(true);
  return entry;
}

/** Rules in force that know emergencies, and a guardian who cancels alone. */
function withEmergencies(log: LogBuilder): void {
  const [grant = expect.fail('granted')] = log.rulebook.powers;
  const powers = [...log.rulebook.powers, { ...grant, power: 'cancel' as const, quorum: 1 }];
  const effectiveAt = log.state.time + 7 * DAY_MS;
  const notice = { ...log.rulebook.notice, emergencyMs: 14 * DAY_MS };
  log.amend({ ...log.rulebook, powers, notice }, effectiveAt);
  log.epoch(effectiveAt);
}

function inForce(log: LogBuilder) {
  return log.state.rulebook?.body ?? expect.fail('it is founded');
}

function tighter(log: LogBuilder) {
  return { ...inForce(log), notice: { ...inForce(log).notice, amendMs: 8 * DAY_MS } };
}

function emergency(log: LogBuilder, changes: object, lapsesAt = log.state.time + DAY_MS): string {
  const body = { ...inForce(log), ...changes };
  const effectiveAt = log.state.time;
  const { digest } = log.decide('amend', [1], { parameters: { rulebook: bindingDigest(body), effectiveAt, lapsesAt } });
  return log.statement({ type: 'rulebook', v: 1, body, decision: digest, effectiveAt, lapsesAt });
}

function cancellation(log: LogBuilder, amendment: number): string {
  const { digest } = log.decide('cancel', [1], { parameters: { amendment }, officers: ['officer-a'] });
  return log.statement({ type: 'cancellation', v: 1, decision: digest, amendment });
}

/** Rules in force that let an accreditation count for five days longer, and an issuer whose accreditation ends. */
function withExceptions(log: LogBuilder): void {
  const [grant = expect.fail('granted')] = log.rulebook.powers;
  const powers = [...log.rulebook.powers, { ...grant, power: 'except' as const }];
  const exceptions = [{ id: 'late', rule: 'accreditation' as const, quorum: 2, maxDurationMs: 5 * DAY_MS }];
  const effectiveAt = log.state.time + 7 * DAY_MS;
  log.amend({ ...log.rulebook, powers, exceptions }, effectiveAt);
  log.accredit(civicParty(log.signatures, { accreditations: [{ ...RESIDENCE, until: effectiveAt }] }));
  log.epoch(effectiveAt);
}

function excepted(log: LogBuilder, power: 'accredit' | 'except', durationMs: number): string {
  const before = log.state.parties.get('https://civic.example') ?? expect.fail('it is founded');
  const exception = { rule: 'late', until: log.state.time + durationMs };
  // What takes the power to accredit is a change of more than that.
  const name = power === 'accredit' ? 'Another name' : (before.name ?? '');
  const accreditations = before.accreditations.map((granted) => ({ ...granted, exception }));
  const party = { ...before, name, accreditations };
  const parameters = { party: bindingDigest(party), ...(power === 'except' ? { rule: 'late' } : {}) };
  const { digest } = log.decide(power, [party.id], { parameters });
  return log.statement({ type: 'party', v: 1, decision: digest, party });
}

function markedParty({ signatures }: LogBuilder) {
  const party = civicParty(signatures);
  return { ...party, keys: party.keys.map((key) => ({ ...key, compromised: 1 })) };
}

function civicDigest(log: LogBuilder): string {
  return bindingDigest(civicParty(log.signatures));
}

/** A rulebook in force that grants `suspend` without saying for how long at most. */
function withoutLongest(log: LogBuilder): void {
  const powers = log.rulebook.powers.map(({ maxDurationMs: _, ...grant }) => grant);
  const effectiveAt = log.state.time + 7 * DAY_MS;
  log.amend({ ...log.rulebook, powers }, effectiveAt);
  log.epoch(effectiveAt);
}

/** Everybody who could has suspended it, and the rules let them rest. */
function suspendedByAll(log: LogBuilder): void {
  const powers = log.rulebook.powers.map((grant) =>
    grant.power === 'suspend' ? { ...grant, againAfterMs: 1 } : grant,
  );
  const effectiveAt = log.state.time + 7 * DAY_MS;
  log.amend({ ...log.rulebook, powers }, effectiveAt);
  log.epoch(effectiveAt);
  log.suspend(one, log.state.time + DAY_MS);
}

function suspension(log: LogBuilder, parameters: { until?: number }, until = parameters.until): string {
  const change = { list: LIST_URI, index: 7, value: 2, ...(until === undefined ? {} : { until }) };
  return statusAfter(log, ['suspend', one, { parameters }], [change]);
}

describe.each(Object.entries(REACH))('%s', (why, cases) => {
  test.each(cases.map((reach, i) => [i + 1, reach] as const))('case %i changes nothing and is counted', (_, reach) => {
    const log =
      reach.log?.() ?? (reach.start === 'succeeding' ? succeeding() : buildLog({ until: reach.start ?? 'founded' }));
    reach.before?.(log);
    const entry = reach.entry(log);
    const before = meaningOf(log.state);
    const { size } = log.state.tree;
    const counted = log.state.refused.get(why as Refusal) ?? 0;
    expect(log.append(entry)).toEqual({ ok: false, index: size, why });
    expect(meaningOf(log.state)).toEqual(before);
    expect(log.state.tree.size).toBe(size + 1);
    expect(log.state.refused.get(why as Refusal)).toBe(counted + 1);
  });
});

describe('signature results', () => {
  test('a missing result for the statement itself is a refusal, never a yes', () => {
    const log = buildLog();
    const parse = parseStatement(decide(log, 'revoke', one));
    expect(apply(log.state, parse, [])).toMatchObject({ ok: false, why: 'signature' });
  });

  test('an approval whose signature is false or unanswered counts for nothing', () => {
    for (const results of [[true, true, false], [true, true], [true]]) {
      const log = buildLog();
      const parse = parseStatement(decide(log, 'revoke', one));
      expect(apply(log.state, parse, results)).toMatchObject({ ok: false, why: 'quorum' });
    }
  });

  test('an approval of another decision or of another network counts for nothing', () => {
    const log = buildLog();
    const terms = log.terms('revoke', one);
    const elsewhere = { ...terms, genesis: buildLog({ until: 'empty' }).state.name };
    const other = { ...terms, id: 'another' };
    for (const approved of [elsewhere, other]) {
      const stolen = log.approval(decisionDigest(approved), 'officer-b');
      const entry = withApprovals(log, terms, [log.approval(decisionDigest(terms), 'officer-a'), stolen]);
      expect(log.append(entry)).toMatchObject({ why: 'quorum' });
    }
    const good = ['officer-a', 'officer-b'].map((officer) => log.approval(decisionDigest(terms), officer));
    expect(log.append(withApprovals(log, terms, good)).ok).toBe(true);
  });

  test('approvals that do not parse, or are statements in disguise, leave the others standing', () => {
    const log = buildLog();
    const terms = log.terms('revoke', one);
    const digest = decisionDigest(terms);
    const good = ['officer-a', 'officer-b'].map((officer) => log.approval(digest, officer));
    const disguised = log.statement({ digest }, 'officer-c');
    expect(log.append(withApprovals(log, terms, ['', 'x.y.z', disguised, ...good])).ok).toBe(true);
  });
});

function withApprovals(log: LogBuilder, terms: ReturnType<LogBuilder['terms']>, approvals: readonly string[]): string {
  const { genesis: _, ...rest } = terms;
  return log.statement({ type: 'decision', v: 1, ...rest, approvals, received: 1, authorised: 1 });
}
