import type { Outcome } from '../verdict/verdict.ts';

/**
 * Why an acknowledged application is not admitted: the first that applies, in this order, so that two who judge alike give
 * the same code. Closed and public: added to, never renamed. Words for people are in spec/reasons.json.
 */
export const APPLICATION_REFUSALS = [
  'application.credential_invalid',
  'application.credential_revoked',
  'application.credential_superseded',
  'application.credential_suspended',
  'application.credential_expired',
  'application.credential_early',
  'application.unproved',
  'application.issuer_unlisted',
  'application.assurance_low',
  'application.destination_kind',
  'application.person_missing',
  'application.person_unreadable',
  'application.rule_unanswered',
  'application.not_eligible',
  'application.weight_unanswered',
  'application.duplicate_person',
  'application.budget_spent',
  'application.issuer_cap',
] as const;
export type ApplicationRefusal = (typeof APPLICATION_REFUSALS)[number];

/** What the verdict at the seal's position says against an application; `unknown` is admitted and held. */
export function refusalOfOutcome(outcome: Outcome): ApplicationRefusal | undefined {
  switch (outcome) {
    case 'valid':
    case 'unknown':
      return undefined;
    case 'invalid':
      return 'application.credential_invalid';
    case 'revoked':
      return 'application.credential_revoked';
    case 'suspended':
      return 'application.credential_suspended';
    case 'expired':
      return 'application.credential_expired';
    case 'not-yet-valid':
      return 'application.credential_early';
    default:
      return outcome satisfies never;
  }
}
