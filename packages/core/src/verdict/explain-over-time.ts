import type { Position } from '../log/position.ts';
import type { Freshness } from '../rulebook/rulebook.ts';
import { type Cause, type DecidingEntry, explain, type Side } from './explain.ts';
import type { Allowance, Outcome, Reason } from './verdict.ts';

/** A verdict that one verifier gave on the credential, when it answered, and the entry it names as deciding today. */
export type GivenVerdict = Side & {
  /** Unix milliseconds. */
  readonly answeredAt: number;
  readonly deciding?: DecidingEntry;
};

/** Answers that were the same, one after the other. */
export type Stretch = {
  readonly outcome: Outcome;
  readonly effect: Allowance['effect'];
  readonly freshness: Freshness;
  readonly reasons: readonly Reason[];
  /** When the first and the last of them were given, unix milliseconds. */
  readonly since: number;
  readonly until: number;
  readonly count: number;
  /** How far the last of them had read. */
  readonly position: Position | null;
};

export type Turn = {
  /** Between these two answers, unix milliseconds, it changed. */
  readonly between: readonly [number, number];
  readonly cause: Cause;
};

/** What one verifier has said of one credential, oldest first; `turns[i]` lies between `stretches[i]` and the next. */
export type Course = { readonly stretches: readonly Stretch[]; readonly turns: readonly Turn[] };

/**
 * Why something worked yesterday and does not today: a verifier's own answers on one credential in order, in stretches that
 * agree, and between each two the cause of the change. Pure; the order in which they are given does not matter.
 */
export function explainOverTime(given: readonly GivenVerdict[]): Course {
  const stretches: Stretch[] = [];
  const turns: Turn[] = [];
  let before: GivenVerdict | undefined;
  for (const next of [...given].sort((a, b) => a.answeredAt - b.answeredAt)) {
    const last = stretches.at(-1);
    const isTurn = before === undefined || last === undefined || !isSameAnswer(before, next);
    if (isTurn && before !== undefined) {
      const { cause } = explain(before, next, decidingBetween(before, next));
      turns.push({ between: [before.answeredAt, next.answeredAt], cause });
    }
    if (isTurn) stretches.push(stretchOf(next));
    else stretches[stretches.length - 1] = prolonged(last, next);
    before = next;
  }
  return { stretches, turns };
}

function isSameAnswer({ verdict: a }: Side, { verdict: b }: Side): boolean {
  return a.outcome === b.outcome && a.allows.effect === b.allows.effect;
}

/** The later one knows of every decision; an entry that the earlier one names may have been overtaken since. */
function decidingBetween(before: GivenVerdict, after: GivenVerdict): DecidingEntry | undefined {
  return after.deciding ?? before.deciding;
}

function stretchOf({ verdict, answeredAt }: GivenVerdict): Stretch {
  const { outcome, allows, freshness, reasons, basis } = verdict;
  const position = basis.positions[0] ?? null;
  return {
    outcome,
    effect: allows.effect,
    freshness,
    reasons,
    since: answeredAt,
    until: answeredAt,
    count: 1,
    position,
  };
}

function prolonged(stretch: Stretch, next: GivenVerdict): Stretch {
  return { ...stretchOf(next), since: stretch.since, count: stretch.count + 1 };
}
