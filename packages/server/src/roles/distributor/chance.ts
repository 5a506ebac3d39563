import type { ProgramRecord, SealedLists } from '@holdfast/core';
import type { Chance } from './drawing.ts';
import type { DistributorPorts } from './neighbours.ts';

/** The seal that a program's chance is bound to; undefined until an epoch has committed to it. */
export function sealedListsOf({ digest, seal, sealedAt }: ProgramRecord): SealedLists | undefined {
  if (seal === undefined || sealedAt === undefined) return undefined;
  return { program: digest, root: seal.admitted.root, sealedAt: sealedAt.time };
}

/**
 * The chance of a program's draw; undefined while its beacon has not spoken. When everybody kept silent in every round
 * there is none: it is reported, and what follows is for officers to decide.
 */
export async function readChance(
  { beacon, report }: DistributorPorts,
  record: ProgramRecord,
): Promise<Chance | undefined> {
  const { program } = record;
  const seal = sealedListsOf(record);
  if (program.beacon === undefined || seal === undefined) return undefined;
  const answer = await beacon.read({ terms: program.beacon, seal });
  if (answer.state === 'drawn') return { beacon: answer.evidence, seed: answer.seed };
  if (answer.state === 'exhausted') {
    const detail = `${answer.missing.join(', ')} revealed nothing in the last round`;
    report({ code: 'program.no-draw', program: program.id, detail });
  }
  return undefined;
}
