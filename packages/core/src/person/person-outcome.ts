import type { CaseRules, CaseSubject, Remedy } from '../rulebook/case-rules.ts';
import type { Phrase } from './phrase.ts';
import type { Wording } from './wording.ts';

/** What somebody can do on their own page. */
export const PERSON_ACTS = ['complain', 'appeal', 'withdraw'] as const;
export type PersonAct = (typeof PERSON_ACTS)[number];

/**
 * One outcome, as whoever it is about is told: what, why, by when something will have happened whatever anybody does, who
 * fixes it, how to appeal. All of it is sentences of spec/outcomes.json; no other text is made from state.
 */
export type PersonOutcome = {
  /** Of the outcome: what a change of is told. */
  readonly code: string;
  readonly mood: 'good' | 'waiting' | 'bad' | 'over';
  /** Unix milliseconds, where it is known. */
  readonly since?: number;
  readonly what: Phrase;
  readonly why: readonly Phrase[];
  readonly by: readonly Phrase[];
  readonly owner: Phrase;
  readonly appeal: Phrase;
  readonly acts: readonly PersonAct[];
  /** What can be complained about on the page, where `acts` says so. */
  readonly complaint?: Complaint;
};

/** What a complaint from here is about: the first of the remedies for which the rulebook has a reason. */
export type Complaint = {
  readonly about: CaseSubject;
  readonly remedy: Remedy;
  /** Public classes of reason that may be given. */
  readonly classes: readonly string[];
};

/** What complaints are like in this network. `longestMs`: from filing to the end of any, whatever anybody does or leaves. */
export type ComplaintTerms = { readonly rules: Pick<CaseRules, 'reasons'>; readonly longestMs: number };

export function complaintAbout(
  terms: ComplaintTerms | undefined,
  about: CaseSubject,
  remedies: readonly Remedy[],
): Complaint | undefined {
  const reasonsFor = (remedy: Remedy) =>
    (terms?.rules.reasons ?? []).filter(
      (reason) => reason.subjects.includes(about) && reason.remedies.includes(remedy),
    );
  const remedy = remedies.find((each) => reasonsFor(each).length > 0);
  return remedy === undefined
    ? undefined
    : { about, remedy, classes: reasonsFor(remedy).map((reason) => reason.class) };
}

/** For a step for which no rule sets a time: what a complaint of today would be over by. */
export function byComplaint(terms: ComplaintTerms | undefined, now: number): Phrase {
  if (terms === undefined) return { code: 'by.none' };
  return { code: 'by.complaint', values: { date: { date: now + terms.longestMs } } };
}

export const NOBODY: Phrase = { code: 'owner.nobody' };
export const YOU: Phrase = { code: 'owner.you' };

export function ownedBy(name: Wording | string): Phrase {
  return { code: 'owner.named', values: { name } };
}
