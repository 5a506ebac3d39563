import { copyNetworkState } from '@holdfast/core';
import { createLogStoreMemory } from '@holdfast/server/roles';
import { createWorld, START_MS } from '../create-world.ts';
import { atDesk, startDeciding } from '../deciding.ts';
import { endFaults, startFaults } from '../fault-plan.ts';
import { foundRehearsed, runUntilDone } from '../founding.ts';
import { createHolders } from '../holders.ts';
import { LogTruth } from '../log-truth.ts';
import { CLEAR_LINE } from '../money/lossy-line.ts';
import type { Money } from '../money/money.ts';
import { createMoneyLife, type MoneyLife } from '../money/money-life.ts';
import type { ReliefName } from '../money/relief-programs.ts';
import { NetworkNode } from '../network-node.ts';
import type { OracleName } from '../oracles.ts';
import { startPresenting } from '../presenting.ts';
import { type RehearsalReport, reportOfRoles } from '../report.ts';
import { HEALTHY } from '../wire.ts';
import { OFFICERS, type RunningVerifier, type World } from '../world.ts';
import { changeKeys, changeNextKey } from './changing-keys.ts';
import { createCopies } from './copies.ts';
import { type Ended, type Ending, endLog, type Following, followingOf } from './ending.ts';
import { LIE_KINDS, startLiar } from './liars.ts';
import { approveDraft, draftSuccession, openLog, readEnd } from './opening.ts';
import { SuccessionLaws } from './succession-laws.ts';
import { expectLeftBehind, expectNotWitnessed } from './witnessing.ts';

export type SuccessionRehearsal = {
  readonly seed: number;
  readonly ending: Ending;
  readonly holders?: number;
  readonly programs?: readonly ReliefName[];
  /** The rulebook names three witnesses, one of whom is late and one of whom lies; and keys are changed in both logs. */
  readonly isWitnessed?: boolean;
  /** Ends once one of these laws is broken. */
  readonly stopsAt?: readonly OracleName[];
};

export const SUCCESSOR = 'rehearsal.test/log-2';

/** Programs take applications for a minute: the log ends some time in it, or while they are judged and paid. */
const FIRST_END_MS = 15_000;
const LAST_END_MS = 75_000;
/** How long officers take to find a copy and to sign; how long each liar answers before. */
const OFFICERS_MS = 15_000;
const LIAR_MS = 9000;
/** Who is cut off hears of the new log so much later than the others, who have bad weather. */
const CUT_MS = 25_000;
/** By then whoever had not halted has gone over, and somebody comes to them from whoever has read the other history. */
const ASKED_MS = 8000;
const WEATHER_MS = 60_000;
const LAST: ReadonlySet<string> = new Set(['cut-off', 'governor']);
const SEALED_MS = 120_000;
const STEP_MS = 20;
const HEALING_MS = 90_000;

/**
 * A network goes on in a new log while everybody is in the middle of something: people show credentials, officers decide, programs
 * take applications, judge and pay. Liars answer first, each with a log of his own; then comes the one that the quorum has opened,
 * while lines fail and nodes die; last of it hears one who was cut off.
 */
export async function rehearseSuccession(rehearsal: SuccessionRehearsal): Promise<RehearsalReport> {
  const { seed, ending, holders = 20, programs = ['equal', 'voucher'], isWitnessed = false, stopsAt = [] } = rehearsal;
  const startedAt = performance.now();
  const world = await createWorld(seed, { mayGoOver: true, isWitnessed });
  const { scheduler, oracles } = world;
  const life = await begin(world, holders, programs);
  const changed = isWitnessed ? await runUntilDone(world, changeKeys(world)) : undefined;
  const random = world.random.fork('succession');
  const following = followingOf(world, life.money);
  if (ending === 'sealed') await runUntilSealed(world, life.money);
  else await scheduler.run(scheduler.now + FIRST_END_MS + random.below(LAST_END_MS - FIRST_END_MS));
  const ended = await endLog(world, following, ending);
  const laws = new SuccessionLaws(world, { following, money: life.money, ended, changed });
  await goOn(world, { following, ended, laws });
  life.money.lines.verifier.conditions = CLEAR_LINE;
  const isEnough = () => stopsAt.some((oracle) => oracles.broken.has(oracle));
  if (!isEnough()) await scheduler.run(scheduler.now + WEATHER_MS);
  endFaults(world);
  for (const node of world.verifiers()) restart(node);
  if (!isEnough()) await life.end(isEnough);
  if (!isEnough()) {
    await scheduler.run(scheduler.now + HEALING_MS);
    await laws.prove();
  }
  const report = reportOfRoles({ mode: 'succession', seed, startMs: START_MS, startedAt }, world);
  return { ...report, ...(await life.read()) };
}

