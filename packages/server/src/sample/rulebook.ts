import { DEFAULT_FRESHNESS, DEFAULT_LOSS, type Grant, type PublicJwk, type Rulebook } from '@holdfast/core';

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
};

/** The public words for each class of reason. */
const CLASSES = {
  'residence-ended': 'residence ended',
  'key-compromise': 'a key was compromised',
  'issued-in-error': 'issued in error',
  'holder-request': 'at the request of the holder',
  'under-review': 'under review',
  founding: 'the founding of the network',
  'party-changed': 'a party has changed',
  'rules-revised': 'the rules are revised',
  'program-approved': 'a program is approved',
  'payment-corrected': 'a payment is corrected',
  'network-recognised': 'another network is recognised',
  'recognition-ended': 'another network is recognised no longer',
} as const;
type ReasonClass = keyof typeof CLASSES;

/** In one decision. More would not fit into the entry that carries it out. */
const MAX_TARGETS = 100;

/**
 * The rules of the sample network: two officers revoke, one suspends for at most two weeks, and a change of the rules
 * waits a week. A real network writes its own.
 */
export function sampleRulebook(options: SampleRulebookOptions): Rulebook {
  const { origin, logVkey, networkKey, governorKey, officers } = options;
  return {
    title: 'Sample network',
    log: { origin, vkey: logVkey },
    keys: { network: networkKey, governor: governorKey },
    officers: officers.map(({ id, key }) => ({ id, roles: ['revoker', 'registrar', 'treasurer'], key })),
    tickMs: 5_000,
    powers: [
      {
        ...granted('revoke', 2, 'revoker', ['residence-ended', 'key-compromise', 'issued-in-error', 'holder-request']),
        outlivesAmendments: true,
      },
      {
        ...granted('suspend', 1, 'revoker', ['under-review', 'key-compromise', 'holder-request']),
        maxDurationMs: 14 * DAY_MS,
      },
      granted('lift', 2, 'revoker', ['under-review', 'issued-in-error', 'holder-request']),
      { ...granted('accredit', 2, 'registrar', ['founding', 'party-changed', 'key-compromise']), maxTargets: 1 },
      { ...granted('withdraw', 2, 'registrar', ['party-changed', 'issued-in-error']), maxTargets: 1 },
      { ...granted('enrol', 2, 'registrar', ['founding', 'party-changed']), maxTargets: 1 },
      { ...granted('rotate', 2, 'registrar', ['party-changed', 'key-compromise']), maxTargets: 1 },
      { ...granted('compromise', 2, 'registrar', ['key-compromise']), maxTargets: 1, outlivesAmendments: true },
      { ...granted('amend', 2, 'registrar', ['rules-revised']), maxTargets: 1 },
      { ...granted('cancel', 1, 'registrar', ['rules-revised']), maxTargets: 1 },
      { ...granted('release', 2, 'treasurer', ['program-approved', 'payment-corrected']), maxTargets: 1 },
      {
        ...granted('recognise', 2, 'registrar', ['network-recognised', 'recognition-ended']),
        maxTargets: 1,
      },
    ],
    classes: Object.entries(CLASSES).map(([id, text]) => ({ id, text })),
    freshness: DEFAULT_FRESHNESS,
    profiles: [{ id: 'default', appliesTo: ['*'], minAssurance: 'substantial' }],
    // What everybody could know and nobody had read is borne by whoever chose to rely on it; see core's `attributeLoss`.
    loss: DEFAULT_LOSS,
    notice: { amendMs: 7 * DAY_MS, emergencyMs: 14 * DAY_MS },
    supersession: { maxPerDay: 1000 },
  };
}

function granted(power: Grant['power'], quorum: number, role: string, classes: readonly ReasonClass[]): Grant {
  return { power, roles: [role], quorum, classes: [...classes], maxTargets: MAX_TARGETS, expiresInMs: 7 * DAY_MS };
}
