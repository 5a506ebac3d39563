import { createWorld, START_MS } from '../create-world.ts';
import { decideAtOnce, foundRehearsed, runUntilDone, until } from '../founding.ts';
import { createHolders } from '../holders.ts';
import { prepareApplications, startApplying } from '../money/applying.ts';
import { CLEAR_LINE, LossyLine } from '../money/lossy-line.ts';
import { createMoney, endMoneyFaults, startMoneyFaults } from '../money/money.ts';
import { accreditRelief, createKey, programOf } from '../money/relief-programs.ts';
import type { OracleName } from '../oracles.ts';
import { type RehearsalReport, reportOfRoles } from '../report.ts';
import { HEALTHY } from '../wire.ts';
import type { World } from '../world.ts';
import { CALM } from '../world.ts';
import { startComplaints, startJudging } from './court.ts';
import { DeskNode } from './desk-node.ts';
import { DoubtLaws } from './doubt-laws.ts';
import { DOUBT_PROGRAMS, doubtRules, JUDGES, OUTAGE } from './doubt-rules.ts';
import { Doubting } from './doubting.ts';
import type { DoubtsWorld } from './doubts.ts';

export type DoubtsRehearsal = {
  readonly seed: number;
  /** Ends early once one of these laws is broken. */
  readonly stopsAt?: readonly OracleName[];
};

const HOLDERS = 9;
const FAULTS_MS = 360_000;
const STEP_MS = 5000;
/** The longest case, two outages, and what a program waits for after its seal are over by then. */
const END_MS = 1_500_000;
const WEATHER_MS = 12_000;
const OUTAGE_MS = OUTAGE.gapMs + 15_000;

/**
 * Programs whose verifier can neither confirm nor refuse some people, by the real roles of distributor and governor: what
 * the distributor files, what people complain of, officers who are late, silent, of two minds, or wrong; a log that is away
 * for a minute; everybody killed at each of their crossings. Cases end before, while and after money has moved.
 */
export async function rehearseDoubts({ seed, stopsAt = [] }: DoubtsRehearsal): Promise<RehearsalReport> {
  const startedAt = performance.now();
  const world = await createWorld(seed, { judges: JUDGES, rules: { cases: doubtRules() }, isUnverified: true });
  const { scheduler, oracles, crossings } = world;
  const doubts = await begin(world);
  const laws = new DoubtLaws(doubts);
  scheduler.watch(() => laws.check());
  startApplying(world, doubts.money);
  startComplaints(doubts);
  startJudging(doubts);
  startFaults(doubts);
  crossings.armEach();
  const isEnough = () => stopsAt.some((oracle) => oracles.broken.has(oracle));
  const endMs = scheduler.now + END_MS;
  const healAt = scheduler.now + FAULTS_MS;
  let isHealed = false;
  while (scheduler.now < endMs && !isEnough() && !(isHealed && (await laws.isOver()))) {
    await scheduler.run(scheduler.now + STEP_MS);
    if (!isHealed && scheduler.now >= healAt) {
      isHealed = true;
      heal(doubts);
    }
  }
  if (!isEnough()) await laws.prove();
  return reportOfRoles({ mode: 'doubts', seed, startMs: START_MS, startedAt }, world);
}

async function begin(world: World): Promise<DoubtsWorld> {
  const { scheduler, signatures, keys } = world;
  const line = new LossyLine('desk', world);
  const desk = new DeskNode(world);
  const sent: DoubtsWorld['money']['sent'] = [];
  const doubting = new Doubting(sent, () => scheduler.now);
  const money = createMoney(world, {
    told: (verification) => doubting.told(verification),
    filing: { line, desk: () => desk.running?.filings },
  });
  desk.start();
  const { opened } = await foundRehearsed(world);
  const random = world.random.fork('credentials');
  const made = { place: world.place, signatures, random, issuerKey: keys.credential, opened, now: scheduler.now };
  world.holders.push(...createHolders(made, HOLDERS));
  await runUntilDone(world, release(world, money));
  sent.push(...prepareApplications(world, money.programs, 'usual'));
  money.sent.push(...sent);
  return { world, money, desk, line, doubting, complaints: [] };
}

async function release(world: World, money: DoubtsWorld['money']): Promise<void> {
  await accreditRelief(world, money);
  for (const { rule, changes } of DOUBT_PROGRAMS) {
    const program = { ...programOf(world, rule, await createKey(money)), ...changes };
    await decideAtOnce(world, `program ${program.id}`, { power: 'release', class: 'program-approved', program });
    money.programs.push(program);
  }
  await until(world, () =>
    money.programs.every(({ id }) => money.distributor.follower?.state.programs.has(id) === true),
  );
}

/** Lines lose and delay and are cut, clocks are set, and once the whole log is away. */
function startFaults({ world, money, line, desk }: DoubtsWorld): void {
  const { scheduler, faults } = world;
  const random = world.random.fork('doubt faults');
  world.setTrouble({ ...CALM });
  startMoneyFaults(world, money);
  scheduler.after(130_000 + random.below(100_000), () => {
    faults.add('outage');
    world.network().stayAway(OUTAGE_MS);
  });
  const next = () => {
    if (world.trouble().isOver) return;
    line.conditions = { loss: random.below(20) / 100, tail: random.below(30) / 100, isCut: random.chance(0.15) };
    const isCut = random.chance(0.1);
    desk.wire.conditions = { ...HEALTHY, loss: random.below(15) / 100, isRequestCut: isCut, isAnswerCut: isCut };
    if (random.chance(0.3)) world.crossings.arm();
    scheduler.after(1 + random.below(2 * WEATHER_MS), next);
  };
  next();
}

function heal({ world, money, line, desk }: DoubtsWorld): void {
  world.crossings.disarm();
  world.setTrouble({ ...CALM, isOver: true });
  endMoneyFaults(money);
  line.conditions = CLEAR_LINE;
  desk.wire.conditions = HEALTHY;
  world.governor().wire.conditions = HEALTHY;
}
