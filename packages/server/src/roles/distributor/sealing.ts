import { sealRoot } from '@holdfast/core';
import type { DistributorBounds } from './config.ts';
import { type Bench, judgeOne, mapAtMost } from './judging.ts';
import type { DistributorPorts } from './neighbours.ts';
import { admitEverybody, readSealLists } from './seal-lists.ts';
import { recordStep } from './statements.ts';

/**
 * Judges a few more of those in the intake, all at the one position that the log fixed; says whether some are left. In an
 * instant program most have been judged on arrival.
 */
export async function judgeSome(
  ports: DistributorPorts,
  bench: Bench,
  bounds: DistributorBounds,
  attempt: number,
): Promise<boolean> {
  const { program, judgedAt } = bench.record;
  if (judgedAt === undefined) return true;
  const some = await ports.store.readUnjudged(program.id, bounds.maxPerRound);
  if (some.length === 0) return false;
  const judged = await mapAtMost(some, bounds.maxVerifications, (kept) =>
    judgeOne(ports, bench, kept, judgedAt, attempt),
  );
  await ports.store.judge(
    program.id,
    judged.map(({ judgement }) => judgement),
  );
  return true;
}

/** States in the log who is admitted and who is refused. Once, for good. */
export async function seal(ports: DistributorPorts, { record }: Bench): Promise<void> {
  const { program, judgedAt } = record;
  if (judgedAt === undefined) return;
  await admitEverybody(ports.store, record);
  const { admitted, refused } = await readSealLists(ports.store, program.id);
  await recordStep(ports, {
    type: 'seal',
    v: 1,
    program: program.id,
    position: judgedAt.size,
    admitted: sealRoot(admitted),
    refused: sealRoot(refused),
  });
}
