import { type IntakeLeaf, intakeRoot, type ProgramRecord } from '@holdfast/core';
import type { DistributorPorts } from './neighbours.ts';
import { readAll } from './pages.ts';
import { recordStep } from './statements.ts';

/** Closes the door, and states in the log everybody who came through it. */
export async function takeIn(ports: DistributorPorts, { program }: ProgramRecord): Promise<void> {
  const { store, clock } = ports;
  await store.close(program.id, clock.now());
  await recordStep(ports, program.id, 'intake', async () => {
    const leaves: IntakeLeaf[] = [];
    for await (const { application, salt } of readAll((limit, after) => store.readLeaves(program.id, limit, after))) {
      leaves.push({ application, salt });
    }
    return { type: 'intake', v: 1, program: program.id, ...intakeRoot(leaves) };
  });
}
