import type { Program, Rulebook } from '@holdfast/core';
import { createWorld } from '../create-world.ts';
import { decideAtOnce, foundRehearsed, runUntilDone, until } from '../founding.ts';
import { startSoundOfficers } from '../money/acting.ts';
import { startHelpers } from '../money/bystanders.ts';
import { LossyLine } from '../money/lossy-line.ts';
import { createMoney, type Money } from '../money/money.ts';
import { endPrograms, isOver } from '../money/money-ending.ts';
import { MoneyLaws } from '../money/money-laws.ts';
import { accreditRelief, createKey } from '../money/relief-programs.ts';
import type { World } from '../world.ts';
import { type Coming, prepareComing, startArriving } from './arriving.ts';
import { type Ended, readFigures, type ScenarioFigures } from './figures.ts';
import { type OpenIssuer, openIssuer, placeOf } from './issuers.ts';
import { MoneyCourse } from './money-course.ts';
import { identitiesOf, issueAll } from './people.ts';
import { askedBy, type RehearsedTime, rehearsedProgram, timeOf } from './rehearsed-program.ts';
import { MAX_PROGRAM_MS, type Scenario } from './scenario.ts';
import { rehearsedRules } from './scenario-rules.ts';
import { createWeather, PLAIN_BANK, type Weather } from './weather.ts';

export type ScenarioQuestion = {
  readonly scenario: Scenario;
  readonly program: Program;
  /** The sample's when absent. */
  readonly rulebook?: Rulebook;
  readonly seed: number;
  readonly progress?: (done: number, total?: number) => void;
};

/** The same people and program twice: with what goes wrong, and without. */
export type ScenarioReport = {
  readonly seed: number;
  readonly title: string;
  readonly program: Pick<Program, 'id' | 'title' | 'asset' | 'budget'>;
  readonly isSealed: boolean;
  readonly time: RehearsedTime;
  /** By the program, which may have more. */
  readonly stated: RehearsedTime;
  readonly scenario: ScenarioFigures;
  readonly calm: ScenarioFigures;
};

const STEP_MS = 5000;
/** Laws are held against every application every so often, and once more at the end: at every step would take most of the time. */
const LAWS_EVERY_MS = 120_000;
/** After everything that is known beforehand, for what takes a little longer. */
const SLACK_MS = 10 * 60_000;

/**
 * What would have happened to this program: its real roles over memory adapters in virtual time, with what the scenario says
 * goes wrong and when, and beside it the same seed in calm weather. The same for the same seed.
 */
export async function rehearseScenario(question: ScenarioQuestion): Promise<ScenarioReport> {
  const { scenario, program, seed, progress = () => undefined } = question;
  const time = timeOf(program, scenario);
  const worlds: ScenarioFigures[] = [];
  for (const [i, wrong] of [scenario.wrong, []].entries()) {
    const step = (part: number) => progress(Math.min(99, Math.floor(50 * (i + part))), 100);
    worlds.push(await rehearseOnce({ ...question, time, step }, { ...scenario, wrong }));
  }
  const [faulty, calm] = worlds as [ScenarioFigures, ScenarioFigures];
  const { id, title, asset, budget, window, confirm, appealMs, allocation } = program;
  return {
    ...{ seed, title: scenario.title, program: { id, title, asset, budget }, time },
    isSealed: allocation.mode === 'sealed',
    stated: { window: window.closesAt - window.opensAt, confirm: confirm.withinMs, appeal: appealMs },
    scenario: faulty,
    calm,
  };
}

type Asking = ScenarioQuestion & { readonly time: RehearsedTime; readonly step: (part: number) => void };

