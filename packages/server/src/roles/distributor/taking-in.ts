import { type IntakeLeaf, intakeRoot, type ProgramRecord } from '@holdfast/core';
import type { DistributorPorts } from './neighbours.ts';
import { readAll } from './pages.ts';
import { recordStep } from './statements.ts';

/** Closes the door, and states in the log everybody who came through it. */
export async function takeIn(ports: DistributorPorts, { program }: ProgramRecord): Promise<void> {
  await ports.store.close(program.id, ports.clock.now());
  const leaves: IntakeLeaf[] = [];
  for await (const leaf of readAll((limit, after) => ports.store.readLeaves(program.id, limit, after))) {
    leaves.push({ application: leaf.application, salt: leaf.salt });
  }
  await recordStep(ports, { type: 'intake', v: 1, program: program.id, ...intakeRoot(leaves) });
}
