// Run as a process of its own over a copy of the sources: a wrong version and seeds in, the oracle that noticed out.
// Each kind of rehearsal is loaded where it is asked for: most need a small part of everything.
import type { Mutant } from './mutant.ts';
import type { OracleName } from './oracles.ts';
import type { RehearsalReport } from './report.ts';

/** Virtual minutes of one rehearsal; it ends once the law is broken that is there for this. */
const MINUTES = 4;

const [, , text = '', ...seeds] = process.argv;
const {
  mode,
  minutes = MINUTES,
  programs,
  noticedBy,
  isWitnessed = false,
  ending = 'lost',
} = JSON.parse(text) as Mutant;

type Found = Pick<RehearsalReport, 'broken'>;

async function rehearse(seed: number): Promise<Found> {
  if (mode === 'checks') return (await import('./checks/checks-world.ts')).rehearseChecks({ seed });
  if (mode === 'clients') return (await import('./load/clients-world.ts')).rehearseClients({ seed });
  if (mode === 'load') return (await import('./load/load-world.ts')).rehearseLoad({ seed, stopsAt: noticedBy });
  if (mode === 'networks')
    return (await import('./networks/networks-world.ts')).rehearseNetworks({ seed, events: 1500 });
  if (mode === 'powers') return (await import('./powers/powers-world.ts')).rehearsePowers({ seed, events: 1500 });
  if (mode === 'governance')
    return (await import('./governance/court-world.ts')).rehearseGovernance({ seed, days: 40, stopsAt: noticedBy });
  if (mode === 'core') return (await import('./core-world.ts')).rehearseCore({ seed, events: 1000, holders: 50 });
  if (mode === 'split') {
    return (await import('./split/rehearse-split.ts')).rehearseSplit({ seed, isWitnessed, stopsAt: noticedBy });
  }
  if (mode === 'roles-of-two') {
    const { rehearseNetworksOfRoles } = await import('./networks/rehearse-networks.ts');
    return rehearseNetworksOfRoles({ seed, minutes: 1, holders: 10, isLying: true, stopsAt: noticedBy });
  }
  if (mode === 'pruned') {
    const { rehearsePruned } = await import('./succession/rehearse-pruned.ts');
    const denied = await rehearsePruned({ seed, rules: 'denied' });
    return denied.broken.length > 0 ? denied : rehearsePruned({ seed, rules: 'retained' });
  }
  if (mode === 'succession') {
    const { rehearseSuccession } = await import('./succession/rehearse-succession.ts');
    return rehearseSuccession({ seed, ending, holders: 12, stopsAt: noticedBy });
  }
  const { rehearseRoles } = await import('./roles-world.ts');
  const roles = { seed, minutes, holders: 40, stopsAt: noticedBy, isWitnessed };
  if (mode === 'roles') return rehearseRoles(roles);
  if (mode === 'rotating') return rehearseRoles({ ...roles, isRotating: true });
  const chosen = programs === undefined ? {} : { programs };
  return rehearseRoles({ ...roles, holders: 24, money: true, isQuiet: true, killsAtEach: true, ...chosen });
}

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
