import {
  type Bar,
  type CaseAct,
  type CaseRecord,
  type CaseTarget,
  CodedError,
  canonicalJson,
  caseActDigest,
  encodeBase64url,
  isCodedError,
  type NetworkState,
  officerApprovals,
  officersBarred,
  officersWhoMay,
  parseApproval,
  quorumOf,
  type Remedy,
  type SaltedLeaf,
  saltedRoot,
} from '@holdfast/core';
import type { SignatureEngine } from '@holdfast/verifier';
import type { KeptStep } from '../../../ports/case-store.ts';
import type { Entropy } from '../../../ports/entropy.ts';

/** A step as somebody at the desk asks for it, before officers sign it. */
export type StepDraft =
  | {
      readonly act: 'triage';
      readonly admit: boolean;
      readonly class?: string;
      readonly remedy?: Remedy;
      readonly target?: CaseTarget;
    }
  | { readonly act: 'hold'; readonly target: CaseTarget }
  | { readonly act: 'advance' }
  | { readonly act: 'find'; readonly upheld: boolean; readonly target?: CaseTarget; readonly reasons: string };

/** A step on its way, or what became of it. */
export type StepView = {
  readonly id: string;
  readonly case: string;
  readonly act: CaseAct['act'];
  /** The step as it will be in the log, without approvals: what officers recompute the digest from. */
  readonly step: CaseAct;
  /** What officers sign; absent for steps that take none. */
  readonly digest?: string;
  readonly needed: number;
  readonly approvals: readonly string[];
  /** Officers who may sign it now. */
  readonly may: readonly string[];
  /** Officers who may not, whatever their roles, and why. */
  readonly barred: readonly { readonly officer: string; readonly why: Bar }[];
  readonly state: 'gathering' | 'under-way' | 'recorded' | 'refused';
  /** Entry of the log, or why the fold refused it. */
  readonly entry?: number;
  readonly why?: string;
};

/** The step, and the digest over it and over what the case is now. Throws `case.officers` when nobody could take it. */
export function draftStep(
  state: Readonly<NetworkState>,
  record: CaseRecord,
  draft: StepDraft,
  entropy: Entropy,
): { readonly act: CaseAct; readonly digest: string; readonly reasons: readonly SaltedLeaf[] } {
  const may = officersWhoMay(state, record, draft);
  if (may.length < quorumOf(record, draft)) {
    const detail = `Nobody may ${draft.act} now: this case is ${record.stage}, and ${may.length} officers could act.`;
    throw new CodedError('case.officers', detail, { stage: record.stage });
  }
  const salt = encodeBase64url(entropy.bytes(16));
  const reasons: SaltedLeaf[] = draft.act === 'find' ? [{ salt, kind: 'reason', value: draft.reasons }] : [];
  const said = draft.act === 'find' ? { ...draft, reasons: saltedRoot(reasons) } : draft;
  const act = JSON.parse(canonicalJson(withoutNothing(said))) as CaseAct;
  return { act, reasons, digest: caseActDigest({ genesis: state.name, case: record.id, step: record.acts, act }) };
}

function withoutNothing(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined));
}

/** The officer who approved this step, as long as it is still the next one. Throws `approval.*` and `case.step-over`. */
export async function verifyStepApproval(
  step: KeptStep,
  approval: string,
  { state, engine }: { readonly state: Readonly<NetworkState>; readonly engine: SignatureEngine },
): Promise<string> {
  const record = state.docket.cases.get(step.case);
  const act = JSON.parse(step.act) as CaseAct;
  const isNext =
    record !== undefined &&
    caseActDigest({ genesis: state.name, case: step.case, step: record.acts, act }) === step.digest;
  if (!isNext) throw new CodedError('case.step-over', 'The case has gone on since this was drafted; propose it again.');
  if (digestIn(approval) !== step.digest) {
    throw new CodedError('approval.other-decision', 'This approval is for the digest of something else.');
  }
  const [found] = officerApprovals(state, { approvals: [approval] }, step.digest);
  if (found === undefined) {
    throw new CodedError('approval.unknown-officer', 'No officer of this network has the key of this approval now.');
  }
  const whoMay = officersWhoMay(state, record, act);
  if (!whoMay.includes(found.officer)) {
    const others = whoMay.length === 0 ? 'nobody may: it goes on by itself' : `${whoMay.join(', ')} may`;
    throw new CodedError('approval.role', `${found.officer} may not ${act.act} in this case; ${others}.`);
  }
  const [holds] = await engine.verify([found.check]);
  if (holds !== true) throw new CodedError('approval.signature', 'The signature of this approval is wrong.');
  return found.officer;
}

function digestIn(approval: string): string {
  try {
    return parseApproval(approval).digest;
  } catch (error) {
    if (!isCodedError(error)) throw error;
    throw new CodedError('approval.malformed', 'An approval is a compact JWS of type approval+jwt.', {}, error);
  }
}

export function viewStep(step: KeptStep, state: Readonly<NetworkState>): StepView {
  const act = JSON.parse(step.act) as CaseAct;
  const record = state.docket.cases.get(step.case);
  const needed = record === undefined ? 0 : quorumOf(record, act);
  const isGathering = step.statement === undefined && step.outcome === undefined;
  return {
    ...{ id: step.id, case: step.case, act: act.act, step: act },
    ...(step.digest === '' ? {} : { digest: step.digest }),
    ...{ needed, approvals: step.approvals.map(({ officer }) => officer) },
    may: isGathering && record !== undefined ? officersWhoMay(state, record, act) : [],
    barred: isGathering && record !== undefined ? officersBarred(state, record, act) : [],
    ...standingOf(step, isGathering),
  };
}

function standingOf({ outcome }: KeptStep, isGathering: boolean): Pick<StepView, 'state' | 'entry' | 'why'> {
  if (outcome === undefined) return { state: isGathering ? 'gathering' : 'under-way' };
  return 'entry' in outcome ? { state: 'recorded', entry: outcome.entry } : { state: 'refused', why: outcome.why };
}
