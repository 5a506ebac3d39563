import { assert } from '../errors.ts';
import {
  type CaseGround,
  type CaseKind,
  type CasePoint,
  caseKinds,
  dueMsOf,
  startOf,
  stepsFrom,
} from './case-graph.ts';
import type { CaseRules } from './case-rules.ts';

/** How long a case can stand somewhere, and whose it is meanwhile. */
export type CourseStage = {
  readonly stage: CasePoint['stage'];
  /** Roles, or `respondent`. */
  readonly owner: readonly string[];
  readonly ms: number;
};

/** One whole course of a case. */
export type CaseCourse = {
  readonly class: string;
  readonly subject: CaseKind['subject'];
  readonly remedy: CaseKind['remedy'];
  readonly ms: number;
  readonly stages: readonly CourseStage[];
};

/** More points than any course passes: stages, once more after a late triage, and rounds of reviewers. */
const MAX_POINTS = 32;
/** No round of drawing reviewers. */
export const NEVER = Number.MAX_SAFE_INTEGER;

/** Who owns a case at a point: total, or a stage would be nobody's. */
export function ownersAt({ kind, stage, vouched }: CasePoint, steward: string): readonly string[] {
  switch (stage) {
    case 'filed':
    case 'decided':
    case 'final':
      return [kind.owner];
    case 'triaged':
      return [vouched ? kind.owner : steward];
    case 'answer':
      return ['respondent'];
    case 'review':
      return kind.track.review.roles;
    case 'appeal':
      return kind.track.appeal.roles;
    default:
      return stage satisfies never;
  }
}

/** One of each that go alike: a rulebook may have hundreds of kinds, and any can become any other at triage. */
function unlikeKinds(rules: CaseRules): CaseKind[] {
  const kinds = caseKinds(rules).map((kind) => {
    return [`${kind.subject} ${kind.track.id} ${kind.remedy === 'none'}`, kind] as const;
  });
  // The first of each.
  return [...new Map(kinds.reverse()).values()].reverse();
}

type Longest = { readonly ms: number; readonly next: CasePoint | undefined };

/**
 * The longest that anything can take from filing to its end, whoever keeps silent or acts at the last moment, by search through
 * every point that a case can reach; undefined where there is no kind of case. An outage of the network comes on top.
 */
export function longestCaseOf(rules: CaseRules): CaseCourse | undefined {
  // Whether a steward finds or reviewers do changes no clock, nor does a hold.
  const ground = { kinds: unlikeKinds(rules), hasRespondent: true, holdQuorum: undefined, stewardFrom: NEVER };
  const known = new Map<string, Longest>();
  const longestFrom = (point: CasePoint, depth: number): Longest => {
    assert(depth < MAX_POINTS, 'every case ends');
    const key = keyOf(point);
    const found = known.get(key) ?? longestOf(point, ground, (next) => longestFrom(next, depth + 1));
    known.set(key, found);
    return found;
  };
  let best: { start: CasePoint; longest: Longest } | undefined;
  for (const start of ground.kinds.map(startOf)) {
    const longest = longestFrom(start, 0);
    if (best === undefined || longest.ms > best.longest.ms) best = { start, longest };
  }
  if (best === undefined) return undefined;
  const stages: CourseStage[] = [];
  for (let at: CasePoint | undefined = best.start; at !== undefined; at = known.get(keyOf(at))?.next) {
    const { stage } = at;
    if (stage !== 'final') stages.push({ stage, owner: ownersAt(at, rules.steward), ms: dueMsOf(at) });
  }
  const { class: reasonClass, subject, remedy } = best.start.kind;
  return { class: reasonClass, subject, remedy, ms: best.longest.ms, stages };
}

function longestOf(point: CasePoint, ground: CaseGround, from: (next: CasePoint) => Longest): Longest {
  let best: Longest = { ms: 0, next: undefined };
  for (const { to } of stepsFrom(point, ground)) {
    const ms = dueMsOf(point) + from(to).ms;
    if (ms > best.ms) best = { ms, next: to };
  }
  return best;
}

/** How many officers have had a part changes nothing about where it can go. */
function keyOf({ kind, stage, vouched, named, round, finding }: CasePoint): string {
  const { class: reasonClass, subject, remedy } = kind;
  return JSON.stringify([reasonClass, subject, remedy, stage, vouched, named, round, finding?.upheld, finding?.by]);
}

/** The fewest officers by whose acts, or for the rest by whose silence, a kind of case takes its effect. */
export type WaysToEffect = {
  /** Officers have found so. */
  readonly byOfficers: number | undefined;
  /** Nobody has found so: silence did, after these had a part in it. */
  readonly bySilence: number | undefined;
};

/** By search through every point that a case of this kind can reach, and everything that somebody can do there. */
export function waysToEffect(kind: CaseKind, ground: Pick<CaseGround, 'holdQuorum' | 'stewardFrom'>): WaysToEffect {
  // A case that triage makes another is one of that other kind.
  const own = { ...ground, kinds: [kind], hasRespondent: true };
  const seen = new Set<string>();
  let wave: readonly CasePoint[] = [startOf(kind)];
  const fewest: { officers?: number; silence?: number } = {};
  while (wave.length > 0) {
    const next: CasePoint[] = [];
    for (const point of wave) {
      const key = `${keyOf(point)} ${point.officers}`;
      if (seen.has(key)) continue;
      seen.add(key);
      if (point.stage === 'final' && point.finding?.upheld === true) {
        const { by } = point.finding;
        fewest[by] = Math.min(point.officers, fewest[by] ?? point.officers);
      }
      next.push(...stepsFrom(point, own).map(({ to }) => to));
    }
    wave = next;
  }
  return { byOfficers: fewest.officers, bySilence: fewest.silence };
}

/**
 * From filing until an upheld case takes effect, when officers have vouched for it in time and everybody else takes all the
 * time there is, without an appeal. What is found to be revoked is suspended from the finding on.
 */
export function servingMs({ track, remedy }: CaseKind): number {
  const { filed, triaged, answer, review, decided } = track;
  const windowMs = remedy === 'revoke' ? 0 : decided.dueMs;
  const untilWord = filed.dueMs + triaged.dueMs;
  if (triaged.onSilence === 'uphold') return untilWord + windowMs;
  const answerMs = answer === undefined ? 0 : answer.dueMs + answer.extensionMs;
  const reviewMs = answer?.onSilence === 'uphold' ? 0 : review.dueMs * (review.alternates + 1);
  return untilWord + answerMs + reviewMs + windowMs;
}
