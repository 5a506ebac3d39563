import {
  CASE_REMEDY_WORDS,
  CASE_SILENCE_WORDS,
  CASE_STAGE_WORDS,
  type CaseAct,
  type CaseTarget,
  type Remedy,
} from '@holdfast/core';
import type { CaseView } from '@holdfast/server/answers';
import { awayOf, dateOf } from '../parts/time-words.ts';

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
export function turnOf(view: CaseView, now: number): string {
  const { stage, owner, dueAt } = view;
  const until = `by ${dateOf(dueAt)} (${awayOf(dueAt, now)})`;
  const silence = `If nothing is done by then, this happens by itself: ${silenceOf(view)}.`;
  if (stage === 'final') return endOf(view);
  if (stage === 'decided') return `Those concerned may appeal ${until}. If nobody does, ${silenceOf(view)}.`;
  if (stage === 'answer') return `${owner} may answer ${until}. ${silence}`;
  if (stage === 'review') return `${owner} should judge it ${until}. ${silence}`;
  if (stage === 'appeal') return `The panel should judge it anew ${until}. ${silence}`;
  return `The next step is for an officer with the role ${owner}, ${until}. ${silence}`;
}

/** What follows for good from a complaint that was upheld, behind "then". */
const FOLLOWS: Readonly<Record<Remedy, string>> = {
  revoke: 'the credential is revoked, and never counts again',
  lift: 'the credential counts again',
  reinstate: 'its holder may be given another credential',
  withdraw: 'the issuer loses that accreditation',
  admit: 'the applicant is admitted, and paid by the rules of the program',
  release: 'the payment is made',
  return: 'the payment goes back',
  revise: 'whoever runs the program has to change it',
  none: 'nothing follows but the answer',
};

/** What came of a case that is over. */
function endOf({ finding, remedy }: CaseView): string {
  const nothing = 'Nothing more is to be done.';
  if (finding === undefined) return nothing;
  return finding.upheld ? `So it is: ${FOLLOWS[remedy]}. ${nothing}` : `Nothing follows from it. ${nothing}`;
}

/** What a judgement does once enough have found it. */
export function effectsOf(
  { remedy, stage, held }: Pick<CaseView, 'remedy' | 'stage' | 'held'>,
  needed: number,
  isUpheld: boolean,
): string {
  const when = `Once ${needed === 1 ? 'one of you has' : `${needed} of you have`} found so`;
  const nothing = `nothing follows${held ? ', and it is suspended no longer' : ''}`;
  if (stage === 'appeal') return `${when} it is final: ${isUpheld ? FOLLOWS[remedy] : nothing}.`;
  if (!isUpheld) return `${when} ${nothing}. Whoever complained can appeal.`;
  const meanwhile = remedy === 'revoke' ? `it ${held ? 'stays' : 'is at once'} suspended, and ` : '';
  return `${when} ${meanwhile}those concerned can appeal. If nobody does, ${FOLLOWS[remedy]}.`;
}

/** What it takes effect on, for somebody who compares it. */
export function targetWords(target: CaseTarget): string {
  switch (target.of) {
    case 'credential':
      return `credential ${target.index} of the list ${target.list}`;
    case 'issuer':
      return `the issuer ${target.party}${target.type === undefined ? '' : `, for ${target.type}`}`;
    case 'program':
      return `the program ${target.program}`;
    case 'application':
    case 'payment':
      return `the ${target.of} ${target.digest} of the program ${target.program}`;
    default:
      return target satisfies never;
  }
}

/** Who may judge it now, and how many of them have to find the same; undefined while nobody is asked to. */
export function judgesOf({ next }: Pick<CaseView, 'next'>): CaseView['next'][number] | undefined {
  return next.find(({ act }) => act === 'find');
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
