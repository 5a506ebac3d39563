import { type CaseAct, CodedError, caseActDigest, saltedRoot } from '@holdfast/core';
import type { CaseView, OpenedFile, StepDraft, StepView } from '@holdfast/server/answers';
import { ask } from '../api/ask.ts';
import { type OfficerKey, signApproval } from '../officer/officer-key.ts';

export function proposeStep(id: string, draft: StepDraft): Promise<StepView> {
  return ask<StepView>(`/cases/${encodeURIComponent(id)}/steps`, 'POST', draft, true);
}

/** What is shown of a step; `files` are those of the case, for the reasons of a finding. */
export type ShownStep = {
  readonly step: StepView;
  readonly view: CaseView;
  readonly files: readonly OpenedFile[];
};

/**
 * The digest of the step that is shown, in the case as it is now, and of the reasons that are shown with it. Throws
 * `approval.terms-differ`.
 */
export function digestOfStep({ step, view, files }: ShownStep, network: string): string {
  const digest = caseActDigest({ genesis: network, case: view.id, step: view.taken, act: step.step });
  if (digest !== step.digest) {
    throw new CodedError('approval.terms-differ', 'The case has gone on since this step was drafted; draft it again.');
  }
  const said = files.find((file) => file.step === step.id)?.opened;
  if (step.step.act === 'find' && (said === undefined || saltedRoot(said.leaves) !== step.step.reasons)) {
    throw new CodedError('approval.terms-differ', 'The reasons of this finding are not those that are shown.');
  }
  return digest;
}

export async function signStep(shown: ShownStep, key: OfficerKey): Promise<StepView> {
  const approval = await signApproval(key, digestOfStep(shown, key.network));
  const path = `/cases/${encodeURIComponent(shown.view.id)}/steps/${encodeURIComponent(shown.step.id)}/approvals`;
  return ask<StepView>(path, 'POST', { approval });
}

/** Steps that officers take at this stage; whether these officers may is the network's to say. */
export function stepsAt(stage: CaseView['stage']): readonly CaseAct['act'][] {
  const steps: Readonly<Record<CaseView['stage'], readonly CaseAct['act'][]>> = {
    filed: ['triage', 'hold'],
    triaged: ['triage', 'advance', 'hold'],
    answer: ['hold'],
    review: ['find', 'hold'],
    decided: [],
    appeal: ['find'],
    final: [],
  };
  return steps[stage];
}
