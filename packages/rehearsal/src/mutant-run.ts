// Run as a process of its own over a copy of the sources: a wrong version and seeds in, the oracle that noticed out.
import { rehearseChecks } from './checks/checks-world.ts';
import { rehearseCore } from './core-world.ts';
import type { Mutant } from './mutant.ts';
import { rehearseNetworks } from './networks/networks-world.ts';
import type { OracleName } from './oracles.ts';
import type { RehearsalReport } from './report.ts';
import { rehearseRoles } from './roles-world.ts';

/** Virtual minutes of one rehearsal; it ends once the law is broken that is there for this. */
const MINUTES = 4;

const [, , text = '', ...seeds] = process.argv;
const { mode, minutes = MINUTES, programs, noticedBy, isWitnessed = false } = JSON.parse(text) as Mutant;

type Found = Pick<RehearsalReport, 'broken'>;

const rehearse = (seed: number): Promise<Found> | Found => {
  if (mode === 'checks') return rehearseChecks({ seed });
  if (mode === 'networks') return rehearseNetworks({ seed, events: 1500 });
  if (mode === 'core') return rehearseCore({ seed, events: 1000, holders: 50 });
  const roles = { seed, minutes, holders: 40, stopsAt: noticedBy, isWitnessed };
  if (mode === 'roles') return rehearseRoles(roles);
  if (mode === 'rotating') return rehearseRoles({ ...roles, isRotating: true });
  const chosen = programs === undefined ? {} : { programs };
  return rehearseRoles({ ...roles, holders: 24, money: true, isQuiet: true, killsAtEach: true, ...chosen });
};

/** Whatever else is broken first: what a wrong version proves is that the law that is there for it can be. */
let noticed: OracleName | undefined;
let other: OracleName | undefined;
for (const seed of seeds) {
  const { broken } = await rehearse(Number(seed));
  noticed = broken.find((oracle) => noticedBy.includes(oracle));
  other ??= broken[0];
  if (noticed !== undefined) break;
}
process.stdout.write(JSON.stringify({ violated: noticed ?? other ?? null }));
