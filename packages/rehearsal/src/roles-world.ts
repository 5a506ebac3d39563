import { rehearseCore } from './core-world.ts';
import type { RehearsalReport } from './report.ts';
export type RolesRehearsal = {
  readonly seed: number;
  readonly minutes: number;
  readonly progress?: (done: number, total?: number) => void;
};
export async function rehearseRoles({ seed }: RolesRehearsal): Promise<RehearsalReport> {
  return rehearseCore({ seed, events: 1000 });
}
