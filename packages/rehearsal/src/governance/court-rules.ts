import { type CaseRules, DEFAULT_FRESHNESS, type PublicJwk, type Rulebook, type Track } from '@holdfast/core';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** Who is there to decide: two houses that suspend and lift, those who own cases, those who judge, a panel, a steward. */
export const COURT: readonly { readonly id: string; readonly roles: readonly string[]; readonly of?: string }[] = [
  { id: 'north-1', roles: ['keeper'] },
  { id: 'north-2', roles: ['keeper'] },
  { id: 'south-1', roles: ['keeper'] },
  { id: 'south-2', roles: ['keeper'] },
  { id: 'clerk-1', roles: ['clerk'] },
  { id: 'clerk-2', roles: ['clerk'] },
  { id: 'judge-1', roles: ['judge'] },
  { id: 'judge-2', roles: ['judge', 'panel'] },
  { id: 'judge-3', roles: ['judge', 'clerk'] },
  { id: 'judge-4', roles: ['judge'], of: 'civic' },
  { id: 'panel-1', roles: ['panel'] },
  { id: 'panel-2', roles: ['panel', 'keeper'] },
  { id: 'steward', roles: ['steward'] },
];

const REVIEW: Track['review'] = { roles: ['judge'], quorum: 1, dueMs: 4 * DAY_MS, alternates: 1, onSilence: 'dismiss' };
const END = {
  decided: { dueMs: 5 * DAY_MS },
  appeal: { roles: ['panel'], quorum: 2, dueMs: 7 * DAY_MS },
  holdMs: 10 * DAY_MS,
};

export const COURT_CASES: CaseRules = {
  steward: 'steward',
  owners: [{ role: 'clerk' }],
  reasons: [
    { class: 'stolen', subjects: ['credential'], remedies: ['revoke'], track: 'urgent', deadlineMs: DAY_MS },
    {
      class: 'mistaken',
      subjects: ['credential', 'issuer'],
      remedies: ['revoke', 'lift', 'withdraw', 'none'],
      track: 'ordinary',
      deadlineMs: 20 * DAY_MS,
    },
  ],
  tracks: [
    { id: 'urgent', filed: { dueMs: DAY_MS }, triaged: { dueMs: DAY_MS, onSilence: 'uphold' }, review: REVIEW, ...END },
    {
      id: 'ordinary',
      filed: { dueMs: DAY_MS },
      triaged: { dueMs: 2 * DAY_MS, onSilence: 'proceed' },
      answer: { dueMs: 6 * DAY_MS, extensionMs: 2 * DAY_MS, onSilence: 'proceed' },
      review: REVIEW,
      ...END,
    },
  ],
  outage: { gapMs: 6 * HOUR_MS, graceMs: 12 * HOUR_MS },
  contradiction: { withinMs: DAY_MS, class: 'mistaken' },
  incidents: { preliminaryMs: 3 * DAY_MS, fullMs: 14 * DAY_MS },
  manual: { perMille: 20, windowMs: 30 * DAY_MS, class: 'mistaken', least: 3 },
  maxOpen: 50,
};

/** The longest that any track takes from one end to the other, whatever anybody does or leaves; outages come on top. */
export function longestMs({ tracks }: CaseRules): number {
  return Math.max(
    ...tracks.map(({ filed, triaged, answer, review, decided, appeal }) => {
      const answering = answer === undefined ? 0 : answer.dueMs + answer.extensionMs;
      const reviewing = review.dueMs * (review.alternates + 1);
      return filed.dueMs + triaged.dueMs + answering + reviewing + decided.dueMs + appeal.dueMs;
    }),
  );
}

export function courtRulebook(keys: {
  readonly network: PublicJwk;
  readonly governor: PublicJwk;
  readonly officer: (id: string) => PublicJwk;
}): Rulebook {
  const grant = { classes: ['stolen', 'mistaken', 'founding'], maxTargets: 100, expiresInMs: 7 * DAY_MS };
  return {
    title: 'Rehearsed court',
    log: { origin: 'rehearsal.test/court', vkey: 'unused' },
    keys: { network: keys.network, governor: keys.governor },
    officers: COURT.map(({ id, roles, of }) => ({
      id,
      roles: [...roles],
      key: keys.officer(id),
      ...(of === undefined ? {} : { of }),
    })),
    tickMs: HOUR_MS,
    powers: [
      { ...grant, power: 'revoke', roles: ['keeper'], quorum: 2 },
      { ...grant, power: 'suspend', roles: ['keeper'], quorum: 1, maxDurationMs: 10 * DAY_MS },
      { ...grant, power: 'lift', roles: ['keeper'], quorum: 2 },
      { ...grant, power: 'accredit', roles: ['keeper'], quorum: 2 },
      { ...grant, power: 'amend', roles: ['keeper'], quorum: 2 },
    ],
    classes: [
      { id: 'stolen', text: 'stolen' },
      { id: 'mistaken', text: 'mistaken' },
    ],
    freshness: DEFAULT_FRESHNESS,
    profiles: [],
    notice: { amendMs: 3 * DAY_MS },
    cases: COURT_CASES,
  };
}
