import type { Clock } from '../verify/clock.ts';
import { within } from './deadline.ts';
import type { FeedSource, FormerLog } from './feed-source.ts';

/** Every call has its own deadline, so a long catch-up goes on for as long as it gets on. The stream has its own rules. */
export function boundSource(source: FeedSource, clock: Clock, timeoutMs: number): FeedSource {
  return {
    fetchCheckpoint: (signal, atMost) =>
      within(clock, timeoutMs, signal, (inner) => source.fetchCheckpoint(inner, atMost)),
    fetchEntries: (from, to, signal) =>
      within(clock, timeoutMs, signal, (inner) => source.fetchEntries(from, to, inner)),
    fetchCosigned: (signal) => within(clock, timeoutMs, signal, async (inner) => source.fetchCosigned?.(inner)),
    stream: (from, signal) => source.stream(from, signal),
    fetchSnapshot: (signal, size) =>
      within(clock, timeoutMs, signal, async (inner) => source.fetchSnapshot?.(inner, size)),
    fetchLineage: (signal) => within(clock, timeoutMs, signal, async (inner) => source.fetchLineage?.(inner)),
    fetchConsistencyProof: (from, to, signal) =>
      within(clock, timeoutMs, signal, async (inner) => source.fetchConsistencyProof?.(from, to, inner)),
    former: (place) => {
      const former = source.former?.(place);
      return former === undefined ? undefined : boundFormer(former, clock, timeoutMs);
    },
  };
}

/** As `boundSource`. */
export function boundFormer(former: FormerLog, clock: Clock, timeoutMs: number): FormerLog {
  const fetchTile = former.fetchTile?.bind(former);
  return {
    fetchCheckpoint: (signal, atMost) =>
      within(clock, timeoutMs, signal, (inner) => former.fetchCheckpoint(inner, atMost)),
    fetchEntries: (from, to, signal) =>
      within(clock, timeoutMs, signal, (inner) => former.fetchEntries(from, to, inner)),
    fetchConsistencyProof: (from, to, signal) =>
      within(clock, timeoutMs, signal, async (inner) => former.fetchConsistencyProof?.(from, to, inner)),
    ...(fetchTile === undefined
      ? {}
      : {
          fetchTile: (level, index, width, signal) =>
            within(clock, timeoutMs, signal, (inner) => fetchTile(level, index, width, inner)),
        }),
  };
}
