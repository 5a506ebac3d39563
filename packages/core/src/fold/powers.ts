import { parseBase64url } from '../encoding/text.ts';
import { appendLeaf, leafHash } from '../log/tree.ts';
import { approvalsNeeded, grantOf, isCitable, type Power } from '../rulebook/rulebook.ts';
import { SUPERSEDED } from '../status/superseded.ts';
import type { OfficerApproval } from './authority.ts';
import { isContradicted } from './contradictions.ts';
import { recordDeciders } from './docket.ts';
import { noteLate } from './lateness.ts';
import { changeKey, type DecisionRecord, type NetworkState, type Refusal, setStatus } from './state.ts';
import type { StatementOf, StatusChange } from './statement.ts';
import { endSuspension, isAgain, recordSuspenders } from './suspenders.ts';

type Authorised = { readonly digest: string; readonly index: number; readonly approvals: readonly OfficerApproval[] };

/** A decision is accepted once, under the rulebook in force, by enough different officers, within its time and bounds. */
export function applyDecision(
  state: NetworkState,
  body: StatementOf<'decision'>,
  authorised: Authorised,
): Refusal | undefined {
  const { rulebook } = state;
  if (rulebook === undefined || !isCitable(rulebook, body.power, body.rulebook)) return 'decision-rulebook';
  const grant = grantOf(rulebook.body, body.power);
  if (grant === undefined) return 'decision-power';
  if (!grant.classes.includes(body.class)) return 'decision-class';
  if (body.targets.count > grant.maxTargets) return 'decision-targets';
  if (body.expiry <= state.time || body.expiry > state.time + grant.expiresInMs) return 'decision-expired';
  if (state.decided.has(authorised.digest)) return 'decision-repeated';
  const officers = new Set(
    authorised.approvals
      .filter(({ roles }) => roles.some((role) => grant.roles.includes(role)))
      .map(({ officer }) => officer),
  );
  const quorum = approvalsNeeded(rulebook.body, body);
  if (quorum === undefined) return 'exception-rule';
  if (officers.size < quorum) return 'quorum';
  state.decided.add(authorised.digest);
  appendLeaf(state.decidedTree, leafHash(parseBase64url(authorised.digest)));
  if (rulebook.body.cases !== undefined) recordDeciders(state.docket, authorised.index, [...officers], state.time);
  const { power, parameters } = body;
  state.open.push({
    index: authorised.index,
    digest: authorised.digest,
    power,
    count: body.targets.count,
    class: body.class,
    officers: [...officers],
    parameters,
    received: body.received,
  });
  return undefined;
}

const VALUE_OF = { revoke: 1, suspend: 2, lift: 0 } as const satisfies Partial<Record<Power, StatusChange['value']>>;

/**
 * Changes of status carry out decisions of the same epoch, each once, and their counts must agree: for every value, as
 * many changes as the decisions with that power name targets.
 */
export function applyStatus(state: NetworkState, body: StatementOf<'status'>, index: number): Refusal | undefined {
  const decisions = findOpen(state, body.decisions);
  if (decisions === undefined) return 'decision-missing';
  for (const power of ['revoke', 'suspend', 'lift'] as const) {
    const changes = body.changes.filter((change) => change.value === VALUE_OF[power]).length;
    const targets = decisions.filter((decision) => decision.power === power).reduce((sum, { count }) => sum + count, 0);
    if (changes !== targets) return 'counts-differ';
  }
  if (decisions.some(({ power }) => !(power in VALUE_OF))) return 'decision-power';
  const refusal = firstRefusal(state, body.changes, decisions);
  if (refusal !== undefined) return refusal;
  if (!doDurationsAgree(body.changes, decisions)) return 'counts-differ';
  closeDecisions(state, decisions);
  const indices = decisions.map((decision) => decision.index);
  for (const change of body.changes) {
    if (isContradicted(state, change, decisions, index)) continue;
    applyChange(state, change, { entry: index, decisions: indices });
    recordSuspenders(state, change, decisions);
  }
  noteLate(state, body.changes, decisions, index);
  return undefined;
}

function firstRefusal(
  state: NetworkState,
  changes: readonly StatusChange[],
  decisions: readonly DecisionRecord[],
): Refusal | undefined {
  const seen = new Set<string>();
  for (const change of changes) {
    const key = changeKey(change.list, change.index);
    if (seen.has(key)) return 'counts-differ';
    seen.add(key);
    const list = state.lists.get(change.list);
    if (list === undefined) return 'list-unknown';
    if (change.index >= list.size) return 'index-out-of-range';
    if (isFinal(list.values[change.index], change.value)) return 'already-final';
    if (change.value === 2 ? !isDurationAllowed(state, change, decisions) : change.until !== undefined)
      return 'duration';
    if (change.value === 2 && isAgain(state, change, decisions)) return 'suspended-before';
  }
  return undefined;
}

/** What was revoked stays so. What its issuer has replaced is as final, but for being revoked as well. */
function isFinal(before: number | undefined, after: StatusChange['value']): boolean {
  return before === 1 || (before === SUPERSEDED && after !== 1);
}

/** A suspension ends by itself, no later than the rulebook allows, at a time that one of its decisions named. */
function isDurationAllowed(state: NetworkState, change: StatusChange, decisions: readonly DecisionRecord[]): boolean {
  const grant = state.rulebook === undefined ? undefined : grantOf(state.rulebook.body, 'suspend');
  if (change.until === undefined || grant?.maxDurationMs === undefined) return false;
  const named = decisions.some(({ power, parameters }) => power === 'suspend' && parameters.until === change.until);
  return named && change.until > state.time && change.until <= state.time + grant.maxDurationMs;
}

/** Of decisions carried out together none lends its end to another's targets: the counts agree for each end. */
function doDurationsAgree(changes: readonly StatusChange[], decisions: readonly DecisionRecord[]): boolean {
  const left = new Map<number | undefined, number>();
  for (const { value, until } of changes) if (value === 2) left.set(until, (left.get(until) ?? 0) + 1);
  for (const { power, parameters, count } of decisions) {
    if (power !== 'suspend' || typeof parameters.until !== 'number') continue;
    left.set(parameters.until, (left.get(parameters.until) ?? 0) - count);
  }
  return [...left.values()].every((count) => count === 0);
}

function applyChange(state: NetworkState, change: StatusChange, record: { entry: number; decisions: number[] }): void {
  const list = state.lists.get(change.list);
  if (list === undefined) return;
  const key = changeKey(change.list, change.index);
  // What a case holds stays suspended until the next epoch has seen what became of the case.
  if (change.value !== 0 || !state.docket.held.has(key)) setStatus(list, change.index, change.value);
  if (change.value === 0) endSuspension(state, key, state.time);
  if (change.until === undefined) state.suspensions.delete(key);
  // A second suspension never ends the first one early: that is the power to lift, and may need more officers.
  else state.suspensions.set(key, Math.max(change.until, state.suspensions.get(key) ?? 0));
  if (change.value === 0 && !state.docket.held.has(key)) state.changes.delete(key);
  else if (change.value === 0) return;
  else state.changes.set(key, record);
}

export function findOpen(state: NetworkState, digests: readonly string[]): DecisionRecord[] | undefined {
  const found = digests.map((digest) => state.open.find((decision) => decision.digest === digest));
  const distinct = new Set(digests).size === digests.length;
  return distinct && found.every((decision) => decision !== undefined) ? found : undefined;
}

export function closeDecisions(state: NetworkState, decisions: readonly DecisionRecord[]): void {
  state.open = state.open.filter((decision) => !decisions.includes(decision));
}
