import {
  apply,
  type Credential,
  copyNetworkState,
  createEpoch,
  createNetworkState,
  type IssuerKey,
  judge,
  type NetworkState,
  type NetworkView,
  networkIssuerKey,
  OUTCOMES,
  parseStatement,
  type StatementParse,
  sha256Base64url,
  statementChecks,
  TICK_MS,
  type Verdict,
  type VerdictRequest,
} from '@holdfast/core';
import { createFoundation, type Foundation } from './foundation.ts';
import { IdealSignatures } from './ideal-signatures.ts';
import { Oracles } from './oracles.ts';
import { createRandom, type Random } from './random.ts';
import { NumberTrace, type RehearsalReport, reportOf, Tally } from './report.ts';

export type CoreRehearsal = {
  readonly seed: number;
  readonly events: number;
  readonly holders?: number;
};

/** Virtual start: any fixed moment will do, on a tick. */
const START_MS = 1_800_000_000_000;

/** Every so many entries the network's state is kept, so that a crash costs what came since; the latest ones are. */
const SNAPSHOT_ENTRIES = 256;
const MAX_SNAPSHOTS = 64;

/** A follower as core alone makes one: its fold, what it has kept, and what is on its way to it. */
type Follower = {
  readonly name: string;
  state: NetworkState;
  /** What verdicts stand on: the state at its last epoch, and whose key the credentials are under there. */
  view: { readonly network: NetworkView; readonly issuerKey: IssuerKey | undefined } | undefined;
  /** Entries known to be durable: what a crash leaves. */
  kept: number;
  /** Entries on their way: up to which size, and when they arrive. */
  readonly mail: { readonly to: number; readonly at: number }[];
  isCut: boolean;
};

type Event = (world: CoreWorld) => void;

/**
 * One network, three verifiers (pushed, pulled, cut off) and their holders as bare transitions of core: no promises, no
 * adapters, ideal signatures. Faults: loss, reordering, delay, a partition that comes and goes, crashes that forget what
 * was not durable.
 */
export function rehearseCore({ seed, events, holders = 200 }: CoreRehearsal): RehearsalReport {
  const startedAt = performance.now();
  const world = createCoreWorld(seed, holders);
  for (let i = 0; i < events; i += 1) pickEvent(world)(world);
  heal(world);
  return reportOf(
    { mode: 'core', seed, events, startMs: START_MS, startedAt },
    { ...world, trace: world.trace.digest() },
  );
}

type CoreWorld = {
  readonly random: Random;
  readonly signatures: IdealSignatures;
  readonly foundation: Foundation;
  readonly network: NetworkState;
  readonly log: StatementParse[];
  /** Of the network's fold, oldest first. Everyone folds the same entries to the same state, whoever does it. */
  readonly snapshots: NetworkState[];
  readonly followers: readonly Follower[];
  readonly credentials: readonly Credential[];
  /** Credential index to the entry that revoked it. */
  readonly revokedAt: Map<number, number>;
  readonly oracles: Oracles;
  readonly verdicts: Tally;
  readonly faults: Tally;
  now: number;
  readonly trace: NumberTrace;
};

function createCoreWorld(seed: number, holders: number): CoreWorld {
  const random = createRandom(seed);
  const signatures = new IdealSignatures(random.fork('signatures'));
  const foundation = createFoundation(signatures, random.fork('foundation'));
  const revokedAt = new Map<number, number>();
  const network = createNetworkState();
  const credentials = Array.from({ length: holders }, (_, i) => foundation.credential(i, START_MS));
  const oracles = new Oracles({
    outcomeAt: (credential, { positions }) => {
      const size = positions[0]?.size ?? 0;
      return (revokedAt.get(Number(credential)) ?? size) < size ? 'revoked' : 'valid';
    },
  });
  const followers = ['pushed', 'pulled', 'cut-off'].map((name) => ({
    name,
    state: createNetworkState(),
    view: undefined,
    kept: 0,
    mail: [],
    isCut: false,
  }));
  const world: CoreWorld = {
    random: random.fork('events'),
    signatures,
    foundation,
    network,
    log: [],
    snapshots: [],
    followers,
    credentials,
    revokedAt,
    oracles,
    verdicts: new Tally(),
    faults: new Tally(),
    now: START_MS,
    trace: new NumberTrace(),
  };
  for (const statement of foundation.founding(network, START_MS)) {
    record(world, statement);
    // Decisions are judged by the time of the last epoch, so there has to be one before the first of them.
    if (world.log.length === 1) tick(world);
  }
  tick(world);
  return world;
}

