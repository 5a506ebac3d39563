import type { CaseAct } from '@holdfast/core';
import type { CaseView } from '@holdfast/server/answers';
import { dateOf } from '../parts/time-words.ts';

const STAGES: Readonly<Record<CaseView['stage'], string>> = {
  filed: 'waits for somebody to look at it',
  triaged: 'is being looked into',
  answer: 'waits for an answer from the other side',
  review: 'is with those who judge it',
  decided: 'is decided, and not final yet',
  appeal: 'is with the panel of the appeal',
  final: 'is over',
};

const SILENCES: Readonly<Record<CaseView['onSilence'], string>> = {
  'passed-on': 'it passes to the steward as it stands, and the missed deadline is on record',
  proceed: 'it goes on without them',
  uphold: 'it is upheld',
  dismiss: 'it is dismissed',
  redrawn: 'somebody else is drawn to judge it',
  final: 'the finding is final',
  ends: 'it leaves the books; the log keeps it',
};

const REMEDIES: Readonly<Record<CaseView['remedy'], string>> = {
  revoke: 'that it is revoked',
  lift: 'that its suspension is lifted',
  reinstate: 'that it is issued again',
  withdraw: 'that the accreditation is withdrawn',
  admit: 'that the applicant is admitted',
  release: 'that the payment is made',
  return: 'that the payment goes back',
  revise: 'that the program is changed',
  none: 'an answer',
};

export function stageOf({ stage }: Pick<CaseView, 'stage'>): string {
  return STAGES[stage];
}

export function silenceOf({ onSilence }: Pick<CaseView, 'onSilence'>): string {
  return SILENCES[onSilence];
}

export function remedyOf(remedy: CaseView['remedy']): string {
  return REMEDIES[remedy];
}

/** Whose turn it is until when, and what happens by itself if they do nothing. */
export function turnOf(view: CaseView): string {
  const { stage, owner, dueAt } = view;
  const until = `by ${dateOf(dueAt)}`;
  const silence = `If nothing is done by then, this happens by itself: ${silenceOf(view)}.`;
  if (stage === 'final') return 'Nothing is to be done.';
  if (stage === 'decided') return `Those concerned may appeal ${until}. If nobody does, ${silenceOf(view)}.`;
  if (stage === 'answer') return `${owner} may answer ${until}. ${silence}`;
  if (stage === 'review') return `${owner} should judge it ${until}. ${silence}`;
  return `The next step is for an officer with the role ${owner}, ${until}. ${silence}`;
}

/** A step as whoever signs it has to understand it. */
export function wordsOfAct(act: CaseAct): string {
  switch (act.act) {
    case 'triage':
      if (!act.admit) return 'There is nothing to it: the case is dismissed.';
      return `It is a case${act.class === undefined ? '' : `, for the reason ${act.class}`}${act.remedy === undefined ? '' : `, and asks ${remedyOf(act.remedy)}`}.`;
    case 'hold':
      return 'The credential is suspended while the case goes on.';
    case 'advance':
      return 'All is known that can be: it goes on to the answer, or to those who judge.';
    case 'find':
      return act.upheld ? 'It is upheld: what was asked for follows.' : 'It is dismissed: nothing follows.';
    case 'open':
      return 'It was filed.';
    case 'join':
      return 'Somebody else complained about the same.';
    case 'answer':
      return 'The other side answered.';
    case 'extend':
      return 'The other side asked for more time.';
    case 'appeal':
      return 'An appeal was made.';
    case 'withdraw':
      return 'It was taken back.';
    default:
      return act satisfies never;
  }
}
