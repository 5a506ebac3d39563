import type { OverviewFacts, SilentPart } from '@holdfast/core';
import type { Clock } from '../../ports/clock.ts';

/** What one part has to say of itself. */
export type FactSource = Omit<SilentPart, 'since'> & {
  readonly read: () => Promise<Partial<OverviewFacts>>;
  /** How long it is waited for; default `SOURCE_DEADLINE_MS`. */
  readonly deadlineMs?: number;
  /** What its silence says, where that is more than that it is silent. */
  readonly whenSilent?: Partial<OverviewFacts>;
  /** What costs more than a look is worth is asked this often. */
  readonly keptForMs?: number;
  /** Whether what it said is to be asked again at the next look all the same: whoever mends it sees that it is mended. */
  readonly isUrgent?: (facts: Partial<OverviewFacts>) => boolean;
};

/** A source that is asked again and again, with what it said last. */
export type AskedSource = {
  /** What it says, in time; or that it has not, and since when. */
  ask(): Promise<Partial<OverviewFacts>>;
};

/** No part in this process is waited for longer: what all others say is told in time. */
export const SOURCE_DEADLINE_MS = 1_500;

/**
 * Asks one source within its own deadline. One that hangs has one question under way, however often it is looked at; what it
 * says too late counts from then on, and until then it is silent since it was asked.
 */
export function createAskedSource(source: FactSource, clock: Pick<Clock, 'now' | 'monotonic' | 'sleep'>): AskedSource {
  const { read, whenSilent, isUrgent, keptForMs = 0, deadlineMs = SOURCE_DEADLINE_MS, ...silent } = source;
  let underWay: Promise<Partial<OverviewFacts>> | undefined;
  let said: { readonly facts: Partial<OverviewFacts>; readonly atMs: number } | undefined;
  let silentSince: number | undefined;

  function silence(askedAt: number): Partial<OverviewFacts> {
    silentSince ??= askedAt;
    if (whenSilent !== undefined) return whenSilent;
    return { silent: [{ ...silent, since: silentSince }] };
  }

  function begin(): Promise<Partial<OverviewFacts>> {
    const askedAt = clock.now();
    const answer = Promise.resolve()
      .then(read)
      .then((facts) => {
        silentSince = undefined;
        said = { facts, atMs: clock.monotonic() };
        return facts;
      })
      .catch(() => silence(askedAt))
      .finally(() => {
        underWay = undefined;
      });
    underWay = answer;
    return answer;
  }

  return {
    async ask() {
      const isKept = said !== undefined && silentSince === undefined && isUrgent?.(said.facts) !== true;
      if (isKept && said !== undefined && clock.monotonic() - said.atMs < keptForMs) return said.facts;
      const askedAt = clock.now();
      const waiting = new AbortController();
      const tooLong = clock.sleep(deadlineMs, waiting.signal).then(
        () => 'late' as const,
        () => 'late' as const,
      );
      const answer = await Promise.race([underWay ?? begin(), tooLong]);
      waiting.abort();
      if (answer !== 'late') return answer;
      return silence(askedAt);
    },
  };
}