/** The network's own step: the entry is in the log, and the fold knows what it means. */
function record(world: CoreWorld, entry: string): void {
  fold(world, world.network, parseStatement(entry));
}

function fold(world: CoreWorld, state: NetworkState, parse: StatementParse): void {
  if (state === world.network) world.log.push(parse);
  const results = statementChecks(state, parse).map((check) => world.signatures.verifySync(check));
  const applied = apply(state, parse, results);
  world.oracles.expect(
    'nothing-acknowledged-is-lost',
    applied.ok,
    world.now,
    () => `entry ${applied.index}: ${applied.ok ? '' : applied.why}`,
  );
}

/** Weights of what happens next: mostly people present, as in life. */
const EVENTS: readonly (readonly [number, Event])[] = [
  [80, present],
  [8, deliver],
  [6, passTime],
  [3, tick],
  [1, pull],
  [1, decide],
  [1, breakSomething],
];
const TOTAL_WEIGHT = EVENTS.reduce((sum, [weight]) => sum + weight, 0);

function pickEvent(world: CoreWorld): Event {
  let at = world.random.below(TOTAL_WEIGHT);
  for (const [weight, event] of EVENTS) {
    at -= weight;
    if (at < 0) return event;
  }
  return present;
}

/** Mostly seconds; at times so long that whoever has not heard of the network since is cut off. */
function passTime(world: CoreWorld): void {
  world.now += 1 + world.random.below(world.random.chance(0.05) ? 2_400_000 : 2000);
}

function tick(world: CoreWorld): void {
  world.now += 200;
  const time = Math.max(world.now, world.network.time + 1);
  record(world, world.foundation.sign('network', createEpoch(world.network, time)));
  keepSnapshot(world);
  const [pushed] = world.followers;
  if (pushed !== undefined) send(world, pushed);
}

function keepSnapshot({ network, snapshots }: CoreWorld): void {
  if (network.tree.size < (snapshots.at(-1)?.tree.size ?? 0) + SNAPSHOT_ENTRIES) return;
  snapshots.push(copyNetworkState(network));
  if (snapshots.length > MAX_SNAPSHOTS) snapshots.shift();
}

/** What is sent may be lost, or arrive late and out of order. */
function send(world: CoreWorld, follower: Follower): void {
  if (follower.isCut || world.random.chance(0.05)) {
    world.faults.add('lost');
    return;
  }
  const delayMs = world.random.chance(0.1) ? world.random.below(30_000) : world.random.below(50);
  follower.mail.push({ to: world.log.length, at: world.now + delayMs });
}

function deliver(world: CoreWorld): void {
  const follower = world.random.pick(world.followers);
  const ready = follower.mail.findIndex((mail) => mail.at <= world.now);
  const [mail] = ready < 0 ? [] : follower.mail.splice(ready, 1);
  if (mail === undefined || follower.isCut) return;
  if (mail.to < follower.state.tree.size) world.faults.add('reordered');
  readOn(world, follower, mail.to);
}

function pull(world: CoreWorld): void {
  const follower = world.followers[1 + world.random.below(2)];
  if (follower !== undefined) send(world, follower);
}

/** Persist before use: what is folded is durable first, so that a crash cannot make a follower forget. */
function readOn(world: CoreWorld, follower: Follower, to: number): void {
  follower.kept = Math.max(follower.kept, to);
  for (let i = follower.state.tree.size; i < to; i += 1) {
    const parse = world.log[i];
    if (parse !== undefined) fold(world, follower.state, parse);
  }
  follower.view = viewOf(world, follower.state);
}

