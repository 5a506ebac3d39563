import { commitRevealState, type ProgramRecord, type SealedLists, seedOf } from '@holdfast/core';
import type { BeaconAnswer } from '../../ports/beacon.ts';
import type { DistributorPorts } from './neighbours.ts';

/** The seal that a program's chance is bound to; undefined until an epoch has committed to it. */
export function sealedListsOf({ digest, seal, sealedAt }: ProgramRecord): SealedLists | undefined {
  if (seal === undefined || sealedAt === undefined) return undefined;
  return { program: digest, root: seal.admitted.root, sealedAt: sealedAt.time };
}

/** What the beacon of a sealed program says; undefined for one that leaves nothing to chance, or is not sealed yet. */
export async function readChance(
  { beacon, follower }: Pick<DistributorPorts, 'beacon' | 'follower'>,
  { program: { id } }: ProgramRecord,
): Promise<BeaconAnswer | undefined> {
  // The record and the time that goes with it, both as they are now: an older one would miss who has spoken since.
  const record = follower.state.programs.get(id);
  const seal = record && sealedListsOf(record);
  if (record?.program.beacon === undefined || seal === undefined) return undefined;
  const terms = record.program.beacon;
  if (terms.kind === 'drand' || terms.reveals !== 'log') return beacon.read({ terms, seal });
  const said = commitRevealState(terms, seal, record.reveals ?? [], follower.state.time);
  return said.state === 'drawn' ? { ...said, seed: seedOf(seal, said.evidence) } : said;
}

/**
 * When the last round of a program's beacon is over by the log's own time, unix milliseconds: before, nobody's clock says
 * that there is no draw.
 */
export function lastRoundEnd({ program: { beacon }, sealedAt }: ProgramRecord): number {
  if (beacon?.kind !== 'commit-reveal' || sealedAt === undefined) return Number.POSITIVE_INFINITY;
  return sealedAt.time + (beacon.parties[0]?.commitments.length ?? 0) * beacon.revealWithinMs;
}
