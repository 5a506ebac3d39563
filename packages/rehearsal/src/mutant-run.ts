// Run as a process of its own over a copy of the sources: mode, minutes, programs and seeds in, the first oracle that noticed out.
import { rehearseCore } from './core-world.ts';
import { RELIEF_NAMES } from './money/relief-programs.ts';
import type { RehearsalReport } from './report.ts';
import { rehearseRoles } from './roles-world.ts';

const [, , mode, minutes, programs = '', ...seeds] = process.argv;

const rehearse = (at: number): Promise<RehearsalReport> | RehearsalReport => {
  if (mode === 'core') return rehearseCore({ seed: at, events: 1000, holders: 50 });
  const roles = { seed: at, minutes: Number(minutes), holders: 40, stopsAtViolation: true };
  const chosen = programs === '' ? {} : { programs: RELIEF_NAMES.filter((name) => programs.split(',').includes(name)) };
  return rehearseRoles(
    mode === 'money' ? { ...roles, holders: 24, money: true, isQuiet: true, killsAtEach: true, ...chosen } : roles,
  );
};

let violated: string | null = null;
for (const seed of seeds) {
  const report = await rehearse(Number(seed));
  violated = report.violations[0]?.oracle ?? null;
  if (violated !== null) break;
}
process.stdout.write(JSON.stringify({ violated }));
