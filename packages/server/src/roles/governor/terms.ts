import {
  approvalsNeeded,
  bindingDigest,
  CodedError,
  canonicalJson,
  type DecisionOpenings,
  type DecisionTarget,
  type DecisionTerms,
  encodeBase64url,
  encodeId,
  type Grant,
  grantOf,
  MAX_STATEMENT_BYTES,
  type NetworkState,
  type Rulebook,
  recognitionSchema,
  type SaltedLeaf,
  saltedRoot,
} from '@holdfast/core';
import type { Entropy } from '../../ports/entropy.ts';
import { amendmentBinding, cancelledTarget } from './amendment-terms.ts';
import { exceptionRule, partyTarget } from './party-terms.ts';
import { releaseTarget, returnTarget } from './release.ts';
import {
  isPartyRequest,
  isStatusRequest,
  MAX_EVIDENCE,
  MAX_REASON_LENGTH,
  type ProposalRequest,
  type RecogniseRequest,
  type ReinstateRequest,
  type ReleaseRequest,
  type StatusRequest,
  type StatusTarget,
  type UnsealRequest,
} from './request.ts';
import { revisedTarget, revisionBinding } from './revision-terms.ts';
import { carryingBody, decisionBody, lengthOfStatement } from './statements.ts';

const SALT_BYTES = 16;
const ID_BYTES = 16;
/** Characters of the longest approval the fold takes. */
const MAX_APPROVAL_LENGTH = 1024;

/** `quorum`: approvals of different officers that the rulebook asks for. */
export type Draft = { readonly terms: DecisionTerms; readonly openings: DecisionOpenings; readonly quorum: number };

/**
 * Turns a request into terms to sign, and the openings behind their digests. Throws a coded error `decision.*` for
 * whatever the fold would refuse later: better now than after two officers have signed.
 */
export function draftProposal(state: Readonly<NetworkState>, request: ProposalRequest, entropy: Entropy): Draft {
  const { rulebook } = state;
  if (rulebook === undefined || state.position === undefined) {
    throw new CodedError('decision.network-not-ready', 'This network has no epoch yet; nothing can be decided.');
  }
  const grant = assertGranted(rulebook.body, request);
  const salted = (kind: SaltedLeaf['kind']) => (value: unknown) => saltLeaf(kind, value, entropy);
  const expiry = state.time + assertExpiry(grant, request);
  const openings: DecisionOpenings = {
    targets: targetsOf(state, request, grant).map(salted('target')),
    reasons: reasonsOf(request).map(salted('reason')),
    evidence: evidenceOf(request).map(salted('evidence')),
    ...(isPartyRequest(request) ? { party: request.party } : {}),
    ...(request.power === 'amend' ? { rulebook: request.rulebook } : {}),
    ...(request.power === 'release' ? releasedBy(request) : {}),
    ...(request.power === 'revise' ? { program: request.program } : {}),
    ...(request.power === 'return' ? { instruction: request.instruction } : {}),
    ...(request.power === 'recognise' ? { recognition: request.recognition } : {}),
  };
  const roots = { reasons: saltedRoot(openings.reasons), evidence: saltedRoot(openings.evidence) };
  const terms: DecisionTerms = {
    genesis: state.name,
    id: encodeId(entropy.bytes(ID_BYTES)),
    power: request.power,
    parameters: { ...roots, ...bindingsOf(state, request, { grant, expiry, rulebook: rulebook.body, openings }) },
    targets: { root: saltedRoot(openings.targets), count: openings.targets.length },
    class: request.class,
    rulebook: rulebook.index,
    expiry,
  };
  assertFits(terms, openings, grant);
  return { terms, openings, quorum: approvalsNeeded(rulebook.body, terms) ?? grant.quorum };
}

/** The grant that the request stands on. */
function assertGranted(rulebook: Rulebook, request: ProposalRequest): Grant {
  const grant = grantOf(rulebook, request.power);
  if (grant === undefined) {
    throw new CodedError('decision.power', `The rulebook grants nobody the power to ${request.power}.`);
  }
  if (!grant.classes.includes(request.class)) {
    throw new CodedError('decision.class', 'The rulebook does not take this class of reason for this power.', {
      power: request.power,
      classes: grant.classes,
    });
  }
  return grant;
}

