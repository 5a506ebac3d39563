import type { CaseRules, Track } from '../src/rulebook/case-rules.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A day for what cannot wait, held meanwhile, and upheld by silence once an officer has vouched for it. */
const URGENT: Track = {
  id: 'urgent',
  filed: { dueMs: 12 * HOUR_MS },
  triaged: { dueMs: 12 * HOUR_MS, onSilence: 'uphold' },
  review: { roles: ['reviewer'], quorum: 1, dueMs: 2 * DAY_MS, alternates: 1, onSilence: 'dismiss' },
  decided: { dueMs: 10 * DAY_MS },
  appeal: { roles: ['panel'], quorum: 2, dueMs: 14 * DAY_MS },
  holdMs: 14 * DAY_MS,
};

const ORDINARY: Track = {
  id: 'ordinary',
  filed: { dueMs: DAY_MS },
  triaged: { dueMs: DAY_MS, onSilence: 'proceed' },
  answer: { dueMs: 10 * DAY_MS, extensionMs: 4 * DAY_MS, onSilence: 'proceed' },
  review: { roles: ['reviewer'], quorum: 1, dueMs: 7 * DAY_MS, alternates: 1, onSilence: 'dismiss' },
  decided: { dueMs: 10 * DAY_MS },
  appeal: { roles: ['panel'], quorum: 2, dueMs: 14 * DAY_MS },
};

export const TEST_CASES: CaseRules = {
  steward: 'steward',
  owners: [{ classes: ['residence-ended'], subjects: ['credential'], role: 'revoker' }],
  reasons: [
    { class: 'key-compromise', subjects: ['credential'], remedies: ['revoke'], track: 'urgent', deadlineMs: DAY_MS },
    {
      class: 'residence-ended',
      subjects: ['credential', 'application'],
      remedies: ['revoke', 'lift', 'admit', 'none'],
      track: 'ordinary',
      deadlineMs: 60 * DAY_MS,
    },
  ],
  tracks: [URGENT, ORDINARY],
  outage: { gapMs: HOUR_MS, graceMs: DAY_MS },
  incidents: { preliminaryMs: 3 * DAY_MS, fullMs: 14 * DAY_MS },
  manual: { perMille: 50, windowMs: 7 * DAY_MS },
  maxOpen: 1000,
};
