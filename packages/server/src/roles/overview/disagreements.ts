import { explain, isJsonObject, type Json, parseVerdictEnvelope, type Verdict } from '@holdfast/core';
import type { AskVerifier } from '../person/verdict-course.ts';

/** Two verifiers whose answers are compared. */
export type Compared = readonly [string, string];

/** The latest answers of two verifiers on one credential that differ, and why. Names no credential: their verdicts do. */
export type Disagreement = {
  /** Ids of the two verdicts, for `holdfast explain`. */
  readonly verdicts: readonly [string, string];
  readonly outcomes: readonly [string, string];
  /** When each was given, unix milliseconds. */
  readonly answeredAt: readonly [number, number];
  /** A kind of core's `Cause`: `unexplained` is a fault, all others are how it has to be. */
  readonly cause: string;
};

export type Disagreements = {
  /** Pairs of answers on one credential that were compared. */
  readonly compared: number;
  readonly differing: readonly Disagreement[];
};

export type LatestAnswer = {
  readonly id: string;
  /** Credential and kind of question. */
  readonly about: string;
  readonly verdict: Verdict;
  readonly answeredAt: number;
};

/** The latest answers of each verifier that are compared. */
const LATEST = 100;

/** Wherever both have answered on the same credential, for the same kind of question. Throws what asking throws. */
export async function readDisagreements(ask: AskVerifier, [a, b]: Compared): Promise<Disagreements> {
  const [left, right] = await Promise.all([readLatest(ask, a), readLatest(ask, b)]);
  return compareAnswers([a, left], [b, right]);
}

type Side = readonly [name: string, answers: readonly LatestAnswer[]];

/** Each difference has a cause, or is a fault. */
export function compareAnswers([a, left]: Side, [b, right]: Side): Disagreements {
  const others = new Map(right.map((answer) => [answer.about, answer]));
  const pairs = left.flatMap((mine) => {
    const other = others.get(mine.about);
    return other === undefined ? [] : [[mine, other] as const];
  });
  const differing = pairs.flatMap(([mine, other]): Disagreement[] => {
    const { cause } = explain({ name: a, verdict: mine.verdict }, { name: b, verdict: other.verdict });
    if (cause.kind === 'agreement') return [];
    return [
      {
        verdicts: [mine.id, other.id],
        outcomes: [mine.verdict.outcome, other.verdict.outcome],
        answeredAt: [mine.answeredAt, other.answeredAt],
        cause: cause.kind,
      },
    ];
  });
  return { compared: pairs.length, differing };
}

/** The newest answer on each credential and kind of question: they come newest first. */
async function readLatest(ask: AskVerifier, verifier: string): Promise<LatestAnswer[]> {
  const answer = await ask(`/v/${encodeURIComponent(verifier)}/verdicts?limit=${LATEST}`);
  const listed = isJsonObject(answer) && Array.isArray(answer.verdicts) ? (answer.verdicts as readonly Json[]) : [];
  const latest = new Map<string, LatestAnswer>();
  for (const each of listed.filter(isJsonObject)) {
    const { verdict } = parseVerdictEnvelope(String(each.signed)).envelope;
    const { credential, request } = verdict.basis;
    const about = `${credential} ${request.class}`;
    if (credential === undefined || latest.has(about)) continue;
    latest.set(about, { id: String(each.id), about, verdict, answeredAt: Number(each.answeredAt) });
  }
  return [...latest.values()];
}
