import { sha256 } from '../encoding/bytes.ts';
import { thumbprint } from '../encoding/jwk.ts';
import { type SignatureCheck, signatureCheck } from '../encoding/jws.ts';
import { encodeBase64url } from '../encoding/text.ts';
import { isCodedError } from '../errors.ts';
import type { Position } from '../log/position.ts';
import { appendLeaf, compactRoot, copyCompactTree, leafHash } from '../log/tree.ts';
import { applyCancellation, applyRulebook } from './amendments.ts';
import { isAccredited, keysInForce, type OfficerApproval, officerApprovals, signingKey } from './authority.ts';
import { applyCase, applyIncident, respondentCheck, stepApprovals } from './cases.ts';
import { digestOfDecision } from './decision-digest.ts';
import { applyDue } from './due.ts';
import { applyException } from './exceptions.ts';
import { applyParty } from './party-changes.ts';
import { applyDecision, applyStatus } from './powers.ts';
import { applyDraw, applyIntake, applyProgram, applyReveal, applySeal, passEpoch } from './programs.ts';
import { applyRecognition } from './recognitions.ts';
import { sectionsOf } from './sections.ts';
import type { NetworkState, Refusal } from './state.ts';
import { type PartyKey, SECTIONS, type Statement, type StatementOf, type StatementParse } from './statement.ts';
import { applySuccession } from './succession.ts';
import { applySupersede } from './supersessions.ts';

/** What one entry did: something, or nothing and why. */
export type Applied =
  | { readonly ok: true; readonly index: number }
  | { readonly ok: false; readonly index: number; readonly why: Refusal };

/**
 * The signatures this entry needs verified, under the keys in force now: its own first, then one for each approval that
 * counts. Empty when nobody present could have signed it; `apply` then refuses it.
 */
export function statementChecks(state: NetworkState, parse: StatementParse): SignatureCheck[] {
  if (!parse.ok) return [];
  const { statement } = parse;
  const key = signingKey(state, statement);
  if (key === undefined) return [];
  try {
    const own = signatureCheck(statement.jws, key, statement.bytes);
    return [own, ...approvalChecks(state, statement.body)];
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return [];
  }
}

function approvalChecks(state: NetworkState, body: Statement['body']): SignatureCheck[] {
  if (body.type === 'case') return caseChecks(state, body);
  if (body.type !== 'decision' && body.type !== 'succession') return [];
  return approvalsOf(state, body).map((approval) => approval.check);
}

function caseChecks(state: NetworkState, body: StatementOf<'case'>): SignatureCheck[] {
  const respondent = respondentCheck(state, body);
  return [...stepApprovals(state, body).map(({ check }) => check), ...(respondent === undefined ? [] : [respondent])];
}

function approvalsOf(state: NetworkState, body: StatementOf<'decision' | 'succession'>): OfficerApproval[] {
  return officerApprovals(state, body.type === 'decision' ? body : body.decision, digestOfDecision(body, state.name));
}

/**
 * Folds the next entry into the state. Total: whatever the entry, the log grew by it, so tree and size advance; an entry
 * that does not parse, verify or is not authorised changes nothing else and is counted under its refusal.
 * `results` answers `statementChecks(state, parse)`, in the same order.
 */
export function apply(state: NetworkState, parse: StatementParse, results: readonly boolean[]): Applied {
  const index = state.tree.size;
  const leaf = parse.ok ? parse.statement.leaf : leafHash(parse.bytes);
  const why = refusalOf(state, parse, results, index);
  const isEpoch = parse.ok && parse.statement.body.type === 'epoch';
  const covered = isEpoch ? copyCompactTree(state.tree) : state.covered;
  appendLeaf(state.tree, leaf);
  if (why !== undefined) {
    state.refused.set(why, (state.refused.get(why) ?? 0) + 1);
    return { ok: false, index, why };
  }
  if (parse.ok && parse.statement.body.type === 'epoch') {
    state.position = positionOf(state, parse.statement.body);
    state.covered = covered;
    passEpoch(state, state.position);
  }
  return { ok: true, index };
}

function positionOf(state: NetworkState, epoch: StatementOf<'epoch'>): Position {
  const log = state.rulebook?.body.log.origin ?? '';
  return { log, size: state.tree.size, root: encodeBase64url(compactRoot(state.tree)), time: epoch.time };
}

function refusalOf(
  state: NetworkState,
  parse: StatementParse,
  results: readonly boolean[],
  index: number,
): Refusal | undefined {
  if (!parse.ok) return 'unparsed';
  const { statement } = parse;
  if (signingKey(state, statement) === undefined) return index === 0 ? 'genesis' : 'unauthorised';
  if (results[0] !== true) return 'signature';
  return applyBody(state, statement, results, index);
}

