import type { CaseRules, Program, Track } from '@holdfast/core';
import { sampleCaseRules } from '@holdfast/server/roles';

/** The reason for which the distributor files, and the one for which people do. */
export const BY_HAND = 'manual-review';
export const WRONGLY_REFUSED = 'wrongly-refused';

/** Who decides cases, besides those at the desk who own them. */
export const JUDGES = [
  { id: 'steward', roles: ['steward'] },
  ...['judge-1', 'judge-2', 'judge-3', 'judge-4', 'judge-5'].map((id) => ({ id, roles: ['reviewer'] })),
] as const;

const S = 1000;

/** Every step of a case in less than a minute; silence goes on, and takes nothing. */
const QUICK: Track = {
  id: 'person',
  filed: { dueMs: 40 * S },
  triaged: { dueMs: 30 * S, onSilence: 'proceed' },
  review: { roles: ['reviewer'], quorum: 2, dueMs: 40 * S, alternates: 1, onSilence: 'dismiss' },
  decided: { dueMs: 20 * S },
  appeal: { roles: ['reviewer'], quorum: 2, dueMs: 40 * S },
};
/** Two looks at what nobody has vouched for, and two reviews: no case is longer, outages apart. */
export const LONGEST_CASE_MS = 40 * S + 2 * 30 * S + 2 * 40 * S + 20 * S + 40 * S;
export const OUTAGE = { gapMs: 60 * S, graceMs: 30 * S } as const;

export function doubtRules(): CaseRules {
  const { contradiction: _, ...rules } = sampleCaseRules();
  const reasons = rules.reasons
    .filter((reason) => reason.track === QUICK.id || reason.class === rules.manual.payments)
    .map((reason) => ({ ...reason, track: QUICK.id }));
  return { ...rules, reasons, tracks: [QUICK], outage: OUTAGE, manual: { ...rules.manual, class: BY_HAND } };
}

/** Its money leaves the house. */
export const ABROAD = 'abroad';

/** A third of the people may not have it, by its rule. */
const ELIGIBILITY = 'int(claims.resident_id) % 3 != 1';

/**
 * One has enough for whoever is admitted late; one gives everything away, and has what comes back; of one nobody is in doubt, and a
 * bank pays it that never says a word of some payments.
 */
export const DOUBT_PROGRAMS = [
  { id: 'ample', budget: '200000', cap: '2000' },
  { id: 'tight', budget: '60001', cap: '60001' },
  { id: ABROAD, budget: '200000', cap: '2000' },
].map(({ id, budget, cap }) => ({
  rule: {
    ...{ id, asset: { code: 'EUR', decimals: 2 }, budget },
    destinations: id === ABROAD ? (['eip155'] as const) : (['internal'] as const),
    allocation: { mode: 'sealed', rule: 'equal-capped', cap } as const,
    // Long enough for a case, an outage and what follows from both.
    appealMs: LONGEST_CASE_MS + 140 * S,
  },
  changes: { eligibility: ELIGIBILITY, confirm: { withinMs: 90 * S, otherwise: 'return' } } as Partial<Program>,
}));
