import {
  type CaseAct,
  type CaseRecord,
  CodedError,
  canonicalJson,
  deciderEntriesOf,
  encodeBase64url,
  encodeUtf8,
  type NetworkState,
  sha256,
  trackOf,
} from '@holdfast/core';
import type { KeptStep } from '../../../ports/case-store.ts';
import type { Filing, KnownFiler } from './filing.ts';

/** With the decision that it is about, where it can only be one: nobody need know its number to keep its takers out. */
export function withDecision(state: Readonly<NetworkState>, filing: Filing, subject: object): Filing {
  if (filing.against !== undefined || !('list' in subject)) return filing;
  const place = subject as { readonly list: string; readonly index: number };
  const [only, ...others] = deciderEntriesOf(state, place);
  return only === undefined || others.length > 0 ? filing : { ...filing, against: only };
}

/** The open case that has named this. */
export function openAbout({ docket }: Readonly<NetworkState>, subject: object): string | undefined {
  const named = [...docket.cases.values()].find((record) => record.stage !== 'final' && isTarget(record, subject));
  return named?.id;
}

export function isTarget({ target }: CaseRecord, subject: object | undefined): boolean {
  if (target?.of !== 'credential' || subject === undefined) return false;
  return canonicalJson({ list: target.list, index: target.index }) === canonicalJson(subject);
}

/** By presenting, people file about what is theirs, or about parties and programs; about others' credentials at the desk. */
export function assertOwn({ about, subject }: Filing, who: KnownFiler): void {
  if (about !== 'credential' || subject === undefined) return;
  if (canonicalJson(subject) === canonicalJson(who.credential ?? null)) return;
  throw new CodedError(
    'case.subject',
    'What was presented is another credential; one about somebody else is filed at the desk.',
  );
}

/** A code is for one subject: whoever holds it files about nothing else. */
export function assertVouched({ subject }: Filing, own: object): void {
  if (subject !== undefined && canonicalJson(subject) === canonicalJson(own)) return;
  throw new CodedError('case.subject', 'This code is for something else than what the complaint is about.');
}

export function requestDigest(request: object): string {
  return encodeBase64url(sha256(encodeUtf8(canonicalJson(JSON.parse(JSON.stringify(request))))));
}

export function sameRequest(kept: KeptStep, request: string): KeptStep {
  if (kept.request === request) return kept;
  throw new CodedError('case.idempotency-conflict', 'This Idempotency-Key was used for something else.', {
    id: kept.id,
  });
}

/** How long it may wait to be looked at: by the rules for what it asks, or by those of the case that it joins. */
export function lookedAtMs({ act: text, case: id }: KeptStep, { rulebook, docket }: Readonly<NetworkState>): number {
  const act = JSON.parse(text) as CaseAct;
  const rules = rulebook?.body.cases;
  const asked =
    act.act === 'open' && rules !== undefined
      ? trackOf(rules, { class: act.class, subject: act.about, remedy: act.remedy })
      : undefined;
  const track = docket.cases.get(id)?.terms.track ?? asked;
  // It joins what is not in the log yet: the longest that any case may wait is never too little.
  return track?.filed.dueMs ?? Math.max(0, ...(rules?.tracks ?? []).map(({ filed }) => filed.dueMs));
}
