import type { CaseReason, CaseRules, Track } from '@holdfast/core';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Officers of the sample network besides those who decide: whoever judges has had no part in what is judged. */
export const SAMPLE_JUDGES = [
  { id: 'officer-c', roles: ['steward', 'guardian'] },
  { id: 'officer-d', roles: ['reviewer', 'guardian'] },
  { id: 'officer-e', roles: ['reviewer'] },
  { id: 'officer-f', roles: ['reviewer'] },
  { id: 'officer-g', roles: ['reviewer'] },
] as const;

/** Two of them review, then two others; the panel are those who have not. */
const REVIEW = { roles: ['reviewer'], quorum: 2, alternates: 1, onSilence: 'dismiss' } as const;
const PANEL = { roles: ['reviewer'], quorum: 2 } as const;

const TRACKS: readonly Track[] = [
  {
    // What cannot wait: vouched for by an officer, silence upholds it within a day (CA/B Forum: 24 hours).
    id: 'urgent',
    filed: { dueMs: 12 * HOUR_MS },
    triaged: { dueMs: 12 * HOUR_MS, onSilence: 'uphold' },
    review: track(2),
    ...ending(10, 14),
    holdMs: 14 * DAY_MS,
  },
  {
    // What is wrong but not dangerous: five days (CA/B Forum).
    id: 'prompt',
    filed: { dueMs: DAY_MS },
    triaged: { dueMs: DAY_MS, onSilence: 'proceed' },
    review: track(1.5),
    ...ending(10, 14),
    holdMs: 14 * DAY_MS,
  },
  {
    // Somebody waits for an answer about themselves.
    id: 'person',
    filed: { dueMs: DAY_MS },
    triaged: { dueMs: 2 * DAY_MS, onSilence: 'proceed' },
    review: track(3),
    ...ending(3, 7),
  },
  {
    // Two sides: twenty days to answer and four more for the asking (UDRP).
    id: 'ordinary',
    filed: { dueMs: DAY_MS },
    triaged: { dueMs: DAY_MS, onSilence: 'proceed' },
    answer: { dueMs: 20 * DAY_MS, extensionMs: 4 * DAY_MS, onSilence: 'proceed' },
    review: track(7),
    ...ending(10, 14),
  },
];

function track(days: number): Track['review'] {
  return { ...REVIEW, roles: [...REVIEW.roles], dueMs: days * DAY_MS };
}

function ending(windowDays: number, appealDays: number): Pick<Track, 'decided' | 'appeal'> {
  return {
    decided: { dueMs: windowDays * DAY_MS },
    appeal: { ...PANEL, roles: [...PANEL.roles], dueMs: appealDays * DAY_MS },
  };
}

type Asked = Pick<CaseReason, 'subjects' | 'remedies'>;
const REVOKED: Asked = { subjects: ['credential'], remedies: ['revoke'] };

function reason(reasonClass: string, asked: Asked, on: string, days: number): CaseReason {
  return { class: reasonClass, ...asked, track: on, deadlineMs: days * DAY_MS };
}

/** How complaints go in the sample network: none takes longer than 65 days, whatever anybody does or leaves. */
export function sampleCaseRules(): CaseRules {
  return {
    steward: 'steward',
    owners: [
      { subjects: ['credential'], role: 'revoker' },
      { subjects: ['application', 'payment', 'program'], role: 'treasurer' },
      { subjects: ['issuer'], role: 'registrar' },
    ],
    reasons: [
      reason('key-compromise', REVOKED, 'urgent', 1),
      reason('holder-request', REVOKED, 'urgent', 1),
      reason('issued-in-error', REVOKED, 'prompt', 5),
      reason('residence-ended', REVOKED, 'prompt', 5),
      reason('wrongly-suspended', { subjects: ['credential'], remedies: ['lift'] }, 'person', 12),
      reason('wrongly-revoked', { subjects: ['credential'], remedies: ['reinstate'] }, 'person', 12),
      reason('wrongly-refused', { subjects: ['application'], remedies: ['admit', 'none'] }, 'person', 12),
      reason('manual-review', { subjects: ['credential', 'application'], remedies: ['none', 'admit'] }, 'person', 12),
      reason('contradiction', { subjects: ['credential'], remedies: ['lift'] }, 'person', 12),
      reason('standing-lost', { subjects: ['issuer'], remedies: ['withdraw', 'none'] }, 'ordinary', 60),
      reason('payment-corrected', { subjects: ['payment'], remedies: ['release', 'return', 'none'] }, 'ordinary', 60),
      reason('program-revised', { subjects: ['program'], remedies: ['revise', 'none'] }, 'ordinary', 60),
    ],
    tracks: [...TRACKS],
    outage: { gapMs: HOUR_MS, graceMs: DAY_MS },
    contradiction: { withinMs: 3 * DAY_MS, class: 'contradiction' },
    barsDeciders: true,
    incidents: { preliminaryMs: 3 * DAY_MS, fullMs: 14 * DAY_MS },
    manual: { perMille: 50, windowMs: 7 * DAY_MS, class: 'manual-review', payments: 'payment-corrected', least: 5 },
    maxOpen: 10_000,
  };
}
