import type { Cause } from '../verdict/explain.ts';
import type { Course } from '../verdict/explain-over-time.ts';
import type { Phrase } from './phrase.ts';
import type { Wording } from './wording.ts';

type WordingOfClass = (decision: { readonly class: string; readonly text: string }) => Wording | string;

/**
 * What changed since it last worked, from one party's own answers: when that was, and for the change that ended it one reason.
 * Nothing where nobody ever asked. `wordingOf`: the words for the class of a decision,
 * where there are others than those that came with it.
 */
export function changePhrases(course: Course, wordingOf: WordingOfClass = ({ text }) => text): readonly Phrase[] {
  const { stretches, turns } = course;
  const last = stretches.at(-1);
  if (last === undefined) return [];
  const works = stretches.map(({ outcome }) => outcome === 'valid');
  const at = works.lastIndexOf(true);
  if (at === stretches.length - 1) return [dated('change.still', last.until)];
  const good = stretches[at];
  if (good === undefined) return [dated('change.never', last.until)];
  const turn = turns[at];
  return [dated('change.worked', good.until), ...(turn === undefined ? [] : [causePhrase(turn.cause, wordingOf)])];
}

function dated(code: string, date: number): Phrase {
  return { code, values: { date: { date } } };
}

function causePhrase(cause: Cause, wordingOf: WordingOfClass): Phrase {
  switch (cause.kind) {
    case 'decision': {
      const [decision] = cause.deciding.decisions;
      return decision === undefined
        ? { code: 'change.other' }
        : { code: 'change.decision', values: { reason: wordingOf(decision) } };
    }
    case 'position':
      return { code: 'change.position' };
    case 'age':
    case 'witnesses':
    case 'clock':
      return { code: 'change.age' };
    case 'validity':
      return { code: 'change.validity' };
    case 'trust':
    case 'issuer-record':
      return { code: 'change.trust' };
    case 'rulebook':
    case 'profile':
    case 'policy':
    case 'network':
      return { code: 'change.rules' };
    case 'check':
      return { code: 'change.check' };
    case 'agreement':
    case 'other-presentation':
    case 'request':
    case 'foreign-evidence':
    case 'fork':
    case 'unexplained':
      return { code: 'change.other' };
    default:
      return cause satisfies never;
  }
}
