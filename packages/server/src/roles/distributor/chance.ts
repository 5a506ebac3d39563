import type { ProgramRecord, SealedLists } from '@holdfast/core';
import type { BeaconAnswer } from '../../ports/beacon.ts';
import type { DistributorPorts } from './neighbours.ts';

/** The seal that a program's chance is bound to; undefined until an epoch has committed to it. */
export function sealedListsOf({ digest, seal, sealedAt }: ProgramRecord): SealedLists | undefined {
  if (seal === undefined || sealedAt === undefined) return undefined;
  return { program: digest, root: seal.admitted.root, sealedAt: sealedAt.time };
}

/** What the beacon of a sealed program says; undefined for one that leaves nothing to chance, or is not sealed yet. */
export async function readChance(
  { beacon }: Pick<DistributorPorts, 'beacon'>,
  record: ProgramRecord,
): Promise<BeaconAnswer | undefined> {
  const { program } = record;
  const seal = sealedListsOf(record);
  if (program.beacon === undefined || seal === undefined) return undefined;
  return beacon.read({ terms: program.beacon, seal });
}

/**
 * When the last round of a program's beacon is over by the log's own time, unix milliseconds: before, nobody's clock says
 * that there is no draw.
 */
export function lastRoundEnd({ program: { beacon }, sealedAt }: ProgramRecord): number {
  if (beacon?.kind !== 'commit-reveal' || sealedAt === undefined) return Number.POSITIVE_INFINITY;
  return sealedAt.time + (beacon.parties[0]?.commitments.length ?? 0) * beacon.revealWithinMs;
}
