import { assert } from '@holdfast/core';
import { atDesk, decide } from '../deciding.ts';
import type { World } from '../world.ts';
import { RELIEF } from './distributor-node.ts';
import type { Money } from './money.ts';

/** Mean time between two changes of the distributor's key; milliseconds. */
const BETWEEN_MS = 25_000;

/**
 * The distributor prepares a key and officers name it, again and again, in the middle of whatever step it is at; now and then
 * because the ones before were stolen, so that what it signed and has not recorded yet counts for nothing.
 */
export function startChangingOwnKey(world: World, money: Money): void {
  const { scheduler } = world;
  const random = world.random.fork('relief keys');
  let changes = 0;
  const next = () => {
    if (world.trouble().isOver) return;
    changes += 1;
    const change = changeOwnKey(world, money, `relief key ${changes}`, random.chance(0.5)).catch(() => undefined);
    atDesk(world, change);
    change.then(() => scheduler.after(1 + random.below(2 * BETWEEN_MS), next));
  };
  scheduler.after(random.below(BETWEEN_MS), next);
}

async function changeOwnKey(world: World, { distributor }: Money, name: string, isStolen: boolean): Promise<void> {
  const keys = distributor.running?.keys;
  const party = world.governor().follower?.state.parties.get(RELIEF);
  if (keys === undefined || party === undefined) return;
  const { key } = await keys.prepare();
  const compromised = world.scheduler.now;
  const before = isStolen ? party.keys.map((one) => ({ compromised, ...one })) : party.keys;
  const changed = { ...party, keys: [...before, { use: 'statement' as const, key }] };
  const power = isStolen ? ('accredit' as const) : ('rotate' as const);
  const proposal = await decide(world, name, { power, class: isStolen ? 'founding' : 'party-changed', party: changed });
  assert(proposal !== undefined, 'officers agree about a key');
  world.faults.add(isStolen ? 'key of the distributor stolen' : 'key of the distributor changed');
}
