import {
  compareProgramVersions,
  findNever,
  type Program,
  type ProgramChange,
  type RevisionReach,
  revisionReach,
} from '@holdfast/core';
import type { ProgramAnswer } from '@holdfast/server/answers';

/** What the next version changes, whom it concerns, and why it cannot be done where it cannot. */
export type RevisionCheck = {
  readonly changes: readonly ProgramChange[];
  readonly reach: RevisionReach;
  readonly never?: string;
};

export function checkRevision(current: ProgramAnswer, next: Program, effectiveAt: number): RevisionCheck {
  const { program, applications, payments } = current;
  const changes = compareProgramVersions(program, next, { effectiveAt });
  const { voided: _, ...spoken } = payments;
  const spokenFor = Object.values(spoken).reduce((sum, { total }) => sum + BigInt(total), 0n);
  const never = findNever(changes)?.never;
  const reach = revisionReach(program, next, { applied: applications.all, spokenFor });
  return { changes, reach, ...(never === undefined ? {} : { never }) };
}
