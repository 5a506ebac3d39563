import { createWorld, START_MS } from './create-world.ts';
import { startDeciding } from './deciding.ts';
import { endFaults, startFaults } from './fault-plan.ts';
import { startForging } from './forging.ts';
import { foundRehearsed } from './founding.ts';
import { healAndProve } from './healing.ts';
import { createHolders } from './holders.ts';
import { createIssuingLife } from './issuing/issuing-life.ts';
import type { Arrivals } from './money/applying.ts';
import { killsOf } from './money/kills.ts';
import { createMoneyLife } from './money/money-life.ts';
import type { ReliefName } from './money/relief-programs.ts';
import type { OracleName } from './oracles.ts';
import { startPresenting } from './presenting.ts';
import { type RehearsalReport, reportOfRoles } from './report.ts';
import { startRotating } from './rotating.ts';
import type { World } from './world.ts';

export type RolesRehearsal = {
  readonly seed: number;
  /** Virtual minutes under faults; healing comes after. */
  readonly minutes: number;
  readonly holders?: number;
  /** Programs are released, applied to and paid too. */
  readonly money?: boolean;
  /** With money, which programs; all when absent. */
  readonly programs?: readonly ReliefName[];
  /** With money, in which order people come. */
  readonly arrivals?: Arrivals;
  /** Nothing goes wrong, and nobody decides anything: for comparing two rehearsals. */
  readonly isCalm?: boolean;
  /** Every node dies at each of its crossings once. */
  readonly killsAtEach?: boolean;
  /** The rulebook names three witnesses, one of whom lies and one of whom is late. */
  readonly isWitnessed?: boolean;
  /** The key of the log changes again and again, and a thief of the first one answers now and then; with money, the distributor's too. */
  readonly isRotating?: boolean;
  /** Nobody presents anything but to the distributor. */
  readonly isQuiet?: boolean;
  /** Ends once one of these laws is broken, unhealed: for those who only ask whether it is. */
  readonly stopsAt?: readonly OracleName[];
  /** Called between the faults and the healing: for those who want to see an oracle fail. */
  readonly beforeHealing?: (world: World) => void;
  readonly progress?: (done: number, total?: number) => void;
};

/** How often it is looked whether to go on, in virtual time. */
const STEP_MS = 5000;

/**
 * One network of real roles over memory adapters, in virtual time: the network role, a governor with two officers, three
 * verifiers of the library (pushed, pulled, cut off), 200 holders who present honestly or not, and a stranger's issuer.
 * First faults and the laws of safety, then everything is healed and must come to an end that all agree on.
 */
export async function rehearseRoles(rehearsal: RolesRehearsal): Promise<RehearsalReport> {
  const { seed, minutes, holders = 200, stopsAt = [], progress = () => undefined } = rehearsal;
  const startedAt = performance.now();
  const world = await createWorld(seed, { isWitnessed: rehearsal.isWitnessed === true });
  const { scheduler, oracles } = world;
  const issuing = rehearsal.isQuiet === true ? undefined : createIssuingLife(world);
  const money = rehearsal.money === true ? createMoneyLife(world, rehearsal.programs) : undefined;
  const { opened } = await foundRehearsed(world);
  const { signatures, keys } = world;
  const random = world.random.fork('credentials');
  const made = { place: world.place, signatures, random, issuerKey: keys.credential, opened, now: scheduler.now };
  world.holders.push(...createHolders(made, holders));
  await issuing?.begin();
  await money?.begin(rehearsal.arrivals ?? 'usual');
  startWeather(world, rehearsal);
  if (rehearsal.isCalm !== true) {
    money?.startFaults(rehearsal.isRotating === true);
    issuing?.startFaults();
  }
  if (rehearsal.killsAtEach === true) world.crossings.armEach();
  const endMs = scheduler.now + minutes * 60_000;
  const isEnough = () => stopsAt.some((oracle) => oracles.broken.has(oracle));
  while (scheduler.now < endMs && !isEnough()) {
    await scheduler.run(Math.min(endMs, scheduler.now + STEP_MS));
    progress(Math.floor((scheduler.now - START_MS) / 60_000), minutes);
  }
  rehearsal.beforeHealing?.(world);
  if (!isEnough()) {
    endFaults(world);
    issuing?.endFaults();
    await money?.end(isEnough);
    world.crossings.spare();
  }
  if (!isEnough()) {
    await healAndProve(world);
    await issuing?.prove();
  }
  return {
    ...reportOfRoles({ seed, startMs: START_MS, startedAt }, world),
    ...(money === undefined ? {} : { ...(await money.read()), kills: killsOf(world.faults.toRecord()) }),
  };
}

function startWeather(world: World, { isCalm = false, isQuiet = false, isRotating = false }: RolesRehearsal): void {
  if (!isQuiet) startPresenting(world);
  if (isCalm) return;
  if (isRotating) startRotating(world);
  startDeciding(world);
  startForging(world);
  startFaults(world);
  for (const node of world.witnesses) node.tempt(world.oracles);
}
