import type { BacklogFact, Handoff } from '@holdfast/core';
import type { Backlog } from '../distributor/intake-pace.ts';

/** A program looks at each application within a minute of its turn, or within what its pace makes of those before it. */
const LOOKED_AT_WITHIN_MS = 60_000;

/** What waits to be judged, and by when the first of it was to be: by the pace that its program has shown. */
export function backlogFacts(
  handoffs: readonly Handoff[],
  backlogs: readonly Backlog[],
  owner: string,
): readonly BacklogFact[] {
  return handoffs
    .filter(({ what, next }) => what === 'verification' && next === 'judged')
    .map(({ of, count, since }) => {
      const clearsInMs = backlogs.find(({ program }) => program === of)?.clearsInMs;
      const promisedBy = since + LOOKED_AT_WITHIN_MS + (clearsInMs ?? 0);
      return {
        program: of,
        owner,
        waiting: count,
        since,
        promisedBy,
        ...(clearsInMs === undefined ? {} : { clearsInMs }),
      };
    });
}
