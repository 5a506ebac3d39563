// Each kind of rehearsal is loaded where it is asked for: most need a small part of everything.
import type { Mutant } from './mutant.ts';
import type { OracleName } from './oracles.ts';
import type { RehearsalReport } from './report.ts';

/** Virtual minutes of one rehearsal; it ends once the law is broken that is there for this. */
const MINUTES = 4;
/** Of rehearsals of bare transitions. */
const EVENTS = 1500;

export type Found = Pick<RehearsalReport, 'broken'>;

/** What a rehearsal of this wrong version is like, whoever is rehearsed in it. */
export type Rehearsed = Omit<Mutant, 'name' | 'file' | 'find' | 'replace'>;

/** The oracle that notices under one of these seeds, if possible one that is there for it; null when all held. */
export async function rehearseMutant(mutant: Rehearsed, seeds: readonly number[]): Promise<OracleName | null> {
  let other: OracleName | undefined;
  for (const seed of seeds) {
    // Whatever else is broken first: what a wrong version proves is that the law that is there for it can be.
    const { broken } = await rehearseAs(mutant, seed);
    const noticed = broken.find((oracle) => mutant.noticedBy.includes(oracle));
    if (noticed !== undefined) return noticed;
    other ??= broken[0];
  }
  return other ?? null;
}

export async function rehearseAs(rehearsed: Rehearsed, seed: number): Promise<Found> {
  return (await rehearseBare(rehearsed, seed)) ?? rehearseLogs(rehearsed, seed);
}

/** Of bare transitions, and of one part by itself. */
async function rehearseBare({ mode, noticedBy: stopsAt }: Rehearsed, seed: number): Promise<Found | undefined> {
  if (mode === 'checks') return (await import('./checks/checks-world.ts')).rehearseChecks({ seed });
  if (mode === 'clients') return (await import('./load/clients-world.ts')).rehearseClients({ seed });
  if (mode === 'load') return (await import('./load/load-world.ts')).rehearseLoad({ seed, stopsAt });
  if (mode === 'networks') {
    return (await import('./networks/networks-world.ts')).rehearseNetworks({ seed, events: EVENTS });
  }
  if (mode === 'powers') {
    return (await import('./powers/powers-world.ts')).rehearsePowers({ seed, events: EVENTS, stopsAt });
  }
  if (mode === 'governance') {
    return (await import('./governance/court-world.ts')).rehearseGovernance({ seed, days: 40, stopsAt });
  }
  if (mode === 'refreshing') {
    return (await import('./refreshing/refreshing-world.ts')).rehearseRefreshing({ seed, events: EVENTS, stopsAt });
  }
  if (mode === 'orders') return (await import('./orders/orders-world.ts')).rehearseOrders({ seed, stopsAt });
  if (mode === 'doubts') return (await import('./doubts/doubts-world.ts')).rehearseDoubts({ seed, stopsAt });
  if (mode === 'core') return (await import('./core-world.ts')).rehearseCore({ seed, events: 1000, holders: 50 });
  return undefined;
}

/** Of the real roles. */
async function rehearseLogs(rehearsed: Rehearsed, seed: number): Promise<Found> {
  const { mode, ending = 'lost', isWitnessed = false, noticedBy: stopsAt } = rehearsed;
  if (mode === 'split')
    return (await import('./split/rehearse-split.ts')).rehearseSplit({ seed, isWitnessed, stopsAt });
  if (mode === 'roles-of-two') {
    const { rehearseNetworksOfRoles } = await import('./networks/rehearse-networks.ts');
    return rehearseNetworksOfRoles({ seed, minutes: 1, holders: 10, isLying: true, stopsAt });
  }
  if (mode === 'pruned') {
    const { rehearsePruned } = await import('./succession/rehearse-pruned.ts');
    const denied = await rehearsePruned({ seed, rules: 'denied' });
    return denied.broken.length > 0 ? denied : rehearsePruned({ seed, rules: 'retained' });
  }
  if (mode === 'succession') {
    const { rehearseSuccession } = await import('./succession/rehearse-succession.ts');
    return rehearseSuccession({ seed, ending, holders: 12, isWitnessed, stopsAt });
  }
  return rehearseOneNetwork(rehearsed, seed);
}

async function rehearseOneNetwork(rehearsed: Rehearsed, seed: number): Promise<Found> {
  const { mode, minutes = MINUTES, programs, isWitnessed = false, noticedBy: stopsAt } = rehearsed;
  const { rehearseRoles } = await import('./roles-world.ts');
  const roles = { seed, minutes, holders: 40, stopsAt, isWitnessed };
  if (mode === 'roles') return rehearseRoles(roles);
  if (mode === 'rotating') return rehearseRoles({ ...roles, isRotating: true });
  const chosen = programs === undefined ? {} : { programs };
  return rehearseRoles({ ...roles, holders: 24, money: true, isQuiet: true, killsAtEach: true, ...chosen });
}