function decide(world: CoreWorld): void {
  const index = world.random.below(world.credentials.length);
  if (world.revokedAt.has(index)) return;
  const statements = world.foundation.revocation(world.network, index, world.now);
  for (const statement of statements) record(world, statement);
  world.revokedAt.set(index, world.log.length - 1);
  tick(world);
}

function breakSomething(world: CoreWorld): void {
  const follower = world.random.pick(world.followers);
  if (follower.name === 'cut-off' && world.random.chance(0.7)) {
    follower.isCut = !follower.isCut;
    world.faults.add(follower.isCut ? 'cut' : 'healed');
  } else if (world.random.chance(0.02)) {
    crash(world, follower);
  }
}

/** All that was in memory is gone; what was kept is folded again, from the last snapshot that it holds. */
function crash(world: CoreWorld, follower: Follower): void {
  world.faults.add('crash');
  const { kept } = follower;
  const snapshot = world.snapshots.findLast(({ tree }) => tree.size <= kept);
  follower.state = snapshot === undefined ? createNetworkState() : copyNetworkState(snapshot);
  follower.mail.length = 0;
  readOn(world, follower, kept);
}

function present(world: CoreWorld): void {
  const index = world.random.below(world.credentials.length);
  const follower = world.random.pick(world.followers);
  const isForged = world.random.chance(0.02);
  judgeOne(world, follower, index, isForged);
}

function judgeOne(world: CoreWorld, follower: Follower, index: number, isForged: boolean): Verdict | undefined {
  const honest = world.credentials[index];
  if (honest === undefined) return undefined;
  // Whoever forges presents other bytes: the digest tells the two apart.
  const parse = isForged ? { ...honest, presentedDigest: sha256Base64url(`forged ${index}`) } : honest;
  const { network, issuerKey } = follower.view ?? {};
  const verdict = judge({
    parse,
    signatures: { issuer: issuerKey === undefined ? undefined : resultOf(world, isForged), holder: undefined },
    evidence: {
      ...(network === undefined ? {} : { network }),
      ...(issuerKey === undefined ? {} : { issuerKey }),
    },
    request: world.random.chance(0.5) ? TO_PAY : TO_VIEW,
    policy: '',
    tick: Math.floor(world.now / TICK_MS),
  });
  world.oracles.observe({ verifier: follower.name, credential: String(index), isForged, verdict, at: world.now });
  world.verdicts.add(verdict.outcome);
  world.trace.mix(index);
  world.trace.mix(OUTCOMES.indexOf(verdict.outcome));
  world.trace.mix(verdict.basis.positions[0]?.size ?? -1);
  return verdict;
}

const TO_PAY: VerdictRequest = { class: 'pay', freshness: { mode: 'any' } };
const TO_VIEW: VerdictRequest = { class: 'view', freshness: { mode: 'any' } };

/** An engine that failed in the middle of a forgery has no result for it: that must not pass for one. */
function resultOf({ random }: CoreWorld, isForged: boolean): boolean | undefined {
  if (!isForged) return true;
  return random.chance(0.3) ? undefined : false;
}

function viewOf({ credentials: [any] }: CoreWorld, state: NetworkState): Follower['view'] {
  const { position } = state;
  if (position === undefined) return undefined;
  const network = { ...state, position };
  return { network, issuerKey: any === undefined ? undefined : networkIssuerKey(any, network) };
}

/** The faults are over: every follower reads to the end, and then all of them must say the same of everything. */
function heal(world: CoreWorld): void {
  tick(world);
  for (const follower of world.followers) {
    follower.isCut = false;
    readOn(world, follower, world.log.length);
  }
  for (let index = 0; index < world.credentials.length; index += 1) {
    const outcomes = world.followers.map((follower) => {
      const verdict = judgeOne(world, follower, index, false);
      return verdict === undefined ? '' : `${verdict.outcome} ${verdict.freshness}`;
    });
    const agree = new Set(outcomes).size === 1;
    world.oracles.expect(
      'converges-after-healing',
      agree,
      world.now,
      () => `credential ${index}: ${outcomes.join(' ')}`,
    );
  }
}
