import {
  type IntakeLeaf,
  intakeRoot,
  isCodedError,
  isRecognising,
  type Position,
  type ProgramRecord,
} from '@holdfast/core';
import { reportFailure } from './failures.ts';
import type { DistributorPorts } from './neighbours.ts';
import { readAll } from './pages.ts';
import { recordStep } from './statements.ts';

/** Closes the door, and states in the log everybody who came through it, and where recognised networks stand then. */
export async function takeIn(ports: DistributorPorts, record: ProgramRecord): Promise<void> {
  const { program } = record;
  const { store, clock } = ports;
  await store.close(program.id, clock.now());
  await recordStep(ports, program.id, 'intake', async () => {
    const leaves: IntakeLeaf[] = [];
    for await (const { application, salt } of readAll((limit, after) => store.readLeaves(program.id, limit, after))) {
      leaves.push({ application, salt });
    }
    const recognised = await readRecognised(ports, record);
    const named = recognised.length === 0 ? {} : { recognised: [...recognised] };
    return { type: 'intake', v: 1, program: program.id, ...intakeRoot(leaves), ...named };
  });
  ports.signals?.programTakenIn({ program: program.id });
}

/**
 * The latest that the verifier has read of each network that ours recognises: it keeps what it reads, so it can judge there
 * whatever becomes of that network. It is waited for in the first half of the time that the program leaves for the intake;
 * after that the promise to everybody counts for more than the applicants of other networks.
 */
async function readRecognised(
  ports: Pick<DistributorPorts, 'follower' | 'verification' | 'report'>,
  { program }: ProgramRecord,
): Promise<readonly Position[]> {
  const { recognitions, time } = ports.follower.state;
  const records = [...recognitions.values()].filter((one) => isRecognising(one, time));
  const origins = new Set(records.map(({ recognition }) => recognition.log.origin));
  if (origins.size === 0) return [];
  try {
    return (await ports.verification.otherPositions()).filter(({ log }) => origins.has(log));
  } catch (error) {
    if (!isCodedError(error) || time < program.window.closesAt + program.intakeWithinMs / 2) throw error;
    reportFailure(ports, program.id, error);
    return [];
  }
}
