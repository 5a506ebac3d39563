import { sealRoot } from '@holdfast/core';
import type { DistributorBounds } from './config.ts';
import { readArrivals, serve } from './instant.ts';
import { type Bench, judgeMany } from './judging.ts';
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
  const isLastCall = ports.follower.state.time - judgedAt.time >= bounds.waitForOthersMs;
  const how = { position: judgedAt, attempt, isLastCall, isInOrder: false };
  const judged = await judgeMany(ports, bench, bounds, some, how);
  await ports.store.judge(
    program.id,
    judged.map(({ judgement }) => judgement),
  );
  ports.signals?.applicationsJudged({ program: program.id, count: judged.length });
  return true;
}

/** States in the log who is admitted and who is refused. Once, for good. */
export async function seal(ports: DistributorPorts, { record }: Bench): Promise<void> {
  const { program, judgedAt } = record;
  if (judgedAt === undefined) return;
  await recordStep(ports, program.id, 'seal', async () => {
    // Who is paid at once is admitted as money lasts, in the order in which they came, and as money lasts only.
    if (program.allocation.mode === 'instant') await serve(ports, record, await readArrivals(ports.store, program.id));
    else await admitEverybody(ports.store, record);
    const { admitted, refused } = await readSealLists(ports.store, program.id);
    const lists = { admitted: sealRoot(admitted), refused: sealRoot(refused) };
    return { type: 'seal', v: 1, program: program.id, position: judgedAt.size, ...lists };
  });
  ports.signals?.programSealed({ program: program.id });
}