function applyBody(
  state: NetworkState,
  statement: Statement,
  results: readonly boolean[],
  index: number,
): Refusal | undefined {
  const { body } = statement;
  if (body.type === 'succession') {
    const approvals = approvalsOf(state, body).filter((_, i) => results[i + 1] === true);
    return index === 0
      ? applySuccession(state, body, { digest: digestOfDecision(body, state.name), approvals })
      : 'genesis';
  }
  if (index === 0) return body.type === 'rulebook' ? applyGenesis(state, statement, body) : 'genesis';
  switch (body.type) {
    case 'rulebook':
      return applyRulebook(state, body, index);
    case 'party':
      return applyParty(state, body, index);
    case 'list':
      return applyList(state, body, index);
    case 'status':
      return applyStatus(state, body, index);
    case 'supersede':
      return applySupersede(state, body, index);
    case 'decision': {
      const digest = digestOfDecision(body, state.name);
      const approvals = approvalsOf(state, body).filter((_, i) => results[i + 1] === true);
      return applyDecision(state, body, { digest, index, approvals });
    }
    case 'epoch':
      return applyEpoch(state, body, index);
    case 'program':
      return applyProgram(state, body, index);
    case 'exception':
      return applyException(state, body, index);
    case 'intake':
      return applyIntake(state, body, index);
    case 'seal':
      return applySeal(state, body, index);
    case 'reveal':
      return applyReveal(state, body, index);
    case 'draw':
      return applyDraw(state, body, index);
    case 'cancellation':
      return applyCancellation(state, body);
    case 'recognition':
      return applyRecognition(state, body, index);
    case 'case': {
      const approvals = stepApprovals(state, body).filter((_, i) => results[i + 1] === true);
      const isSigned = body.step.act === 'answer' && results[1] === true;
      return applyCase(state, body, index, { approvals, isSigned });
    }
    case 'incident':
      return applyIncident(state, body, index);
    case 'unknown':
      for (const subject of body.critical) state.critical.add(subject);
      return body.critical.length > 0 ? undefined : 'unknown-type';
    default:
      return body satisfies never;
  }
}

function applyGenesis(state: NetworkState, statement: Statement, body: StatementOf<'rulebook'>): Refusal | undefined {
  const isAmendment = body.decision !== undefined || body.effectiveAt !== undefined;
  if (isAmendment || state.succeeding !== undefined) return 'genesis';
  state.name = encodeBase64url(sha256(statement.bytes));
  state.rulebook = { index: 0, body: body.body };
  for (const { id, roles, key, of } of body.body.officers) {
    const keys: PartyKey[] = [{ use: 'approval', key }];
    state.parties.set(id, {
      id,
      kind: 'officer',
      roles,
      ...(of === undefined ? {} : { of }),
      keys,
      accreditations: [],
    });
  }
  return undefined;
}

/** A list is opened once, by the issuer whose accreditation is in force, and belongs to one of its credential keys. */
function applyList(state: NetworkState, body: StatementOf<'list'>, index: number): Refusal | undefined {
  const { list: id, issuer, bits, size, key } = body;
  if (state.lists.has(id)) return 'list-exists';
  const party = state.parties.get(issuer);
  if (!isAccredited(party, state.time)) return 'unauthorised';
  if (!keysInForce(party, 'credential', state.time).some((credentialKey) => thumbprint(credentialKey) === key)) {
    return 'unauthorised';
  }
  const opened = index;
  state.lists.set(id, { id, issuer, bits, size, key, opened, values: new Uint8Array(size), digest: undefined });
  return undefined;
}

/** An epoch whose sections are not what its log folds to is refused whole, and stays in the log as proof. */
function applyEpoch(state: NetworkState, body: StatementOf<'epoch'>, index: number): Refusal | undefined {
  if (body.size !== index) return 'epoch-size';
  if (body.time <= state.time) return 'epoch-time';
  const due = applyDue(state, body.time);
  const sections = sectionsOf(state);
  if (SECTIONS.some((section) => sections[section] !== body.sections[section])) {
    due.undo();
    return 'epoch-sections';
  }
  state.time = body.time;
  state.open = [];
  return undefined;
}

/** The body of the next epoch over this state, for the network to sign. Leaves the state as it was. */
export function createEpoch(state: NetworkState, time: number): StatementOf<'epoch'> {
  const due = applyDue(state, time);
  const sections = sectionsOf(state);
  due.undo();
  return { type: 'epoch', v: 1, size: state.tree.size, time, sections };
}
