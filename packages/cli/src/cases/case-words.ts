import { CASE_BAR_WORDS, CASE_REMEDY_WORDS, CASE_SILENCE_WORDS, CASE_STAGE_WORDS } from '@holdfast/core';
import { formatDuration } from '../output.ts';
import { dateOf } from '../program/words.ts';
import type { CaseAnswer, IncidentAnswer, ManualAnswer, StepAnswer } from './case-answers.ts';

const REMEDIES: Readonly<Record<string, string>> = CASE_REMEDY_WORDS;
const STAGES: Readonly<Record<string, string>> = CASE_STAGE_WORDS;
const BARS: Readonly<Record<string, string>> = CASE_BAR_WORDS;
const SILENCES: Readonly<Record<string, string>> = CASE_SILENCE_WORDS;

/** A case in a few lines: where it stands, who has to act until when, what silence means, and when it is over at the latest. */
export function wordsOfCase(answer: CaseAnswer, now: number): string[] {
  const { id, about, text, remedy, stage, dueAt, onSilence, latestEnd, joined, held } = answer;
  const others = joined === 0 ? '' : `, and ${joined} more about the same`;
  const lines = [`${id}: about ${articled(about)}, ${text}; asks ${REMEDIES[remedy] ?? remedy}${others}`];
  lines.push(`  It ${STAGES[stage] ?? stage}${held ? '; the credential is suspended meanwhile' : ''}.`);
  lines.push(...findingLine(answer));
  if (stage === 'final') return lines;
  const left = dueAt > now ? `in ${formatDuration(dueAt - now)}, on ${dateOf(dueAt)}` : 'now';
  lines.push(`  ${turnOf(answer)}, ${left}: ${SILENCES[onSilence] ?? onSilence}.`);
  lines.push(`  Whatever anybody does or leaves, it is over by ${dateOf(latestEnd)}.`);
  for (const { officer, why } of answer.barred ?? [])
    lines.push(`  ${officer} may not decide it: ${BARS[why] ?? why}.`);
  for (const incident of answer.incidents) lines.push(`  ! ${wordsOfIncident(incident, now)}`);
  return lines;
}

/** Whose turn it is, up to what they may leave undone. */
function turnOf({ stage, owner }: CaseAnswer): string {
  if (stage === 'decided') return 'Those concerned may appeal. If nobody does';
  if (stage === 'answer') return `${owner} may answer. If they do not`;
  if (stage === 'review') return `It is for ${owner} to judge. If they do not`;
  return `The next step is for an officer with the role ${owner}. If nobody acts`;
}

function findingLine({ finding }: CaseAnswer): string[] {
  if (finding === undefined) return [];
  const by = finding.by === 'silence' ? 'because nobody said otherwise in time' : 'by those who judged it';
  return [`  It was ${finding.upheld ? 'upheld' : 'dismissed'} ${by}, on ${dateOf(finding.at)}.`];
}

export function wordsOfIncident(incident: IncidentAnswer, now: number): string {
  const { stage, owner, dueAt, owed, closedAt } = incident;
  const missed =
    stage === 'reported' ? `reported by ${owner}` : `${owner} let the deadline of ${dateOf(dueAt)} pass (${stage})`;
  if (closedAt !== undefined) return `${missed}; closed on ${dateOf(closedAt)}`;
  if (owed === undefined) return missed;
  const when = owed.isLate ? `LATE since ${formatDuration(now - owed.dueAt)}` : `due on ${dateOf(owed.dueAt)}`;
  return `${missed}; ${owed.report === 'close' ? 'to be closed' : `the ${owed.report} report`} is ${when}`;
}

/** How much people decide by hand, against what the rulebook says is much. */
export function wordsOfManualRate({ manual, decided, perMille, mostPerMille, isOver, windowMs }: ManualAnswer): string {
  const window = `in the last ${formatDuration(windowMs)}`;
  if (perMille === undefined) return `Nothing about applications was decided ${window}, by rules or by hand.`;
  const share = `${manual} of ${manual + decided} applications were for people to decide ${window} (${perMille.toFixed(1)} of 1,000)`;
  return isOver ? `! ${share}. The rulebook calls more than ${mostPerMille} too many: rules are missing.` : `${share}.`;
}

/** What became of a step that was signed. */
export function wordsOfStep(step: StepAnswer): string {
  const signed = step.approvals.join(' and ');
  switch (step.state) {
    case 'recorded':
      return `Done: ${step.act}${signed === '' ? '' : `, signed by ${signed}`}, entry #${step.entry}. It takes effect with the next epoch.`;
    case 'refused':
      return `Not done: the network refused it (${step.why}); the log has nothing of it.`;
    case 'gathering':
      return `${signed} signed; ${step.needed - step.approvals.length} more of ${step.needed} must. ${step.may.join(', ')} may.`;
    default:
      return 'Kept, and on its way into the log.';
  }
}

function articled(noun: string): string {
  return /^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`;
}
