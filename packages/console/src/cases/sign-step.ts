import { CodedError, canonicalJson, caseActDigest, saltedRoot } from '@holdfast/core';
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

/** A case with all that was done and said in it. */
export type Judged = Omit<ShownStep, 'step'> & { readonly steps: readonly StepView[] };

/** The words that the reasons of a finding are, from what its digest is over; undefined where they are erased. */
export function reasonsOf({ step, files }: Pick<ShownStep, 'step' | 'files'>): string | undefined {
  const said = files.find((file) => file.step === step.id)?.opened;
  const leaf = said?.leaves.find(({ kind }) => kind === 'reason');
  return typeof leaf?.value === 'string' ? leaf.value : undefined;
}

/** Whether its signatures still count: the case has not gone on since it was drafted. */
export function isNext({ step, view }: Pick<ShownStep, 'step' | 'view'>, network: string): boolean {
  return (
    step.state === 'gathering' &&
    caseActDigest({ genesis: network, case: view.id, step: view.taken, act: step.step }) === step.digest
  );
}

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

type Finding = Extract<StepDraft, { act: 'find' }>;

/** Drafts a finding in these words and signs it at once, if what came back is just this. Throws `approval.terms-differ`. */
export async function signFinding(view: CaseView, found: Finding, key: OfficerKey): Promise<StepView> {
  const step = await proposeStep(view.id, found);
  const path = `/cases/${encodeURIComponent(view.id)}/files`;
  const { files } = await ask<{ readonly files: readonly OpenedFile[] }>(path);
  const { act, upheld, target } = { target: undefined, upheld: undefined, ...step.step };
  const isSame =
    act === 'find' && upheld === found.upheld && canonicalJson(target ?? null) === canonicalJson(found.target ?? null);
  if (!isSame || reasonsOf({ step, files }) !== found.reasons) {
    throw new CodedError('approval.terms-differ', 'What is to be signed is not what you found.');
  }
  return signStep({ step, view, files }, key);
}
