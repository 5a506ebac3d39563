import type { CaseRecord } from '../cases/case-record.ts';
import { escalate } from '../cases/course.ts';
import { bindingDigest } from '../governance/decision.ts';
import { newCase, termsFor } from './cases.ts';
import { setCase } from './docket.ts';
import { changeKey, type DecisionRecord, type NetworkState } from './state.ts';
import type { StatusChange } from './statement.ts';
import { officersOf } from './suspenders.ts';

/**
 * Whether this lift must wait because others, and none of these officers, hold the credential: the more protective stands, and
 * a case about it is with somebody else from now on.
 */
export function isContradicted(
  state: NetworkState,
  change: StatusChange,
  decisions: readonly DecisionRecord[],
  entry: number,
): boolean {
  if (change.value !== 0) return false;
  const key = changeKey(change.list, change.index);
  const lifters = officersOf(decisions, 'lift');
  const held = caseAbout(state, change);
  if (held !== undefined) return contradictHold(state, held, lifters);
  const suspenders = state.docket.suspenders.get(key);
  const rules = state.rulebook?.body.cases;
  if (suspenders === undefined || suspenders.endedAt !== undefined || rules?.contradiction === undefined) return false;
  const isLate = state.time > suspenders.at + rules.contradiction.withinMs;
  if (isLate || lifters.some((officer) => suspenders.officers.includes(officer))) return false;
  openContradiction(state, change, { entry, officers: [...suspenders.officers, ...lifters] });
  return true;
}

/** The open case that has named this credential, and on whose account it is suspended. */
function caseAbout({ docket }: NetworkState, { list, index }: StatusChange): CaseRecord | undefined {
  return docket.cases.get(docket.held.get(changeKey(list, index)) ?? '');
}

/** Those who hold may let go; anybody else's lift is for those who judge the case. */
function contradictHold(state: NetworkState, record: CaseRecord, lifters: readonly string[]): boolean {
  const { hold, ...rest } = record;
  const isOwn = record.finding === undefined && hold?.officers.some((officer) => lifters.includes(officer)) === true;
  setCase(state.docket, isOwn ? rest : escalate(record, state.time));
  return !isOwn;
}

function openContradiction(
  state: NetworkState,
  { list, index }: StatusChange,
  { entry, officers }: { readonly entry: number; readonly officers: readonly string[] },
): void {
  const { rulebook } = state;
  const rules = rulebook?.body.cases;
  const reason = rules?.contradiction?.class;
  if (rulebook === undefined || rules === undefined || reason === undefined) return;
  const ask = { class: reason, subject: 'credential', remedy: 'lift' } as const;
  const terms = termsFor(rulebook.body, ask);
  const subject = contradictionSubject({ list, index });
  if (terms === undefined || state.docket.open.has(subject)) return;
  const of = {
    id: `contradiction-${entry}-${subject}`,
    entry,
    about: ask.subject,
    class: reason,
    remedy: ask.remedy,
    subject,
  };
  const record = newCase(state, { ...of, terms, rules, rulebook: rulebook.index });
  const target = { of: 'credential', list, index } as const;
  setCase(state.docket, escalate({ ...record, target, conflicted: [...new Set(officers)] }, state.time));
}

/** Nobody filed it, so nobody made a handle: what it is about stands in the log twice already. */
export function contradictionSubject(target: { readonly list: string; readonly index: number }): string {
  return bindingDigest(['contradiction', target.list, target.index]);
}