function assertExpiry(grant: Grant, { expiresInMs = grant.expiresInMs }: ProposalRequest): number {
  if (Number.isSafeInteger(expiresInMs) && expiresInMs > 0 && expiresInMs <= grant.expiresInMs) return expiresInMs;
  throw new CodedError('decision.expiry', `Approvals are collected for at most ${grant.expiresInMs} ms.`, {
    maxMs: grant.expiresInMs,
  });
}

function saltLeaf(kind: SaltedLeaf['kind'], value: unknown, entropy: Entropy): SaltedLeaf {
  return { salt: encodeBase64url(entropy.bytes(SALT_BYTES)), kind, value };
}

function reasonsOf({ reason }: ProposalRequest): readonly string[] {
  if (reason === undefined) return [];
  if (reason.length > 0 && reason.length <= MAX_REASON_LENGTH) return [reason];
  throw new CodedError('decision.reason', `A reason has 1 to ${MAX_REASON_LENGTH} characters.`);
}

function evidenceOf({ evidence = [] }: ProposalRequest): readonly object[] {
  if (evidence.length <= MAX_EVIDENCE) return evidence.map((item) => ({ class: item.class, digest: item.digest }));
  throw new CodedError('decision.evidence', `A decision rests on at most ${MAX_EVIDENCE} documents.`);
}

function targetsOf(state: Readonly<NetworkState>, request: ProposalRequest, grant: Grant): readonly DecisionTarget[] {
  if (isStatusRequest(request)) return statusTargets(state, request, grant);
  if (isPartyRequest(request)) return [partyTarget(state, request)];
  if (request.power === 'release') return [releaseTarget(state, request)];
  if (request.power === 'revise') return [revisedTarget(request)];
  if (request.power === 'return') return [returnTarget(state, request)];
  if (request.power === 'reinstate') return [reinstatedTarget(state, request)];
  if (request.power === 'unseal') return [unsealedTarget(state, request)];
  if (request.power === 'recognise') return [recognisedTarget(state, request)];
  if (request.power === 'cancel') return [cancelledTarget(state, request)];
  return [{ rulebook: bindingDigest(request.rulebook) }];
}

/** What is not revoked needs nobody's leave to be issued anew. */
function reinstatedTarget(state: Readonly<NetworkState>, { targets: [target] }: ReinstateRequest): DecisionTarget {
  const { list: id, index } = target;
  const list = state.lists.get(id);
  if (list === undefined) throw new CodedError('decision.list-unknown', 'This network has no such status list.');
  if (list.values[index] === 1) return { list: id, index };
  throw new CodedError('decision.not-revoked', 'This credential is not revoked; there is nothing to reinstate.');
}

function unsealedTarget(state: Readonly<NetworkState>, { targets: [target] }: UnsealRequest): DecisionTarget {
  const { list: id, index } = target;
  const list = state.lists.get(id);
  if (list === undefined) throw new CodedError('decision.list-unknown', 'This network has no such status list.');
  if (Number.isSafeInteger(index) && list.values[index] !== undefined) return { list: id, index };
  throw new CodedError('decision.index-out-of-range', 'The status list has no such index.', { size: list.size });
}

function recognisedTarget(state: Readonly<NetworkState>, { recognition }: RecogniseRequest): DecisionTarget {
  const fault = (sentence: string) => new CodedError('decision.recognition', sentence);
  if (!isParsedAs(recognitionSchema, recognition)) throw fault('This is not a recognition of another network.');
  const { network, log, types, until } = recognition;
  if (network === state.name || log.origin === state.rulebook?.body.log.origin) {
    throw fault('A network does not recognise itself, nor one whose log has the same origin.');
  }
  if (types.length > 0 && until <= state.time) throw fault('A recognition ends in the future.');
  return { recognition: bindingDigest(recognition) };
}

function statusTargets(state: Readonly<NetworkState>, request: StatusRequest, grant: Grant): readonly StatusTarget[] {
  const { power, targets } = request;
  const distinct = new Set(targets.map(({ list, index }) => canonicalJson([list, index])));
  if (targets.length === 0 || targets.length > grant.maxTargets || distinct.size !== targets.length) {
    const sentence = `To ${power}, name 1 to ${grant.maxTargets} different credentials at once.`;
    throw new CodedError('decision.targets', sentence, { max: grant.maxTargets });
  }
  for (const target of targets) assertTarget(state, power, target);
  return targets.map(({ list, index }) => ({ list, index }));
}

