import type { Bar } from '../fold/cases.ts';

/** How a case stands, behind "It". */
export const CASE_STAGE_WORDS = {
  filed: 'waits for somebody to look at it',
  triaged: 'is being looked into',
  answer: 'waits for an answer from the other side',
  review: 'is with those who judge it',
  decided: 'is decided, and not final yet',
  appeal: 'is with the panel of the appeal',
  final: 'is over',
} as const;

/** What happens when nobody acts in time. */
export const CASE_SILENCE_WORDS = {
  'passed-on': 'it passes to the steward as it stands, and the missed deadline is on record',
  proceed: 'it goes on without them',
  uphold: 'it is upheld',
  dismiss: 'it is dismissed',
  redrawn: 'somebody else is drawn to judge it',
  final: 'the finding is final',
  ends: 'it leaves the books; the log keeps it',
} as const;

/** What is asked for, behind "asks". */
export const CASE_REMEDY_WORDS = {
  revoke: 'that it is revoked',
  lift: 'that its suspension is lifted',
  reinstate: 'that it is issued again',
  withdraw: 'that the accreditation is withdrawn',
  admit: 'that the applicant is admitted',
  release: 'that the payment is made',
  return: 'that the payment goes back',
  revise: 'that the program is changed',
  none: 'an answer',
} as const;

/** Why an officer takes no part in deciding a case, behind their name. */
export const CASE_BAR_WORDS = {
  concerned: 'took part in what is complained about',
  house: 'belongs to the house that is complained about',
  acted: 'has acted in this case before, and does not judge it',
} as const satisfies Readonly<Record<Bar, string>>;
