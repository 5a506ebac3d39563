import { canonicalJson, MAX_STATEMENT_BYTES, MAX_STATUS_CHANGES, type SaltedLeaf } from '@holdfast/core';
import type { KeptProposal } from '../../ports/decision-store.ts';
import { STATUS_POWERS } from './request.ts';
import { carryingBody, lengthOfStatement } from './statements.ts';

/** Decisions that one statement of status may carry out (schema of the statement). */
const MAX_DECISIONS = 32;

/**
 * Of the proposals that are ready, oldest first, those that one append carries out next: the first, and if it is about
 * status all others that fit with it into one statement. `alone` names those that a group was refused with.
 */
export function planBatch(ready: readonly KeptProposal[], alone: ReadonlySet<string>): readonly KeptProposal[] {
  const [first, ...others] = ready;
  if (first === undefined) return [];
  if (!mayShare(first, alone)) return [first];
  const batch = [first];
  for (const next of others) {
    if (batch.length === MAX_DECISIONS) break;
    if (mayShare(next, alone) && fits([...batch, next])) batch.push(next);
  }
  return batch;
}

function mayShare({ id, terms }: KeptProposal, alone: ReadonlySet<string>): boolean {
  return STATUS_POWERS.has(terms.power) && !alone.has(id);
}

/** Two decisions about one credential follow each other: the fold takes one change of it in a statement. */
function fits(batch: readonly KeptProposal[]): boolean {
  const targets = batch.flatMap(({ openings }) =>
    openings.targets.map((leaf: SaltedLeaf) => canonicalJson(leaf.value)),
  );
  if (targets.length > MAX_STATUS_CHANGES || new Set(targets).size !== targets.length) return false;
  return lengthOfStatement(carryingBody(batch)) <= MAX_STATEMENT_BYTES;
}
