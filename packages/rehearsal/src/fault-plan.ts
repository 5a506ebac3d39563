import type { Random } from './random.ts';
import { type Conditions, HEALTHY, type Wire } from './wire.ts';
import { CALM, type World } from './world.ts';

/** How often the weather changes, a crash is armed, the stranger decides; mean milliseconds. */
const WEATHER_MS = 15_000;
const CRASH_MS = 8000;
const STRANGER_MS = 60_000;

/** Each seed leaves some kinds of fault out: what only shows in their absence shows too. */
/** What a source may do to what it shows. */
const LIES = ['rollback', 'altered'] as const;
/** Also as edges of a CDN do it. */
export const LIES_OF_EDGES = [...LIES, 'stale', 'torn'] as const;

type Swarm = Readonly<Record<'loss' | 'duplication' | 'tail' | 'partition' | 'lies' | 'crashes' | 'outside', boolean>>;

export function startFaults(world: World): void {
  const random = world.random.fork('faults');
  const swarm = drawSwarm(random);
  world.setTrouble(
    swarm.outside ? { engine: 0.002, foreign: 0.2, oldList: 0.3, desk: 0.15, isOver: false } : { ...CALM },
  );
  repeat(world, random, WEATHER_MS, () => {
    for (const { name, wire } of world.verifiers()) changeWeather(world, random, swarm, { name, wire });
    changeWeather(world, random, { ...swarm, lies: false }, { name: 'governor', wire: world.governor().wire });
  });
  if (swarm.crashes) repeat(world, random, CRASH_MS, () => world.crossings.arm());
  repeat(world, random, STRANGER_MS, () => {
    if (random.chance(0.6)) world.foreign.revoke(world.scheduler.now);
    else world.foreign.publish(world.scheduler.now);
  });
}

function drawSwarm(random: Random): Swarm {
  const isIn = () => random.chance(0.8);
  return {
    ...{ loss: isIn(), duplication: isIn(), tail: isIn(), partition: isIn() },
    ...{ lies: isIn(), crashes: isIn(), outside: isIn() },
  };
}

function repeat({ scheduler, trouble }: World, random: Random, meanMs: number, run: () => void): void {
  const next = () => {
    if (trouble().isOver) return;
    run();
    scheduler.after(1 + random.below(2 * meanMs), next);
  };
  next();
}

export function changeWeather(
  world: World,
  random: Random,
  swarm: Omit<Swarm, 'crashes' | 'outside'>,
  end: { name: string; wire: Wire },
  lies: readonly Conditions['lie'][] = LIES,
): void {
  const { faults } = world;
  // The one that is cut off is so half of the time, in one direction or both.
  const isCut = swarm.partition && random.chance(end.name === 'cut-off' ? 0.5 : 0.1);
  const direction = random.below(3);
  const lie = swarm.lies && random.chance(0.3) ? random.pick(lies) : 'none';
  if (isCut) faults.add('partition');
  if (lie !== 'none') faults.add(`source with ${lie}`);
  const conditions: Conditions = {
    loss: swarm.loss ? random.below(20) / 100 : 0,
    duplication: swarm.duplication ? random.below(10) / 100 : 0,
    tail: swarm.tail ? random.below(20) / 100 : 0,
    isRequestCut: isCut && direction !== 1,
    isAnswerCut: isCut && direction !== 0,
    lie,
  };
  end.wire.conditions = conditions;
}

/** All faults end, and with them everything that only goes on while there are some. */
export function endFaults(world: World): void {
  world.crossings.disarm();
  world.setTrouble({ ...CALM, isOver: true });
  for (const { wire } of [...world.verifiers(), world.governor()]) wire.conditions = HEALTHY;
  for (const node of world.verifiers()) node.setClock();
  for (const node of world.witnesses) node.heal();
}
