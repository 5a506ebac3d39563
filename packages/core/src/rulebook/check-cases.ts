import { longestCaseOf, NEVER, servingMs, waysToEffect } from './case-course.ts';
import { type CaseKind, caseKinds, grantOfRemedy } from './case-graph.ts';
import { holdersOf, type Judges, judgesOf } from './case-officers.ts';
import type { CaseRules, Track } from './case-rules.ts';
import { checkWords } from './check-powers.ts';
import { finding, type RulebookFinding } from './finding.ts';
import { type Grant, grantOf, type Rulebook } from './rulebook.ts';
import { wordsOfMs } from './words-of-time.ts';

const DAY_MS = 86_400_000;
/** No path to an outcome is longer (reference: G1). */
const MAX_COURSE_MS = 70 * DAY_MS;

/** What is wrong with how complaints go: found by search through every kind of case and everybody who may have had a part in it. */
export function checkCases(rulebook: Rulebook): RulebookFinding[] {
  const { cases } = rulebook;
  if (cases === undefined) return [finding('cases.none', 'Nothing can be complained about.', 'cases')];
  const kinds = caseKinds(cases);
  return unique([
    ...checkOwners(rulebook, cases),
    ...cases.reasons.flatMap((reason) => checkWords(rulebook, [reason.class], `cases.reasons.${reason.class}`)),
    ...cases.tracks.flatMap((track) => checkHold(rulebook, track)),
    ...kinds.flatMap((kind) => checkKind(rulebook, cases, kind)),
    ...checkLongest(cases),
  ]);
}

function checkKind(rulebook: Rulebook, rules: CaseRules, kind: CaseKind): RulebookFinding[] {
  const judges = judgesOf(rulebook, rules, kind);
  return [
    ...checkReason(rulebook, kind),
    ...checkDeadline(kind),
    ...judges.flatMap((left) => checkJudges(kind, left)),
    ...checkQuorumOf(rulebook, kind, stewardFrom(kind, judges)),
  ];
}

/** Kinds of case with one reason and track often have the same wrong with them. */
function unique(findings: readonly RulebookFinding[]): RulebookFinding[] {
  return [...new Map(findings.map((each) => [`${each.path} ${each.sentence}`, each] as const)).values()];
}

function checkOwners({ officers }: Rulebook, { steward, owners, tracks, reasons }: CaseRules): RulebookFinding[] {
  const roles: readonly (readonly [roles: readonly string[], what: string, path: string])[] = [
    [[steward], 'what nobody else owns', 'cases.steward'],
    ...owners.map(({ role }, i) => [[role], 'cases that they own', `cases.owners.${i}`] as const),
    ...tracks.flatMap(({ id, review, appeal }) => [
      [review.roles, `the review on track ${id}`, `cases.tracks.${id}.review.roles`] as const,
      [appeal.roles, `the appeal on track ${id}`, `cases.tracks.${id}.appeal.roles`] as const,
    ]),
  ];
  const nobody = roles
    .filter(([names]) => holdersOf(officers, names).size === 0)
    .map(([names, what, path]) => finding('case.no-owner', `Nobody is ${names.join(' or ')}, for ${what}.`, path));
  const never = owners.flatMap(({ classes = [] }, i) =>
    classes
      .filter((one) => !reasons.some((reason) => reason.class === one))
      .map((one) => finding('owner.never', `There are no cases for ${one} to own.`, `cases.owners.${i}.classes`)),
  );
  return [...nobody, ...never];
}

function checkHold(rulebook: Rulebook, { id, holdMs }: Track): RulebookFinding[] {
  if (holdMs === undefined) return [];
  const [grant, path] = [grantOf(rulebook, 'suspend'), `cases.tracks.${id}.holdMs`];
  if (grant === undefined) return [finding('case.hold-nobody', `Nobody may hold anything on track ${id}.`, path)];
  if (holdMs <= (grant.maxDurationMs ?? holdMs)) return [];
  const [held, suspended] = [wordsOfMs(holdMs), wordsOfMs(grant.maxDurationMs ?? 0)];
  const sentence = `By a case a credential may be held for ${held}, and by a decision suspended for ${suspended} only.`;
  return [finding('case.hold-longer', sentence, path)];
}

