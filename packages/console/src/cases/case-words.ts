import { CASE_REMEDY_WORDS, CASE_SILENCE_WORDS, CASE_STAGE_WORDS, type CaseAct } from '@holdfast/core';
import type { CaseView } from '@holdfast/server/answers';
import { dateOf } from '../parts/time-words.ts';

export function stageOf({ stage }: Pick<CaseView, 'stage'>): string {
  return CASE_STAGE_WORDS[stage];
}

export function silenceOf({ onSilence }: Pick<CaseView, 'onSilence'>): string {
  return CASE_SILENCE_WORDS[onSilence];
}

export function remedyOf(remedy: CaseView['remedy']): string {
  return CASE_REMEDY_WORDS[remedy];
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
