import {
  changesOfRevision,
  type ProgramEffect,
  type ProgramRecord,
  type ProgramRevision,
  type RevisionReach,
  revisionReach,
} from '@holdfast/core';
import type { PaymentSums } from '../../ports/distributor-store.ts';

type Change = { readonly path: string; readonly effect: ProgramEffect; readonly text: string };

/** Which rules a program had, has and will have. */
export type VersionsView = {
  /** Since when the rules in force are, unix milliseconds; absent where they are the first. */
  readonly since?: number;
  /** Oldest first; whoever applied under one of them keeps what it promised. */
  readonly earlier: readonly { readonly digest: string; readonly entry: number; readonly until: number }[];
  readonly next?: Pick<ProgramRevision, 'program' | 'digest' | 'entry' | 'effectiveAt' | 'effect'> & {
    readonly changes: readonly Change[];
    readonly reach: RevisionReach;
  };
};

/** Undefined for a program whose rules have never changed, and do not wait to. */
export function versionsView(
  record: ProgramRecord,
  { applied, payments }: { readonly applied: number; readonly payments: PaymentSums },
): VersionsView | undefined {
  const { earlier = [], revised, revision } = record;
  if (earlier.length === 0 && revision === undefined) return undefined;
  return {
    ...(revised === undefined ? {} : { since: revised.at }),
    earlier: earlier.map(({ digest, entry, until }) => ({ digest, entry, until })),
    ...(revision === undefined ? {} : { next: nextOf(record, revision, { applied, payments }) }),
  };
}

function nextOf(
  record: ProgramRecord,
  revision: ProgramRevision,
  { applied, payments }: { readonly applied: number; readonly payments: PaymentSums },
): NonNullable<VersionsView['next']> {
  const changes = changesOfRevision(record, revision.program, revision.effectiveAt);
  const { voided: _, ...spoken } = payments;
  const spokenFor = Object.values(spoken).reduce((sum, { total }) => sum + total, 0n);
  return {
    ...revision,
    changes: changes.map(({ path, effect, text }) => ({ path, effect, text })),
    reach: revisionReach(record.program, revision.program, { applied, spokenFor }),
  };
}
