import {
  attributeLoss,
  type DecidingEntry,
  isJsonObject,
  judgeReplay,
  type Loss,
  prepareReplay,
  type Reliance,
  type ReplayBundle,
} from '@holdfast/core';
import { createNodeEngine } from '@holdfast/verifier/node';
import type { NetworkClient } from '../network-client.ts';
import { EXIT, formatDateTime, type Output } from '../output.ts';
import { findVerdict } from '../verdicts.ts';

export type LossQuestion = {
  /** Of the verdict, and of the verifier where it is looked for first. */
  readonly id: string;
  readonly verifier: string;
  readonly reliance: Reliance;
};

/** Who holds the bag: the verdict is computed again, and held against what the log says today. */
export async function explainLoss(output: Output, client: NetworkClient, question: LossQuestion): Promise<number> {
  const found = await findVerdict(client, question.id, question.verifier);
  const { verifier, id } = found.kept ?? question;
  const path = `/v/${encodeURIComponent(verifier)}/verdicts/${encodeURIComponent(id)}`;
  const plan = prepareReplay((await client.get(`${path}/bundle`)) as unknown as ReplayBundle);
  const replay = judgeReplay(plan, createNodeEngine().verifySync(plan.checks.map(({ check }) => check)));
  // Not to be able to ask is not to know of nothing: it throws.
  const { deciding } = await client.get(`${path}/deciding?as=now`);
  const known = isJsonObject(deciding) ? { deciding: deciding as unknown as DecidingEntry } : {};
  const later = { isRefuted: !replay.same, ...known };
  const loss = attributeLoss(found.verdict, question.reliance, later, plan.evidence.network?.rulebook?.body);
  output.data({ verifier, id, outcome: found.verdict.outcome, allows: found.verdict.allows, ...loss });
  for (const line of lossLines(verifier, loss)) output.say(line);
  return loss.kind === 'none' ? EXIT.yes : EXIT.no;
}

function lossLines(verifier: string, loss: Loss): string[] {
  const { bearer, names, isStated, receivedAt, effectiveAt, judgedAt } = loss;
  const who = names.length > 0 ? ` (${names.join(', ')})` : bearer === 'verifier' ? ` (${verifier})` : '';
  const lines = [`Borne by  ${bearer}${who}`, `Why       ${WORDS[loss.kind]}`];
  lines.push(`Judged    ${formatDateTime(judgedAt)}`);
  if (receivedAt !== undefined) lines.push(`Reported  ${formatDateTime(receivedAt)}`);
  if (effectiveAt !== undefined) lines.push(`In effect ${formatDateTime(effectiveAt)}`);
  lines.push(
    `By        ${isStated ? 'the rulebook in force at the verdict' : 'the default; the rulebook says nothing'}`,
  );
  return lines;
}

const WORDS: Readonly<Record<Loss['kind'], string>> = {
  none: 'the log knows nothing that speaks against the verdict',
  'beyond-verdict': 'it was relied on further, later or for more than the verdict allowed',
  'wrong-verdict': 'the verdict does not follow from what its verifier had read',
  fork: 'the log has shown two histories',
  unreported: 'when it was judged nobody had reported anything yet',
  undecided: 'it had been reported, and no decision was in effect yet',
  unread: 'the decision was published, and the verifier had not read it yet',
  advanced: 'it was advanced on evidence that was known to be old, as the rules allow',
};