function checkReason(rulebook: Rulebook, { class: reasonClass, remedy }: CaseKind): RulebookFinding[] {
  if (remedy === 'none') return [];
  const [grant, path] = [grantOfRemedy(rulebook, remedy), `cases.reasons.${reasonClass}.remedies`];
  if (grant === undefined) {
    return [finding('power.only-by-case', `To ${remedy} is granted to nobody: only a case can.`, path)];
  }
  if (grant.classes.includes(reasonClass)) return [];
  const sentence = `A case can ask to ${remedy} for ${reasonClass}, and the power ${grant.power} does not accept that reason.`;
  return [finding('reason.no-grant', sentence, path)];
}

function checkDeadline(kind: CaseKind): RulebookFinding[] {
  const [needed, path] = [servingMs(kind), `cases.reasons.${kind.class}.deadlineMs`];
  if (needed <= kind.deadlineMs) return [];
  const sentence = `${kind.class} is to have its effect within ${wordsOfMs(kind.deadlineMs)}, and track ${kind.track.id} takes ${wordsOfMs(needed)} when everybody keeps to it.`;
  return [finding('reason.deadline', sentence, path)];
}

function checkJudges({ class: reasonClass, track }: CaseKind, judges: Judges): RulebookFinding[] {
  const { review, appeal, id } = track;
  const { reviewers, panel, stewards, out } = judges;
  const about = `${reasonClass} of ${judges.house ?? 'anybody'}`;
  const found: RulebookFinding[] = [];
  if (reviewers < review.quorum && stewards === 0) {
    const sentence = `${about}: nobody is left to review it${once(out.reviewers)}.`;
    found.push(finding('case.nobody-left', sentence, `cases.tracks.${id}.review`));
  }
  if (panel < appeal.quorum) {
    const sentence = `${about}: of a panel of ${appeal.quorum} there are ${panel} left to hear the appeal${once(out.panel)}.`;
    found.push(finding('case.nobody-left', sentence, `cases.tracks.${id}.appeal`));
  }
  return found;
}

function once(out: readonly string[]): string {
  return out.length === 0 ? '' : ` once ${out.join(' and ')} had a part in what it is about`;
}

/** From which round of drawing on too few may be left, so that one steward finds alone. */
function stewardFrom({ track: { review } }: CaseKind, judges: readonly Judges[]): number {
  const rounds = judges
    .filter(({ hasSteward }) => hasSteward)
    .map(({ reviewers }) => Math.max(0, Math.floor(reviewers / review.quorum)));
  const first = Math.min(...rounds);
  return first <= review.alternates ? first : NEVER;
}

function checkQuorumOf(rulebook: Rulebook, kind: CaseKind, from: number): RulebookFinding[] {
  const ways = waysToEffect(kind, { holdQuorum: grantOf(rulebook, 'suspend')?.quorum, stewardFrom: from });
  const grant = grantOfRemedy(rulebook, kind.remedy);
  const path = `cases.tracks.${kind.track.id}`;
  const found: RulebookFinding[] = [];
  if (from !== NEVER) {
    const when = from === 0 ? 'those who had a part in it are out' : `${from * kind.track.review.quorum} kept silent`;
    const sentence = `Once ${when}, too few may be left to review on track ${kind.track.id}: one steward finds alone.`;
    found.push(finding('case.steward-alone', sentence, `${path}.review`));
  }
  return grant === undefined ? found : [...found, ...checkWays(kind, grant, ways, path)];
}

function checkWays(
  { class: reasonClass, remedy }: CaseKind,
  { power, quorum }: Grant,
  { byOfficers, bySilence }: ReturnType<typeof waysToEffect>,
  path: string,
): RulebookFinding[] {
  const found: RulebookFinding[] = [];
  if (byOfficers !== undefined && byOfficers < quorum) {
    const sentence = `A case for ${reasonClass} can ${remedy} by ${byOfficers} of the ${quorum} officers that ${power} takes.`;
    found.push(finding('power.bypassed', sentence, path));
  }
  if (bySilence !== undefined && bySilence < quorum) {
    const sentence = `Where nobody objects in time, a case for ${reasonClass} can ${remedy} by the word of ${bySilence} of the ${quorum} officers that ${power} takes.`;
    found.push(finding(bySilence === 0 ? 'power.bypassed' : 'power.by-silence', sentence, path));
  }
  return found;
}

function checkLongest(rules: CaseRules): RulebookFinding[] {
  const longest = longestCaseOf(rules);
  if (longest === undefined || longest.ms <= MAX_COURSE_MS) return [];
  const sentence = `A case for ${longest.class} can take ${wordsOfMs(longest.ms)}.`;
  return [finding('case.long', sentence, `cases.reasons.${longest.class}.track`)];
}
