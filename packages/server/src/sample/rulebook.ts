import { DEFAULT_FRESHNESS, DEFAULT_LOSS, type Grant, type PublicJwk, type Rulebook } from '@holdfast/core';
import { sampleCaseRules } from './case-rules.ts';
import { SAMPLE_CONTACT, SAMPLE_ROLES, SAMPLE_TITLE, TOLD_CASE_CLASSES, TOLD_CLASSES } from './words.ts';

const DAY_MS = 86_400_000;

export type SampleRulebookOptions = {
  /** Origin of the log (C2SP tlog-checkpoint), such as `localhost:4600/log`. */
  readonly origin: string;
  /** The log's verifier key (C2SP signed-note), which carries the same origin. */
  readonly logVkey: string;
  readonly networkKey: PublicJwk;
  readonly governorKey: PublicJwk;
  /** At least two, or nobody can be revoked. */
  readonly officers: readonly { readonly id: string; readonly key: PublicJwk }[];
  /** Those who judge what the others decided (case-rules.ts). Without them nothing can be complained about. */
  readonly judges?: readonly { readonly id: string; readonly roles: readonly string[]; readonly key: PublicJwk }[];
};

/** The public words for each class of reason; of those that only officers give, in one language. */
const CLASSES = {
  ...TOLD_CLASSES,
  founding: { text: 'the founding of the network' },
  'party-changed': { text: 'a party has changed' },
  'rules-revised': { text: 'the rules are revised' },
  'program-approved': { text: 'a program is approved' },
  'payment-corrected': { text: 'a payment is corrected' },
  'network-recognised': { text: 'another network is recognised' },
  'recognition-ended': { text: 'another network is recognised no longer' },
} as const;

/** Those that there are besides where somebody judges. */
const CASE_CLASSES = {
  ...TOLD_CASE_CLASSES,
  'standing-lost': { text: 'the issuer lost its standing' },
  'program-revised': { text: 'the rules of a program are revised' },
  'matter-traced': { text: 'what happened to one credential is traced' },
  'exception-made': { text: 'an exception is made' },
} as const;
type ReasonClass = keyof typeof CLASSES | keyof typeof CASE_CLASSES;

/** In one decision. Many more might not fit into the entry that carries it out. */
const MAX_TARGETS = 4000;

/**
 * The rules of the sample network: two officers revoke, one suspends for at most two weeks, and a change of the rules
 * waits a week. Losses are borne as they are by default (core's `attributeLoss`). A real network writes its own.
 */
export function sampleRulebook(options: SampleRulebookOptions): Rulebook {
  const { origin, logVkey, networkKey, governorKey, officers, judges = [] } = options;
  const desk = ['revoker', 'registrar', 'treasurer'];
  const isJudged = judges.length > 0;
  return {
    title: SAMPLE_TITLE.text,
    language: 'en',
    titles: SAMPLE_TITLE.in,
    log: { origin, vkey: logVkey },
    keys: { network: networkKey, governor: governorKey },
    officers: [
      ...officers.map(({ id, key }) => ({ id, roles: desk, key })),
      ...judges.map(({ id, roles, key }) => ({ id, roles: [...roles], key })),
    ],
    tickMs: 5_000,
    powers: isJudged ? withJudges(POWERS) : POWERS,
    classes: Object.entries({ ...CLASSES, ...(isJudged ? CASE_CLASSES : {}) }).map(([id, words]) => ({ id, ...words })),
    ...(isJudged ? { roles: SAMPLE_ROLES } : {}),
    freshness: DEFAULT_FRESHNESS,
    profiles: [{ id: 'default', appliesTo: ['*'], minAssurance: 'substantial' }],
    // What everybody could know and nobody had read is borne by whoever chose to rely on it; see core's `attributeLoss`.
    loss: DEFAULT_LOSS,
    notice: {
      amendMs: 7 * DAY_MS,
      emergencyMs: 14 * DAY_MS,
      programs: { favourableMs: 2 * DAY_MS, adverseMs: 7 * DAY_MS },
    },
    supersession: { maxPerDay: 1000 },
    contact: SAMPLE_CONTACT,
    ...(isJudged ? { cases: sampleCaseRules() } : {}),
  };
}

const POWERS: Grant[] = [
  {
    ...granted('revoke', 2, 'revoker', ['residence-ended', 'key-compromise', 'issued-in-error', 'holder-request']),
    outlivesAmendments: true,
  },
  {
    ...granted('suspend', 1, 'revoker', ['under-review', 'key-compromise', 'holder-request']),
    maxDurationMs: 14 * DAY_MS,
    againAfterMs: 30 * DAY_MS,
  },
  granted('lift', 2, 'revoker', ['under-review', 'issued-in-error', 'holder-request']),
  single('accredit', 2, 'registrar', ['founding', 'party-changed', 'key-compromise']),
  single('withdraw', 2, 'registrar', ['party-changed', 'issued-in-error']),
  single('enrol', 2, 'registrar', ['founding', 'party-changed']),
  single('rotate', 2, 'registrar', ['party-changed', 'key-compromise']),
  { ...single('compromise', 2, 'registrar', ['key-compromise']), outlivesAmendments: true },
  single('amend', 2, 'registrar', ['rules-revised']),
  single('cancel', 1, 'registrar', ['rules-revised']),
  single('release', 2, 'treasurer', ['program-approved', 'payment-corrected']),
  single('recognise', 2, 'registrar', ['network-recognised', 'recognition-ended']),
];

/** What complaints ask for can be decided as well, and whoever takes back a change of the rules has not decided it. */
function withJudges(powers: readonly Grant[]): Grant[] {
  const more: Partial<Record<Grant['power'], readonly ReasonClass[]>> = {
    lift: ['wrongly-suspended', 'contradiction'],
    withdraw: ['standing-lost'],
    release: ['wrongly-refused', 'manual-review'],
  };
  return [
    ...powers.map((grant) => ({
      ...grant,
      classes: [...grant.classes, ...(more[grant.power] ?? [])],
      roles: grant.power === 'cancel' ? ['guardian'] : grant.roles,
    })),
    single('reinstate', 2, 'revoker', ['wrongly-revoked', 'issued-in-error']),
    single('unseal', 2, 'revoker', ['matter-traced']),
    single('return', 2, 'treasurer', ['payment-corrected']),
    single('revise', 2, 'treasurer', ['program-revised']),
    // One more than any power that it bends.
    { ...single('except', 3, 'registrar', ['exception-made']), roles: ['registrar', 'steward'] },
  ];
}

function single(power: Grant['power'], quorum: number, role: string, classes: readonly ReasonClass[]): Grant {
  return { ...granted(power, quorum, role, classes), maxTargets: 1 };
}

function granted(power: Grant['power'], quorum: number, role: string, classes: readonly ReasonClass[]): Grant {
  return { power, roles: [role], quorum, classes: [...classes], maxTargets: MAX_TARGETS, expiresInMs: 7 * DAY_MS };
}
