import { z } from 'zod';
import type { AccreditedSince, NetworkState } from './state.ts';
import type { Party } from './statement.ts';

export const accreditedSinceSchema = z.array(z.object({ type: z.string(), at: z.int().min(0) })).max(64);

/**
 * Notes since when an issuer is accredited for each type without a break, by the log's time: what its entry says of the time
 * before it stood there, nobody could have relied on. Where the rulebook has case rules, and so a record of issuers is kept.
 */
export function noteAccredited(state: NetworkState, before: Party | undefined, after: Party): void {
  if (state.rulebook?.body.cases === undefined || after.kind !== 'issuer') return;
  const { time } = state;
  const known = state.since.get(after.id) ?? [];
  const types = [...new Set(after.accreditations.map(({ type }) => type))];
  state.since.set(
    after.id,
    types.map((type): AccreditedSince => {
      const was = before?.accreditations.filter((entry) => entry.type === type && isRunning(entry, time)) ?? [];
      const earliest = Math.min(...was.map(({ from }) => from));
      const earlier = known.find((one) => one.type === type)?.at ?? (was.length > 0 ? earliest : undefined);
      return { type, at: was.length > 0 && earlier !== undefined ? earlier : time };
    }),
  );
}

function isRunning({ from, until }: Party['accreditations'][number], time: number): boolean {
  return from <= time && time < (until ?? Number.MAX_SAFE_INTEGER);
}
