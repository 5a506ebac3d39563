import { type CaseAct, caseActDigest } from '../src/cases/act.ts';
import type { CaseRecord } from '../src/cases/case-record.ts';
import type { Applied } from '../src/fold/fold.ts';
import type { CaseRules, Track } from '../src/rulebook/case-rules.ts';
import type { Rulebook } from '../src/rulebook/rulebook.ts';
import { buildLog, DAY_MS, LIST_URI, type LogBuilder, testRulebook } from './log-builder.ts';
import { createIdealSignatures, type TestSignatures } from './test-keys.ts';

export const HOUR_MS = 3_600_000;
export const EVIDENCE = 'e'.repeat(43);
export const REASONS = 'r'.repeat(43);
export const CREDENTIAL = { of: 'credential', list: LIST_URI, index: 7 } as const;

/** Officers of the case log besides those of the test rulebook: `registrar-*` own, `judge-*` review, `panel-*` hear appeals. */
const CASE_OFFICERS: readonly (readonly [id: string, roles: readonly string[], of?: string])[] = [
  ['officer-a', ['revoker']],
  ['officer-b', ['revoker']],
  ['officer-e', ['revoker']],
  ['officer-f', ['revoker']],
  ['registrar-a', ['registrar']],
  ['registrar-b', ['registrar']],
  ['judge-a', ['judge']],
  ['judge-b', ['judge']],
  ['judge-c', ['judge'], 'https://civic.example'],
  ['panel-a', ['panel']],
  ['panel-b', ['panel', 'judge']],
  ['steward', ['steward']],
];

/** Two tracks: an urgent one, where a vouched-for complaint is upheld by silence, and one with answer, review and appeal. */
export function testCaseRules(changes: Partial<CaseRules> = {}): CaseRules {
  const rest = {
    decided: { dueMs: 10 * DAY_MS },
    appeal: { roles: ['panel'], quorum: 2, dueMs: 14 * DAY_MS },
    holdMs: 14 * DAY_MS,
  };
  const review: Track['review'] = {
    roles: ['judge'],
    quorum: 1,
    dueMs: 7 * DAY_MS,
    alternates: 1,
    onSilence: 'dismiss',
  };
  return {
    steward: 'steward',
    owners: [{ subjects: ['credential', 'issuer'], role: 'registrar' }],
    reasons: [
      {
        class: 'key-compromise',
        subjects: ['credential'],
        remedies: ['revoke'],
        track: 'urgent',
        deadlineMs: DAY_MS,
      },
      {
        class: 'residence-ended',
        subjects: ['credential', 'issuer', 'application', 'payment', 'program'],
        remedies: ['revoke', 'lift', 'reinstate', 'withdraw', 'admit', 'release', 'return', 'revise', 'none'],
        track: 'ordinary',
        deadlineMs: 30 * DAY_MS,
      },
    ],
    tracks: [
      {
        id: 'urgent',
        filed: { dueMs: DAY_MS },
        triaged: { dueMs: DAY_MS, onSilence: 'uphold' },
        review,
        ...rest,
      },
      {
        id: 'ordinary',
        filed: { dueMs: DAY_MS },
        triaged: { dueMs: 5 * DAY_MS, onSilence: 'proceed' },
        answer: { dueMs: 10 * DAY_MS, extensionMs: 4 * DAY_MS, onSilence: 'proceed' },
        review,
        ...rest,
      },
    ],
    outage: { gapMs: HOUR_MS, graceMs: DAY_MS },
    contradiction: { withinMs: DAY_MS, class: 'residence-ended' },
    incidents: { preliminaryMs: 3 * DAY_MS, fullMs: 14 * DAY_MS },
    manual: { perMille: 20, windowMs: 30 * DAY_MS },
    maxOpen: 100,
    ...changes,
  };
}

export function caseRulebook(signatures: TestSignatures, changes: Partial<Rulebook> = {}): Rulebook {
  const officers = CASE_OFFICERS.map(([id, roles, of]) => ({
    id,
    roles: [...roles],
    key: signatures.key(id).jwk,
    ...(of === undefined ? {} : { of }),
  }));
  const classes = [
    { id: 'residence-ended', text: 'residence ended' },
    { id: 'key-compromise', text: 'a key was compromised' },
  ];
  return testRulebook(signatures, { officers, classes, cases: testCaseRules(), ...changes });
}

export type CaseLog = LogBuilder & {
  /** Takes a step; `signedBy` approve it, under what the case is now. */
  readonly step: (id: string, act: StepInput, signedBy?: readonly string[]) => Applied;
  readonly open: (id: string, changes?: Partial<Extract<CaseAct, { act: 'open' }>>) => Applied;
  readonly stepText: (id: string, act: StepInput, signedBy?: readonly string[], step?: number) => string;
  readonly find: (id: string) => CaseRecord;
  /** Epochs every half hour until so much later: the network is there all the time. */
  readonly pass: (ms: number) => void;
  readonly value: (index?: number) => number | undefined;
};

type WithoutApprovals<Act> = Act extends { approvals: unknown } ? Omit<Act, 'approvals'> : Act;
export type StepInput = WithoutApprovals<CaseAct>;

/** The statement of a step, approved by these; `step` is how many the case has had, unless the signature is for another. */
export function caseStep(
  log: LogBuilder,
  id: string,
  act: StepInput,
  signedBy: readonly string[] = [],
  step = log.state.docket.cases.get(id)?.acts ?? 0,
): string {
  const digest = caseActDigest({ genesis: log.state.name, case: id, step, act: act as CaseAct });
  const approvals = signedBy.map((officer) => log.approval(digest, officer));
  const signed = signedBy.length === 0 ? {} : act.act === 'answer' ? { signed: approvals[0] } : { approvals };
  return log.statement({ type: 'case', v: 1, case: id, step: { ...act, ...signed } });
}

export function buildCaseLog(changes: Partial<Rulebook> = {}): CaseLog {
  const signatures = createIdealSignatures();
  const log = buildLog({ signatures, rulebook: caseRulebook(signatures, changes) });
  const stepText: CaseLog['stepText'] = (...args) => caseStep(log, ...args);
  return {
    ...log,
    stepText,
    step: (id, act, signedBy) => log.append(stepText(id, act, signedBy)),
    open: (id, given = {}) =>
      log.append(
        log.statement({
          type: 'case',
          v: 1,
          case: id,
          step: {
            act: 'open',
            about: 'credential',
            class: 'residence-ended',
            remedy: 'revoke',
            subject: id.padEnd(43, 's').slice(0, 43),
            respondent: 'https://civic.example',
            evidence: EVIDENCE,
            ...given,
          },
        }),
      ),
    find: (id) => {
      const record = log.state.docket.cases.get(id);
      if (record === undefined) throw new Error(`no case ${id}`);
      return record;
    },
    pass: (ms) => {
      const end = log.state.time + ms;
      while (log.state.time < end) log.epoch(Math.min(end, log.state.time + HOUR_MS));
    },
    value: (index = CREDENTIAL.index) => log.state.lists.get(LIST_URI)?.values[index],
  };
}