/** Errors name the place of the target in no way: they end in logs. */
function assertTarget(
  state: Readonly<NetworkState>,
  power: StatusRequest['power'],
  { list: id, index }: StatusTarget,
): void {
  const list = state.lists.get(id);
  if (list === undefined) throw new CodedError('decision.list-unknown', 'This network has no such status list.');
  const value = Number.isSafeInteger(index) ? list.values[index] : undefined;
  if (value === undefined) {
    throw new CodedError('decision.index-out-of-range', 'The status list has no such index.', { size: list.size });
  }
  if (value === 1) {
    throw new CodedError('decision.already-revoked', 'This credential is revoked, and that is final.');
  }
  if (power === 'lift' && value !== 2) {
    throw new CodedError('decision.not-suspended', 'This credential is not suspended.');
  }
}

function releasedBy({ program, instruction }: ReleaseRequest): Pick<DecisionOpenings, 'program' | 'instruction'> {
  return program === undefined ? { instruction } : { program };
}

type Parsed = { safeParse(value: unknown): { success: boolean; data?: unknown } };

function isParsedAs(schema: Parsed, value: unknown): boolean {
  const parsed = schema.safeParse(value);
  return parsed.success && canonicalJson(parsed.data) === canonicalJson(value);
}

type Frame = {
  readonly grant: Grant;
  readonly expiry: number;
  readonly rulebook: Rulebook;
  readonly openings: DecisionOpenings;
};

/** The parameters that say what exactly will be carried out. */
function bindingsOf(
  state: Readonly<NetworkState>,
  request: ProposalRequest,
  frame: Frame,
): DecisionTerms['parameters'] {
  switch (request.power) {
    case 'revoke':
    case 'lift':
      return {};
    case 'suspend':
      return { until: state.time + assertDuration(frame.grant, request) };
    case 'accredit':
    case 'withdraw':
    case 'enrol':
    case 'rotate':
    case 'compromise':
      return { party: bindingDigest(request.party) };
    case 'except':
      return { party: bindingDigest(request.party), rule: exceptionRule(state, request) };
    case 'reinstate':
      return { reinstatement: bindingDigest(frame.openings.targets[0]) };
    case 'unseal':
      return { unsealing: bindingDigest(frame.openings.targets[0]) };
    case 'return':
      return { instruction: bindingDigest(request.instruction), of: request.instruction.program };
    case 'release':
      return request.program === undefined
        ? { instruction: bindingDigest(request.instruction), of: request.instruction.program }
        : { program: bindingDigest(request.program) };
    case 'revise':
      return revisionBinding(state, request, frame);
    case 'recognise':
      return { recognition: bindingDigest(request.recognition) };
    case 'amend':
      return amendmentBinding(state, request, frame);
    case 'cancel':
      return { amendment: request.amendment };
    default:
      return request satisfies never;
  }
}

function assertDuration(grant: Grant, request: StatusRequest): number {
  const max = grant.maxDurationMs ?? 0;
  const { durationMs = max } = request;
  if (Number.isSafeInteger(durationMs) && durationMs > 0 && durationMs <= max) return durationMs;
  throw new CodedError('decision.duration', `A suspension lasts at most ${max} ms.`, { maxMs: max });
}

/** What does not fit into an entry could be approved and never be carried out. */
function assertFits(terms: DecisionTerms, openings: DecisionOpenings, grant: Grant): void {
  const approvals = Array<string>(grant.quorum).fill('x'.repeat(MAX_APPROVAL_LENGTH));
  const decision = decisionBody(terms, approvals, { received: terms.expiry, authorised: terms.expiry });
  const carrying = carryingBody([{ terms, openings, digest: 'x'.repeat(43) }]);
  const length = Math.max(lengthOfStatement(decision), lengthOfStatement(carrying));
  if (length <= MAX_STATEMENT_BYTES) return;
  throw new CodedError('decision.too-large', 'This decision does not fit into one entry of the log; decide in parts.', {
    bytes: length,
    maxBytes: MAX_STATEMENT_BYTES,
  });
}
