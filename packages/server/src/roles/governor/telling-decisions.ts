import type { Clock } from '../../ports/clock.ts';
import type { KeptProposal, ProposalOutcome } from '../../ports/decision-store.ts';
import { decisionThread } from '../../seeing/decision-thread.ts';
import { SILENT, type Signals } from '../../seeing/signals.ts';
import type { StatusTarget } from './request.ts';

export type DecisionTelling = {
  /** Told of what has happened; without it nobody is. */
  readonly signals?: Signals;
  /** This role's name for a credential, in the month of that time. */
  readonly handleOf?: (place: StatusTarget, timeMs: number) => Promise<string>;
};

type TellingPorts = DecisionTelling & { readonly clock: Pick<Clock, 'now'> };

/** Tells that these have their approvals, and how long after they were proposed: the moment that the log says as well. */
export function tellAuthorised({ signals = SILENT }: DecisionTelling, kept: readonly KeptProposal[], at: number): void {
  for (const { terms, proposedAt } of kept) {
    const afterMs = Math.max(0, at - proposedAt);
    signals.decisionAuthorised({ power: terms.power, afterMs, decision: decisionThread(terms.id) });
  }
}

/** Tells what the network said of a decision: which power, which entry, how long after it was proposed; of whom, by handle. */
export async function tellDecided(ports: TellingPorts, kept: KeptProposal, outcome: ProposalOutcome): Promise<void> {
  const { signals = SILENT, clock, handleOf } = ports;
  const { power } = kept.terms;
  const decision = decisionThread(kept.terms.id);
  if (outcome.state === 'refused') return signals.decisionRefused({ power, why: outcome.why, decision });
  if (outcome.state !== 'carried-out' || outcome.entries === undefined) return;
  const now = clock.now();
  const entry = outcome.entries.decision;
  const afterMs = Math.max(0, now - kept.proposedAt);
  signals.decisionLogged({ power, entry, afterMs, decision });
  if (handleOf === undefined) return;
  for (const { value } of kept.openings.targets ?? []) {
    const place = placeOf(value);
    if (place !== undefined) signals.credentialDecided({ power, entry, handle: await handleOf(place, now) });
  }
}

function placeOf(value: unknown) {
  if (typeof value !== 'object' || value === null || !('list' in value) || !('index' in value)) return undefined;
  const { list, index } = value;
  return typeof list === 'string' && typeof index === 'number' ? { list, index } : undefined;
}
