import { homePosition, type Position, type VerdictRequest } from '@holdfast/core';
import { createWorld, START_MS } from '../create-world.ts';
import { startDeciding } from '../deciding.ts';
import { endFaults } from '../fault-plan.ts';
import { foundRehearsed } from '../founding.ts';
import { createHolders } from '../holders.ts';
import type { OracleName } from '../oracles.ts';
import { type RehearsalReport, reportOfRoles } from '../report.ts';
import { HEALTHY } from '../wire.ts';
import type { RunningVerifier, World } from '../world.ts';
import { expectProof, type SecondHistory, showSecond, startSecondHistory } from './second-history.ts';

export type SplitRehearsal = {
  readonly seed: number;
  /** The rulebook names three witnesses, all of them sound, two of whom are a quorum. */
  readonly isWitnessed?: boolean;
  readonly holders?: number;
  /** Ends once one of these laws is broken. */
  readonly stopsAt?: readonly OracleName[];
};

/** One history for everybody, then two, then some see both; milliseconds. */
const TOGETHER_MS = 15_000;
const APART_MS = 60_000;
/** By then whoever sees both has pulled, found out, and kept the proof. */
const FOUND_OUT_MS = 40_000;
const SHOWN_MS = 60;

/**
 * The log of the network lies: to one verifier it goes on showing what it shows everybody, with the revocations in it; to another
 * a second history without them, signed by the same keys, with epochs at times and sizes of its own. People carry what they
 * have seen from one to the other. Later the lines are crossed, as when edges of a CDN are, and everybody sees both.
 */
export async function rehearseSplit(rehearsal: SplitRehearsal): Promise<RehearsalReport> {
  const { seed, isWitnessed = false, holders = 30, stopsAt = [] } = rehearsal;
  const startedAt = performance.now();
  const world = await createWorld(seed, { isWitnessed });
  const { scheduler, signatures, keys, place, oracles } = world;
  for (const node of world.witnesses) node.heal();
  const { opened } = await foundRehearsed(world);
  const random = world.random.fork('credentials');
  const made = { place, signatures, random, issuerKey: keys.credential, opened, now: scheduler.now };
  world.holders.push(...createHolders(made, holders));
  startDeciding(world);
  const watch = startCarrying(world);
  await scheduler.run(scheduler.now + TOGETHER_MS);
  const second = await startSecondHistory(world);
  watch.second = second;
  for (const node of world.verifiers()) if (node.name !== 'pushed') showSecond(node.wire, second);
  const isEnough = () => stopsAt.some((oracle) => oracles.broken.has(oracle));
  await scheduler.run(scheduler.now + APART_MS);
  if (!isEnough()) {
    crossLines(world, second);
    await scheduler.run(scheduler.now + FOUND_OUT_MS);
    for (const { name, fraud, follower } of world.verifiers()) {
      await expectProof(world, { name, fraud, isInDoubt: follower?.contradiction === 'feed.fork' });
    }
    endFaults(world);
    await scheduler.run(scheduler.now + FOUND_OUT_MS);
  }
  return reportOfRoles({ mode: 'split', seed, startMs: START_MS, startedAt }, world);
}

/** From now on each is shown what it was not shown before, over a line that is well. */
function crossLines(world: World, second: SecondHistory): void {
  world.faults.add('lines crossed');
  for (const node of world.verifiers()) {
    node.wire.conditions = HEALTHY;
    if (node.wire.shownBy === undefined) showSecond(node.wire, second);
    else {
      node.wire.shownBy = undefined;
      node.wire.hangUp();
    }
  }
}

type Watch = { second: SecondHistory | undefined; readonly seen: Map<string, Position> };

/** People show their credentials everywhere, and say how far the verifier had read that they were at before. */
function startCarrying(world: World): Watch {
  const { scheduler } = world;
  const random = world.random.fork('carrying');
  const watch: Watch = { second: undefined, seen: new Map() };
  const next = () => {
    if (world.trouble().isOver) return;
    const node = random.pick(world.verifiers());
    const [, carried] = random.pick([...watch.seen.entries(), ['', undefined] as const]);
    const freshness: VerdictRequest['freshness'] =
      carried === undefined ? { mode: 'any' } : { mode: 'at-least', positions: [carried] };
    const request: VerdictRequest = { class: random.pick(['pay', 'view'] as const), freshness };
    carry(world, watch, { node, index: random.below(world.holders.length), request }).catch((error: unknown) => {
      world.oracles.expect('refused-for-the-right-reason', false, scheduler.now, () => String(error));
    });
    scheduler.after(1 + random.below(2 * SHOWN_MS), next);
  };
  next();
  return watch;
}

type Visit = { readonly node: RunningVerifier; readonly index: number; readonly request: VerdictRequest };

async function carry(world: World, watch: Watch, { node, index, request }: Visit): Promise<void> {
  const { scheduler, oracles } = world;
  const askedAt = scheduler.now;
  const verified = await node.verify(world.holders[index]?.credential ?? '', request);
  if (verified === undefined) return;
  const { verdict } = verified;
  const { now: at } = scheduler;
  oracles.observe({
    verifier: node.name,
    credential: `${index}`,
    isForged: false,
    verdict,
    at,
    waitedMs: at - askedAt,
  });
  world.verdicts.add(verdict.outcome);
  world.trace.add(`${at} ${node.name} ${index} ${verdict.outcome} ${verdict.basis.positions[0]?.root}`);
  const position = homePosition(verdict.basis);
  if (position === undefined) return;
  watch.seen.set(node.name, position);
  const { second } = watch;
  if (second === undefined || position.size <= second.parting) return;
  expectNotRead(world, second, { node, position, request, isValid: verdict.outcome === 'valid' });
  expectOneConfirmed(world, second, position, verdict.basis.witnessed?.[0]?.time);
}

type Answered = {
  readonly node: RunningVerifier;
  readonly position: Position;
  readonly request: VerdictRequest;
  readonly isValid: boolean;
};

/** A position of one history says nothing of the other: who is asked by it has not read that far, whatever the numbers say. */
function expectNotRead({ truth, oracles, scheduler }: World, second: SecondHistory, answered: Answered): void {
  const { node, position, request, isValid } = answered;
  const [wanted] = request.freshness.mode === 'at-least' ? request.freshness.positions : [];
  if (wanted === undefined || wanted.size <= second.parting) return;
  const own = truth.holds(position) ? truth : second.truth;
  if (own.holds(wanted)) return;
  const what = () => `${node.name} at ${position.size} says yes to somebody who has seen another ${wanted.size}`;
  oracles.expect('another-history-was-not-read', !isValid, scheduler.now, what);
}

/** More than half of the witnesses stand behind at most one history: the other one only grows old. */
function expectOneConfirmed(world: World, second: SecondHistory, position: Position, time: number | undefined): void {
  const { truth, oracles, scheduler, witnesses } = world;
  if (witnesses.length === 0) return;
  const partedAt = truth.timeOf(second.parting) ?? Number.MAX_SAFE_INTEGER;
  if (time === undefined || time <= partedAt + CONFIRMED_LATE_MS) return;
  const history = truth.holds(position) ? 'first' : 'second';
  second.confirmed.add(history);
  const what = () => 'a quorum has confirmed two histories';
  oracles.expect('one-history-is-confirmed', second.confirmed.size === 1, scheduler.now, what);
}

/** What was in the air when they parted is of both. */
const CONFIRMED_LATE_MS = 2000;
