import type { Rulebook } from '../src/rulebook/rulebook.ts';
import { DAY_MS, testRulebook } from './log-builder.ts';
import type { TestSignatures } from './test-keys.ts';

/** The rules of the tests, with the promise that a revocation for `residence-ended` takes an hour at most. */
export function promisedRulebook(signatures: TestSignatures): Rulebook {
  const track = {
    id: 'plain',
    filed: { dueMs: DAY_MS },
    triaged: { dueMs: DAY_MS, onSilence: 'proceed' as const },
    review: { roles: ['revoker'], quorum: 1, dueMs: DAY_MS, alternates: 0, onSilence: 'dismiss' as const },
    decided: { dueMs: DAY_MS },
    appeal: { roles: ['revoker'], quorum: 1, dueMs: DAY_MS },
  };
  const reason = { class: 'residence-ended', subjects: ['credential' as const], remedies: ['revoke' as const] };
  return testRulebook(signatures, {
    cases: {
      ...{ steward: 'revoker', owners: [], tracks: [track], outage: { gapMs: DAY_MS, graceMs: 0 } },
      reasons: [{ ...reason, track: 'plain', deadlineMs: 3_600_000 }],
      ...{ manual: { perMille: 1000, windowMs: DAY_MS }, maxOpen: 10 },
      incidents: { preliminaryMs: DAY_MS, fullMs: DAY_MS },
    },
  });
}
