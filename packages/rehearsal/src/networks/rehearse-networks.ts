import type { Position, VerdictRequest } from '@holdfast/core';
import { createWorld, START_MS } from '../create-world.ts';
import { startDeciding } from '../deciding.ts';
import { changeWeather, endFaults, LIES_OF_EDGES, startFaults } from '../fault-plan.ts';
import { foundRehearsed } from '../founding.ts';
import { expectOneAnswer, healAndProve } from '../healing.ts';
import { createHolders } from '../holders.ts';
import type { OracleName } from '../oracles.ts';
import { startPresenting } from '../presenting.ts';
import { type RehearsalReport, reportOfRoles } from '../report.ts';
import { startChangingKey, startRotating } from '../rotating.ts';
import { expectProof, showSecond, startSecondHistory } from '../split/second-history.ts';
import { HEALTHY, type Wire } from '../wire.ts';
import type { RunningVerifier, World } from '../world.ts';
import { startRecognising } from './recognising.ts';
import { expectRecognitionLaws } from './recognition-laws.ts';
import { EASY, historyOf, recognisedAt, TOWN, TOWN_PREFIX, townOutcome } from './town.ts';

export type NetworksOfRoles = {
  readonly seed: number;
  /** Virtual minutes under faults. */
  readonly minutes: number;
  readonly holders?: number;
  /** Ends once one of these laws is broken. */
  readonly stopsAt?: readonly OracleName[];
  /** After a third of the time the town's log shows one of the verifiers a second history; after another, the first again. */
  readonly isLying?: boolean;
  readonly progress?: (done: number, total?: number) => void;
};

/** Mean time between two presentations of credentials of the town, and two changes of the weather; milliseconds. */
const SHOWN_MS = 120;
const WEATHER_MS = 15_000;
const STEP_MS = 5000;
/** By then a verifier that is shown two histories has pulled and found out. */
const FOUND_OUT_MS = 45_000;

/** Two networks, the line of each verifier to the second, and what has been seen of it. */
type Both = {
  readonly home: World;
  readonly town: World;
  readonly lines: readonly ReturnType<RunningVerifier['follow']>[];
  seen: Position | undefined;
  /** The verifier that was shown both histories. */
  deceived: RunningVerifier | undefined;
};

/**
 * Two networks of real roles in one virtual time: the city's, with witnesses of whom one lies, and a town's, with officers and
 * an issuer of its own. The city's verifiers, with clocks that are off, follow both, each line cut, slow and lied on for itself;
 * one of them judges by another jurisdiction. Both change the keys of their logs, the town revokes, the city recognises the
 * town, changes its mind and lets recognitions run out.
 */
export async function rehearseNetworksOfRoles(rehearsal: NetworksOfRoles): Promise<RehearsalReport> {
  const { seed, minutes, stopsAt = [], progress = () => undefined } = rehearsal;
  const startedAt = performance.now();
  const both = await foundBoth(rehearsal);
  const { home } = both;
  const { scheduler, oracles } = home;
  startAll(both);
  // A follower that was shown the one history cannot know a key that came into force in the other: that is rehearsed apart.
  if (rehearsal.isLying === true) startLying(both, minutes * 60_000);
  else startChangingKey(both.town);
  const endMs = scheduler.now + minutes * 60_000;
  const isEnough = () => stopsAt.some((oracle) => oracles.broken.has(oracle));
  while (scheduler.now < endMs && !isEnough()) {
    await scheduler.run(Math.min(endMs, scheduler.now + STEP_MS));
    progress(Math.floor((scheduler.now - START_MS) / 60_000), minutes);
  }
  if (!isEnough()) {
    await expectDoubt(both);
    await healBoth(both);
  }
  return reportOfRoles({ mode: 'roles-of-two', seed, startMs: START_MS, startedAt }, home);
}

async function foundBoth({ seed, holders = 40 }: NetworksOfRoles): Promise<Both> {
  const profileOf = { 'cut-off': EASY.id };
  const home = await createWorld(seed, {
    isWitnessed: true,
    profiles: [{ ...EASY, appliesTo: [...EASY.appliesTo] }],
    profileOf,
  });
  const town = await createWorld(seed, { place: TOWN, beside: home });
  for (const world of [home, town]) {
    const { signatures, keys, place, scheduler } = world;
    const { opened } = await foundRehearsed(world);
    const random = world.random.fork('credentials');
    const made = { place, signatures, random, issuerKey: keys.credential, opened, now: scheduler.now };
    world.holders.push(...createHolders(made, holders));
  }
  const outcomeAt = (index: number, basis: Parameters<typeof townOutcome>[3]) => {
    const holder = town.holders[index];
    return holder === undefined ? 'unknown' : townOutcome(home, town, holder, basis);
  };
  home.recognised.push({
    prefix: TOWN_PREFIX,
    origin: TOWN.origin,
    isSplit: () => town.split !== undefined,
    outcomeAt,
  });
  return { home, town, lines: home.verifiers().map((node) => node.follow(town)), seen: undefined, deceived: undefined };
}

function startAll(both: Both): void {
  const { home, town } = both;
  startPresenting(home);
  startShowing(both);
  for (const world of [home, town]) startDeciding(world);
  startRecognising(home, town);
  startRotating(home);
  startFaults(home);
  startOtherWeather(both);
  for (const node of home.witnesses) node.tempt(home.oracles);
}

