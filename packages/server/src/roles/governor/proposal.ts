import {
  approvalsNeeded,
  type Grant,
  grantOf,
  isCitable,
  type NetworkState,
  officerApprovals,
  type Position,
  type Power,
} from '@holdfast/core';
import type { KeptProposal } from '../../ports/decision-store.ts';
import type { GovernorFollower } from './neighbours.ts';

/** Where a proposal stands. The last three are final; nothing but the log and the store makes any of them. */
type ProposalState = 'collecting' | 'authorised' | 'carried-out' | 'expired' | 'refused';

/** A proposal as anyone may see it: nothing in it says what or whom it is about. */
export type Proposal = {
  readonly id: string;
  /** What officers sign: the digest of `terms`. */
  readonly digest: string;
  readonly terms: KeptProposal['terms'];
  readonly power: Power;
  /** Approvals of different officers that the rulebook asks for. */
  readonly needed: number;
  /** Unix milliseconds. */
  readonly approvals: readonly { readonly officer: string; readonly at: number }[];
  readonly state: ProposalState;
  readonly proposedAt: number;
  /** While it is open: who has to act, until when (unix milliseconds, by the time of epochs), and what silence means. */
  readonly owner?: string;
  readonly dueAt?: number;
  readonly default?: 'lapses';
  /** Refused: the fold's refusal. Expired: `expired`, or `rulebook-changed`. */
  readonly why?: string;
  /** Carried out: entries of the decision and of the statement that carries it out. */
  readonly entries?: { readonly decision: number; readonly carriedOut: number };
  /** Carried out, once an epoch covers it: who reads at least this far has read the decision. */
  readonly position?: Position;
};

/** What a proposal is worth at the position that the follower has reached. */
export function viewProposal(kept: KeptProposal, follower: GovernorFollower): Proposal {
  const { state } = follower;
  const { id, digest, terms, approvals, proposedAt } = kept;
  const grant = state.rulebook === undefined ? undefined : grantOf(state.rulebook.body, terms.power);
  return {
    id,
    digest,
    terms,
    power: terms.power,
    needed: kept.quorum,
    approvals: approvals.map(({ officer, at }) => ({ officer, at })),
    proposedAt,
    ...standingOf(kept, follower, grant),
  };
}

type Standing = Pick<Proposal, 'state' | 'owner' | 'dueAt' | 'default' | 'why' | 'entries' | 'position'>;

function standingOf(kept: KeptProposal, follower: GovernorFollower, grant: Grant | undefined): Standing {
  const { outcome, terms } = kept;
  if (outcome?.state === 'refused') return { state: 'refused', why: outcome.why };
  if (outcome?.state === 'carried-out') {
    const { entries } = outcome;
    if (entries === undefined) return { state: 'carried-out' };
    const position = positionCovering(entries.carriedOut, follower);
    return { state: 'carried-out', entries, ...(position === undefined ? {} : { position }) };
  }
  const open = { dueAt: terms.expiry, default: 'lapses' } as const;
  if (kept.batch !== undefined) return { state: 'authorised', owner: 'governor', ...open };
  const lapsed = lapseOf(kept, follower.state);
  if (lapsed !== undefined) return { state: 'expired', why: lapsed };
  return { state: 'collecting', owner: `officers: ${grant?.roles.join(', ') ?? 'nobody'}`, ...open };
}

export function positionCovering(entry: number, { position }: GovernorFollower): Position | undefined {
  // The epoch that covers an entry comes after it, and a position counts the epoch itself.
  return position !== undefined && position.size >= entry + 2 ? position : undefined;
}

/** Why nobody can approve this any more: its time is over, or it was drafted under other rules. Anyone computes this. */
export function lapseOf(
  { terms }: KeptProposal,
  state: Readonly<NetworkState>,
): 'expired' | 'rulebook-changed' | undefined {
  if (terms.expiry <= state.time) return 'expired';
  const { rulebook } = state;
  if (rulebook === undefined || !isCitable(rulebook, terms.power, terms.rulebook)) return 'rulebook-changed';
  return undefined;
}

/**
 * The approvals that the fold would count now, one for each officer: an officer may have been removed, or have lost the
 * role, since.
 */
export function countingApprovals({ approvals, digest, terms }: KeptProposal, state: Readonly<NetworkState>): string[] {
  const roles = state.rulebook === undefined ? [] : (grantOf(state.rulebook.body, terms.power)?.roles ?? []);
  const counted = new Map<string, string>();
  for (const { approval } of approvals) {
    const [found] = officerApprovals(state, { approvals: [approval] }, digest);
    if (found?.roles.some((role) => roles.includes(role)) === true) counted.set(found.officer, approval);
  }
  return [...counted.values()];
}

export function hasQuorum(kept: KeptProposal, state: Readonly<NetworkState>): boolean {
  const quorum = state.rulebook === undefined ? undefined : approvalsNeeded(state.rulebook.body, kept.terms);
  return quorum !== undefined && countingApprovals(kept, state).length >= quorum;
}
