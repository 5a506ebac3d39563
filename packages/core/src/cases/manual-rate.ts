import type { NetworkState } from '../fold/state.ts';

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
  const from = state.time - rules.windowMs;
  const manual = [...state.docket.cases.values()].filter(
    (record) => (record.about === 'application' || record.class === rules.class) && record.openedAt >= from,
  ).length;
  const sealed = [...state.programs.values()].filter(({ sealedAt }) => sealedAt !== undefined && sealedAt.time >= from);
  const decided = sealed.reduce((sum, { seal }) => sum + (seal?.admitted.count ?? 0) + (seal?.refused.count ?? 0), 0);
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