async function rehearseOnce(asking: Asking, scenario: Scenario): Promise<ScenarioFigures> {
  const stage = await setUp(asking, scenario);
  const { world, money, program, coming, weather } = stage;
  const laws = new MoneyLaws(world, money);
  const course = new MoneyCourse(world, money, program.id, coming);
  world.scheduler.watch(() => course.glance());
  weather.start();
  startArriving(world, money, coming, stage.issuerLine);
  startSoundOfficers(world, money);
  startHelpers(world, money);
  let checkedAt = 0;
  const look = async (isLast = false) => {
    await course.look();
    if (!isLast && world.scheduler.now - checkedAt < LAWS_EVERY_MS) return;
    checkedAt = world.scheduler.now;
    await laws.check();
  };
  const intakeAt = await runToEnd(stage, look, asking.step);
  const overAt = world.scheduler.now;
  weather.end();
  await endPrograms(world, money, () => false);
  await look(true);
  return readFigures({ world, money, program, coming, course, overAt, intakeAt });
}

type Stage = Pick<Ended, 'world' | 'money' | 'program' | 'coming'> & {
  readonly weather: Weather;
  readonly issuerLine: LossyLine;
};

/** Until the program has ended and everybody was answered, or until nothing is to be waited for any more. */
async function runToEnd(
  { world, money, program, weather }: Stage,
  look: () => Promise<void>,
  step: (part: number) => void,
): Promise<number | undefined> {
  const { scheduler } = world;
  const { opensAt, closesAt } = program.window;
  const usual = closesAt + program.intakeWithinMs + program.appealMs + program.confirm.withinMs;
  const endMs = Math.min(Math.max(usual, weather.lastMs) + SLACK_MS, opensAt + 2 * MAX_PROGRAM_MS);
  let intakeAt: number | undefined;
  while (scheduler.now < endMs) {
    await scheduler.run(scheduler.now + STEP_MS);
    await look();
    const state = world.governor().follower?.state;
    const record = state?.programs.get(program.id);
    const isClosed = program.allocation.mode === 'instant' && scheduler.now >= closesAt;
    if (record?.sealedAt !== undefined || isClosed) weather.sealed();
    if (record?.intake !== undefined) intakeAt ??= record.judgedAt?.time;
    step((scheduler.now - opensAt) / (endMs - opensAt));
    if (scheduler.now > closesAt && (await isOver(money))) break;
  }
  return intakeAt;
}

async function setUp({ program: asked, rulebook, seed, time }: Asking, scenario: Scenario): Promise<Stage> {
  const { type, claims } = askedBy(asked);
  const [first = '', ...others] = asked.uniqueness.issuers;
  const isWitnessed = scenario.wrong.some(({ what }) => what === 'lying-witness');
  const world = await createWorld(seed, {
    ...{ isUnverified: true, isWitnessed, place: placeOf(first, type) },
    ...rehearsedRules(rulebook),
  });
  const issuerLine = new LossyLine('issuer', world);
  let weather: Weather | undefined;
  const kinds = asked.destinations.filter((kind) => kind !== 'internal');
  const money: Money = createMoney(world, { bank: { kinds, manners: () => weather?.bank() ?? PLAIN_BANK } });
  const identities = identitiesOf(scenario, asked, { type, claims }, world.random.fork('people'));
  const { opened } = await foundRehearsed(world);
  const issuers: OpenIssuer[] = [{ id: first, list: world.place.list, key: world.keys.credential, opened }];
  for (const issuer of others) issuers.push(await runUntilDone(world, openIssuer(world, issuer)));
  const program = await runUntilDone(world, release(world, money, asked, time));
  money.programs.push(program);
  const applicants = issueAll({ world, program, asked: { type, claims } }, identities, issuers);
  world.holders.push(...applicants.map(({ holder }) => holder));
  const coming: Coming[] = prepareComing(world, program, { type, claims }, applicants);
  money.sent.push(...coming.map(({ sent }) => sent));
  weather = createWeather({ world, money: () => money, issuerLine, coming, window: program.window }, scenario.wrong);
  return { world, money, program, coming, weather, issuerLine };
}

async function release(world: World, money: Money, asked: Program, time: RehearsedTime): Promise<Program> {
  await accreditRelief(world, money);
  const program = rehearsedProgram(world, asked, time, await createKey(money));
  await decideAtOnce(world, `program ${program.id}`, { power: 'release', class: 'program-approved', program });
  await until(world, () => money.distributor.follower?.state.programs.has(program.id) === true);
  return program;
}