async function begin(world: World, holders: number, programs: readonly ReliefName[]): Promise<MoneyLife> {
  const { signatures, keys, place, scheduler } = world;
  const life = createMoneyLife(world, programs);
  const { opened } = await foundRehearsed(world);
  const random = world.random.fork('credentials');
  const made = { place, signatures, random, issuerKey: keys.credential, opened, now: scheduler.now };
  world.holders.push(...createHolders(made, holders));
  await life.begin('usual');
  startPresenting(world);
  startDeciding(world);
  return life;
}

/** Until one of the programs is sealed; from then on its distributor reaches no verifier. */
async function runUntilSealed({ scheduler }: World, { distributor, lines, programs }: Money): Promise<void> {
  const isSealed = () =>
    programs.some(({ id }) => {
      const record = distributor.follower?.state.programs.get(id);
      return record?.program.allocation.mode === 'sealed' && record.sealedAt !== undefined;
    });
  for (let waited = 0; !isSealed() && waited < SEALED_MS; waited += STEP_MS) {
    await scheduler.run(scheduler.now + STEP_MS);
  }
  lines.verifier.conditions = { ...CLEAR_LINE, isCut: true };
}

type Going = { readonly following: readonly Following[]; readonly ended: Ended; readonly laws: SuccessionLaws };

/** Officers sign, liars answer in between, the new log opens, and everybody's line leads to it. */
async function goOn(world: World, { following, ended, laws }: Going): Promise<void> {
  const { scheduler, random } = world;
  const end = await readEnd(world, ended.copy, ended.size);
  const drafted = await draftSuccession(world, end, { origin: SUCCESSOR, key: 'log-20' });
  const draft = await approveDraft(world, drafted, OFFICERS);
  await scheduler.run(scheduler.now + random.fork('officers').below(OFFICERS_MS));
  const copies = await createCopies(world, ended, end);
  world.copies.push(...copies.named);
  for (const kind of LIE_KINDS) {
    const liar = await startLiar(world, kind, { end, draft, former: copies.served });
    for (const { wire } of following) {
      wire.shownBy = () => liar.role;
      wire.hangUp();
    }
    await scheduler.run(scheduler.now + LIAR_MS);
    laws.expectDisbelieved(liar.origin);
    await expectNotWitnessed(world, liar);
    await laws.expectStranger(liar.role, liar.origin);
  }
  const { entry, lineage } = await openLog(world, end, draft);
  const truth = new LogTruth({ truth: ended.truth, end: ended.size });
  const succeeding = { predecessor: copyNetworkState(end.state), lineage, former: [copies.served] };
  const node = new NetworkNode(world, entry, truth, createLogStoreMemory(), succeeding);
  node.start();
  world.goOver({ origin: SUCCESSOR, node, truth });
  for (const { wire } of following) {
    wire.shownBy = undefined;
    wire.hangUp();
  }
  laws.watch();
  if (ended.halted.size > 0) {
    await scheduler.run(scheduler.now + ASKED_MS);
    await laws.expectElsewhere();
    await expectLeftBehind(world, ended, SUCCESSOR);
  }
  startFaults(world);
  cutOff(world, following);
  if (world.witnesses.length > 0) atDesk(world, changeNextKey(world));
}

/** It comes back with what it has kept, over a line that is well. */
function restart(node: RunningVerifier): void {
  node.crash();
  node.wire.conditions = HEALTHY;
}

/** One of them hears of it last, and so does the governor, who has still to say again what the old log had and the new one has not. */
function cutOff({ scheduler }: World, following: readonly Following[]): void {
  const last = following.filter(({ name }) => LAST.has(name));
  const endsAt = scheduler.now + CUT_MS;
  const again = () => {
    const isOver = scheduler.now >= endsAt;
    for (const { wire } of last) {
      wire.conditions = isOver ? HEALTHY : { ...HEALTHY, isRequestCut: true, isAnswerCut: true };
    }
    if (!isOver) scheduler.after(1000, again);
  };
  again();
}
