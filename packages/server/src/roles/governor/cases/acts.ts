import type { CaseAct } from '@holdfast/core';
import type { Filing } from './filing.ts';

/** Steps that officers do not sign. */
export type Response = {
  readonly act: 'answer' | 'extend' | 'appeal' | 'withdraw';
  readonly statement?: string;
  /** Of the leaf that the statement becomes (16 bytes, base64url): for a party, which signs what its answer commits to. */
  readonly salt?: string;
};

/** Who takes such a step: whoever filed, by their code; the holder, by presenting; a party, by its signature; or the desk. */
export type Respondent =
  | { readonly code: string }
  | { readonly presentation: string }
  | { readonly signed: string }
  | { readonly operator: string };

/** What a filing says in the log: nothing of whom it is about, and of what was said a root over salted leaves. */
export function openingAct(filing: Filing, isJoining: boolean, subject: string, evidence: string): CaseAct {
  if (isJoining) return { act: 'join', evidence };
  const { about, remedy, respondent, against } = filing;
  return {
    act: 'open',
    ...{ about, class: filing.class, remedy, subject, evidence },
    ...(respondent === undefined ? {} : { respondent }),
    ...(against === undefined ? {} : { against }),
  };
}

export function responseAct({ act }: Response, evidence: string, by: Respondent): CaseAct {
  switch (act) {
    case 'answer':
      return { act, evidence, ...('signed' in by ? { signed: by.signed } : {}) };
    case 'appeal':
      return { act, evidence };
    case 'extend':
    case 'withdraw':
      return { act };
    default:
      return act satisfies never;
  }
}
