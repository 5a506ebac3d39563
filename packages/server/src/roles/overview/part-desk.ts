import type { OverviewFacts } from '@holdfast/core';
import type { Clock } from '../../ports/clock.ts';
import { type PartFacts, TOLD_FACTS, type ToldFacts } from '../../ports/part-facts.ts';
import { createAskedSource, type FactSource } from './fact-source.ts';

export type PartDeskPorts = {
  readonly clock: Pick<Clock, 'now' | 'monotonic' | 'sleep'>;
  readonly part: string;
  readonly sources: readonly FactSource[];
};

const SHARED_FOR_MS = 500;

/**
 * What one role says of itself to whoever gathers what is wrong: each of its sources in its own deadline, so that one that hangs
 * is named and the rest is told.
 */
export function createPartDesk({ clock, part, sources }: PartDeskPorts): PartFacts {
  const asked = sources.map((source) => createAskedSource(source, clock));
  let known: { readonly told: Promise<ToldFacts>; readonly atMs: number } | undefined;

  async function look(): Promise<ToldFacts> {
    return mergeTold(await Promise.all(asked.map((source) => source.ask())));
  }

  return {
    part,
    read() {
      const now = clock.monotonic();
      if (known !== undefined && now - known.atMs < SHARED_FOR_MS) return known.told;
      known = { told: look(), atMs: now };
      return known.told;
    },
  };
}

/** Lists are joined; of what only one says the last one counts. Only what a role may say of itself goes out. */
function mergeTold(said: readonly Partial<OverviewFacts & ToldFacts>[]): ToldFacts {
  const told: Record<string, unknown> = {};
  for (const name of [...TOLD_FACTS, 'moreHandoffs'] as const) {
    for (const one of said) {
      const value = one[name];
      const before = told[name];
      if (value === undefined) continue;
      told[name] = Array.isArray(value) ? [...(Array.isArray(before) ? before : []), ...value] : value;
    }
  }
  return told;
}
