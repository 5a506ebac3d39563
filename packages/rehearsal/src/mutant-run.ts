// Run as a process of its own over a copy of the sources: mode, minutes and seeds in, the first oracle that noticed out.
import { rehearseCore } from './core-world.ts';
import type { RehearsalReport } from './report.ts';
import { rehearseRoles } from './roles-world.ts';

const [, , mode, minutes, ...seeds] = process.argv;

const rehearse = (at: number): Promise<RehearsalReport> | RehearsalReport => {
  if (mode === 'core') return rehearseCore({ seed: at, events: 1000, holders: 50 });
  const roles = { seed: at, minutes: Number(minutes), holders: 40, stopsAtViolation: true };
  return rehearseRoles(
    mode === 'money' ? { ...roles, holders: 24, money: true, isQuiet: true, killsAtEach: true } : roles,
  );
};

let violated: string | null = null;
for (const seed of seeds) {
  const report = await rehearse(Number(seed));
  violated = report.violations[0]?.oracle ?? null;
  if (violated !== null) break;
}
process.stdout.write(JSON.stringify({ violated }));
