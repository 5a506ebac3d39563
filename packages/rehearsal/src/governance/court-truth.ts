import type { CaseRecord } from '@holdfast/core';
import { COURT, COURT_CASES, DAY_MS, longestMs } from './court-rules.ts';

/** What the rehearsal itself knows of a case: who really did what, and when. Kept by rules of its own. */
export type CaseTruth = {
  readonly id: string;
  readonly openedAt: number;
  readonly subject: string;
  readonly rulebook: number;
  /** Officers who took the decision complained about. */
  readonly complainedOf: readonly string[];
  readonly respondent: string | undefined;
  /** Officers whose step was taken, before anybody found. */
  readonly tookPart: Set<string>;
  vouched: boolean;
  /** Time that outages gave back since it opened. */
  given: number;
  heldAt: number | undefined;
  heldGiven: number;
};

const LONGEST_MS = longestMs(COURT_CASES);
/** Epochs are hours apart; what is due takes effect at the first one at or after it. */
const SLACK_MS = DAY_MS;

/** Whether a case has run longer than any course of it can. */
export function isOverdue(truth: CaseTruth, now: number): boolean {
  return now > truth.openedAt + LONGEST_MS + truth.given + SLACK_MS;
}

export function isHeld({ heldAt }: CaseTruth): boolean {
  return heldAt !== undefined;
}

/** Until when a hold may last: its days, and what outages gave back. A finding has an end of its own. */
export function holdEnd(truth: CaseTruth): number {
  const longest = Math.max(...COURT_CASES.tracks.map(({ holdMs = 0 }) => holdMs));
  return (truth.heldAt ?? 0) + longest + truth.heldGiven + SLACK_MS;
}

/** Whether these officers may judge this case: with the role, of another house, and not in what they did themselves. */
export function mayJudge(truth: CaseTruth, record: CaseRecord, officers: readonly string[]): boolean {
  const distinct = new Set(officers);
  const needed = record.stage === 'appeal' ? 2 : 1;
  const roles = record.stage === 'appeal' ? ['panel'] : ['judge', 'steward'];
  const good = [...distinct].filter((id) => {
    const officer = COURT.find((each) => each.id === id);
    if (officer === undefined || truth.tookPart.has(id) || truth.complainedOf.includes(id)) return false;
    return (
      officer.roles.some((role) => roles.includes(role)) &&
      (officer.of === undefined || officer.of !== truth.respondent)
    );
  });
  return good.length >= needed;
}
