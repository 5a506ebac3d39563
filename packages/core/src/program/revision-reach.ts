import type { Program } from './program.ts';
import { mostOf } from './versions.ts';

/**
 * What nobody can tell from the log, nor whoever runs the program before its end. `applied`: how many have applied, which
 * the log does not say before the intake. `who`: which people the new rules admit or leave out, since what they show is
 * sealed until they are judged. `outside`: how many would have applied under other rules.
 */
export type ReachUnknown = 'applied' | 'who' | 'outside';

/** Whom the next version of a program concerns, and how much money. Minor units in decimal digits. */
export type RevisionReach = {
  readonly people: {
    /** Have applied, and keep what they applied under. Undefined: not known here. */
    readonly applied?: number;
    /** May still apply, at most. */
    readonly mayApply: number;
  };
  readonly money: {
    readonly budget: { readonly before: string; readonly after: string };
    readonly mostEach: { readonly before: string; readonly after: string };
    /** What is paid, or set aside for somebody; undefined: not known here. */
    readonly spokenFor?: string;
  };
  readonly unknown: readonly ReachUnknown[];
};

/** `known`: what whoever runs the program says of it, beside the log. */
export function revisionReach(
  before: Program,
  after: Program,
  known: { readonly applied?: number; readonly spokenFor?: bigint } = {},
): RevisionReach {
  const { applied, spokenFor } = known;
  const mayApply = Math.max(0, after.maxApplications - (applied ?? 0));
  const each = (program: Program) => mostOf([{ program }]).toString();
  return {
    people: { ...(applied === undefined ? {} : { applied }), mayApply },
    money: {
      budget: { before: before.budget, after: after.budget },
      mostEach: { before: each(before), after: each(after) },
      ...(spokenFor === undefined ? {} : { spokenFor: spokenFor.toString() }),
    },
    unknown: [...(applied === undefined ? (['applied'] as const) : []), 'who', 'outside'],
  };
}