/** Inhabitants of the town show what they have to verifiers of the city. */
function startShowing(both: Both): void {
  const { home, town } = both;
  const random = home.random.fork('inhabitants');
  const next = () => {
    if (home.trouble().isOver) return;
    const { seen } = both;
    const isAsked = seen !== undefined && random.chance(0.2);
    const freshness: VerdictRequest['freshness'] = isAsked ? { mode: 'at-least', positions: [seen] } : { mode: 'any' };
    const request: VerdictRequest = { class: random.pick(['pay', 'view'] as const), freshness };
    const index = random.below(town.holders.length);
    showOne(both, random.pick(home.verifiers()), index, request).catch((error: unknown) => {
      home.oracles.expect('refused-for-the-right-reason', false, home.scheduler.now, () => String(error));
    });
    home.scheduler.after(1 + random.below(2 * SHOWN_MS), next);
  };
  next();
}

async function showOne(both: Both, node: RunningVerifier, index: number, request: VerdictRequest): Promise<void> {
  const { home, town } = both;
  const { scheduler, oracles } = home;
  const askedAt = scheduler.now;
  const verified = await node.verify(town.holders[index]?.credential ?? '', request);
  if (verified === undefined) return;
  const { verdict } = verified;
  const { now: at } = scheduler;
  const credential = `${TOWN_PREFIX} ${index}`;
  oracles.observe({ verifier: node.name, credential, isForged: false, verdict, at, waitedMs: at - askedAt });
  home.verdicts.add(`${TOWN_PREFIX} ${verdict.outcome}`);
  home.trace.add(`${at} ${node.name} ${credential} ${verdict.outcome} ${JSON.stringify(verdict.basis.positions)}`);
  const other = verdict.basis.positions.find(({ log }) => log === TOWN.origin);
  if (other === undefined) return;
  const isRevoked = historyOf(town, other).statusAt(TOWN.list, index, { positions: [other] }) === 'revoked';
  expectRecognitionLaws(oracles, at, verdict, { isRevoked, recognised: recognisedAt(home, town, verdict.basis) });
  if (other.size > (both.seen?.size ?? 0)) both.seen = other;
}

/** From when it is shown the first history again: it is about the lie from the moment of it. */
function deceivedLine({ deceived, lines }: Both): Wire | undefined {
  return deceived === undefined ? undefined : lines[1]?.wire;
}

/** Each line to the town has a weather of its own, and so has the desk of its officers. */
function startOtherWeather(both: Both): void {
  const { home, town, lines } = both;
  const random = home.random.fork('weather of the town');
  const next = () => {
    if (home.trouble().isOver) return;
    const swarm = { ...{ loss: true, duplication: true, tail: true }, ...{ partition: true, lies: true } };
    for (const { wire } of lines) {
      if (wire.shownBy === undefined && wire !== deceivedLine(both))
        changeWeather(home, random, swarm, { name: TOWN_PREFIX, wire }, LIES_OF_EDGES);
    }
    changeWeather(town, random, { ...swarm, lies: false }, { name: 'governor', wire: town.governor().wire });
    home.scheduler.after(1 + random.below(2 * WEATHER_MS), next);
  };
  next();
}

/** The town's log lies to one of the city's verifiers, whose line to it is then well: it is about the lie. */
function startLying(both: Both, durationMs: number): void {
  const { home, town, lines } = both;
  const [, line] = lines;
  const [, node] = home.verifiers();
  home.scheduler.after(durationMs / 3, () => {
    startSecondHistory(town).then((second) => {
      if (line === undefined) return;
      line.wire.conditions = HEALTHY;
      showSecond(line.wire, second);
      home.scheduler.after(durationMs / 3, () => {
        line.wire.shownBy = undefined;
        line.wire.hangUp();
        both.deceived = node;
      });
    });
  });
}

/** Who has seen both histories of the town takes nothing of it any more, and everything else as before. */
async function expectDoubt({ home, town, lines, deceived }: Both): Promise<void> {
  const [, line] = lines;
  if (deceived === undefined || line === undefined) return;
  const { oracles, scheduler } = home;
  line.wire.conditions = HEALTHY;
  await scheduler.run(scheduler.now + FOUND_OUT_MS);
  const request: VerdictRequest = { class: 'view', freshness: { mode: 'any' } };
  const [theirs, ours] = [town.holders[0]?.credential ?? '', home.holders[0]?.credential ?? ''];
  const doubted = (await deceived.verify(theirs, request))?.verdict;
  const trusted = (await deceived.verify(ours, request))?.verdict;
  if (doubted === undefined || trusted === undefined) return;
  const isInDoubt = doubted.reasons.some(({ code }) => code === 'recognition.fork');
  await expectProof(town, { name: deceived.name, fraud: line.fraud, isInDoubt });
  const isUntouched = !trusted.conflict && !trusted.reasons.some(({ code }) => code.startsWith('recognition.'));
  const what = () => `${deceived.name} of its own network: ${JSON.stringify(trusted.reasons)}`;
  oracles.expect('doubt-stays-with-its-feed', isUntouched, scheduler.now, what);
}

async function healBoth({ home, town, lines, deceived }: Both): Promise<void> {
  endFaults(town);
  for (const { wire } of lines) wire.conditions = HEALTHY;
  await healAndProve(home);
  const { oracles, scheduler } = home;
  const by = home.verifiers().filter((node) => node !== deceived);
  for (const { index, credential } of town.holders) {
    await expectOneAnswer(home, `${TOWN_PREFIX} ${index}`, credential, { mayBeUnknown: true, by });
  }
  const waiting = town.desk.open + ((await town.governor().store.readBatches()).length > 0 ? 1 : 0);
  oracles.expect('no-open-handoff', waiting === 0, scheduler.now, () => `${waiting} still wait in the town`);
}
