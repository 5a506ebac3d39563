import type { NetworkState } from '../fold/state.ts';
import type { CaseRecord } from './case-record.ts';

/** How much of what a network decides people have to decide by hand. */
export type ManualRate = {
  /** Cases about applications, and those that roles file by themselves, that were opened in the window. */
  readonly manual: number;
  /** Applications that sealed programs admitted or refused in it, by their rules alone. */
  readonly decided: number;
  /** Of a thousand outcomes of either kind; undefined while there is none. */
  readonly perMille: number | undefined;
  /** The rulebook's bound, and whether it is passed: then rules are missing, and people are a part of the design. */
  readonly mostPerMille: number;
  readonly isOver: boolean;
  readonly windowMs: number;
};

/**
 * `manual / (manual + decided)` over the window of the rulebook that ends at the last epoch: the same for everybody who has read
 * as far. Undefined where the rulebook knows no cases. Programs that pay at once say nothing of their outcomes in the log, and
 * are not counted.
 */
export function manualRate(
  state: Pick<NetworkState, 'rulebook' | 'docket' | 'programs' | 'time'>,
): ManualRate | undefined {
  const rules = state.rulebook?.body.cases?.manual;
  if (rules === undefined) return undefined;
  const outcomes = outcomesSince(state, rules, state.time - rules.windowMs);
  const manual = outcomes.reduce((sum, one) => sum + one.manual, 0);
  const decided = outcomes.reduce((sum, one) => sum + one.decided, 0);
  const all = manual + decided;
  const perMille = all === 0 ? undefined : (1000 * manual) / all;
  const { perMille: mostPerMille, windowMs } = rules;
  return {
    manual,
    decided,
    perMille,
    mostPerMille,
    windowMs,
    isOver: perMille !== undefined && perMille > mostPerMille && manual >= (rules.least ?? 1),
  };
}

/** How an incident is called that a rate above the bound files by itself, by its window. */
export const MANUAL_ALARM = 'manual rate ';

export function isManualAlarm({ id }: { readonly id: string }): boolean {
  return id.startsWith(MANUAL_ALARM);
}

type Rated = Parameters<typeof manualRate>[0];
type Outcome = { readonly at: number; readonly manual: number; readonly decided: number };

type ByHand = { readonly class?: string | undefined; readonly payments?: string | undefined };

function outcomesSince({ docket, programs }: Rated, rules: ByHand, from: number): readonly Outcome[] {
  const isByHand = ({ about, class: reason }: CaseRecord) =>
    about === 'application' || reason === rules.class || (about === 'payment' && reason === rules.payments);
  const byHand = [...docket.cases.values()].filter((record) => isByHand(record) && record.openedAt >= from);
  const byRule = [...programs.values()].flatMap(({ sealedAt, seal }) =>
    sealedAt === undefined || sealedAt.time < from
      ? []
      : [{ at: sealedAt.time, manual: 0, decided: (seal?.admitted.count ?? 0) + (seal?.refused.count ?? 0) }],
  );
  return [...byHand.map(({ openedAt }) => ({ at: openedAt, manual: 1, decided: 0 })), ...byRule];
}

/** Parts into which the window is cut to say when: as many as are seen at a glance. */
const COURSE_PARTS = 30;

/** What `manualRate` counts, by when it was: parts of its window, the oldest first, that add up to it. */
export function manualCourse(state: Rated): readonly Outcome[] {
  const rules = state.rulebook?.body.cases?.manual;
  if (rules === undefined) return [];
  const from = state.time - rules.windowMs;
  const length = Math.max(1, Math.ceil((rules.windowMs + 1) / COURSE_PARTS));
  const parts = Array.from({ length: COURSE_PARTS }, (_, i) => ({ at: from + i * length, manual: 0, decided: 0 }));
  for (const { at, manual, decided } of outcomesSince(state, rules, from)) {
    const part = parts[Math.min(COURSE_PARTS - 1, Math.floor((at - from) / length))];
    if (part === undefined) continue;
    part.manual += manual;
    part.decided += decided;
  }
  return parts;
}
