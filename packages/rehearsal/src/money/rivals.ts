import { assert, type Program } from '@holdfast/core';
import type { Proposal } from '@holdfast/server/roles';
import { approve, atDesk } from '../deciding.ts';
import type { World } from '../world.ts';

/** Other rules under the name of a program: proposed before the program stands in the log, and so by nobody refused yet. */
export type Rival = { readonly program: Program; readonly proposal: Proposal };

/** How long before the window closes officers sign them after all: people have applied under the first ones by then. */
const BEFORE_CLOSE_MS = 15_000;

export async function proposeRival(world: World, program: Program): Promise<Rival> {
  const { governor } = world.governor();
  assert(governor !== undefined, 'the governor runs');
  const { allocation } = program;
  assert('cap' in allocation, 'a rival changes what anybody gets at most');
  const rival: Program = { ...program, allocation: { ...allocation, cap: `${BigInt(allocation.cap ?? '0') / 2n}` } };
  const request = { power: 'release', class: 'program-approved', program: rival, reason: 'second thoughts' } as const;
  return { program: rival, proposal: await governor.propose(request, `rival of ${program.id}`) };
}

/** Two officers sign other rules while people apply under the first: they must come to nothing. */
export function startRivals(world: World, rivals: readonly Rival[]): void {
  for (const { program, proposal } of rivals) {
    world.scheduler.at(program.window.closesAt - BEFORE_CLOSE_MS, () => {
      atDesk(world, approve(world, `rival of ${program.id}`, proposal, { officerMs: 2000 }));
    });
  }
}
