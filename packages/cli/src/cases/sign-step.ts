import {
  approvalSigningInput,
  type CaseAct,
  CodedError,
  canonicalJson,
  caseActDigest,
  encodeJws,
  encodeUtf8,
  saltedRoot,
} from '@holdfast/core';
import type { Signer } from '@holdfast/server/client';
import type { NetworkClient } from '../network-client.ts';
import { fetchCase, fetchFiles, fetchSteps, type StepAnswer } from './case-answers.ts';

/** A step that an officer wants taken; `reasons` are words, and become a root over a salted leaf. */
export type WantedStep = { readonly act: string; readonly reasons?: string; readonly [member: string]: unknown };

/**
 * An officer at their own desk: joins the step that others are signing already or drafts it, recomputes what the digest
 * stands for, and only then signs. Throws `approval.terms-differ` when it is not what was asked for.
 */
export async function signStep(
  client: NetworkClient,
  id: string,
  wanted: WantedStep,
  officer: { readonly signer: Signer; readonly name: string },
): Promise<StepAnswer> {
  const path = `/cases/${encodeURIComponent(id)}/steps`;
  const gathering = (await fetchSteps(client, id)).filter(({ state }) => state === 'gathering');
  const joined = gathering.find(({ step }) => isWanted(step, wanted));
  const key = { 'idempotency-key': `cli-${crypto.randomUUID()}` };
  const step = joined ?? ((await client.post(path, wanted, key)) as unknown as StepAnswer);
  await assertWanted(client, id, step, wanted);
  const input = approvalSigningInput(step.digest ?? '', await officer.signer.readPublicKey(officer.name));
  const approval = encodeJws(input, await officer.signer.sign(officer.name, encodeUtf8(input)));
  return (await client.post(`${path}/${encodeURIComponent(step.id)}/approvals`, { approval })) as unknown as StepAnswer;
}

async function assertWanted(client: NetworkClient, id: string, step: StepAnswer, wanted: WantedStep): Promise<void> {
  const [{ network }, { taken }] = await Promise.all([client.get('/rulebook'), fetchCase(client, id)]);
  const digest = caseActDigest({ genesis: String(network), case: id, step: taken, act: step.step });
  if (digest !== step.digest || !isWanted(step.step, wanted)) throw differ('step');
  if (wanted.reasons === undefined || step.step.act !== 'find') return;
  const file = (await fetchFiles(client, id)).find((candidate) => candidate.step === step.id);
  if (file?.opened === undefined || saltedRoot(file.opened.leaves) !== step.step.reasons) throw differ('reasons');
}

/** The same step, whatever the words of its reasons: two who find alike need not say it alike. */
function isWanted(step: CaseAct, { reasons: _words, ...wanted }: WantedStep): boolean {
  const said = Object.fromEntries(Object.entries(step).filter(([member]) => member !== 'reasons'));
  return canonicalJson(said) === canonicalJson(wanted);
}

function differ(what: string): CodedError {
  return new CodedError('approval.terms-differ', `The ${what} of this is not what you asked for.`, { what });
}
