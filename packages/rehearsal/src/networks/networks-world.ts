import {
  ASSURANCE_LEVELS,
  apply,
  type Basis,
  type Credential,
  createEpoch,
  createNetworkState,
  type Evidence,
  homePosition,
  type Judgement,
  judge,
  type NetworkState,
  type NetworkView,
  networkIssuerKey,
  otherNetworkIssuerKey,
  otherPosition,
  parseStatement,
  type Recognition,
  type StatementParse,
  sha256Base64url,
  statementChecks,
  TICK_MS,
  type Verdict,
} from '@holdfast/core';
import { createFoundation, type Foundation } from '../foundation.ts';
import { IdealSignatures } from '../ideal-signatures.ts';
import { Oracles } from '../oracles.ts';
import { createRandom, type Random } from '../random.ts';
import { type RehearsalReport, reportOf, Tally } from '../report.ts';
import { expectRecognitionLaws, isOver } from './recognition-laws.ts';

export type NetworksRehearsal = { readonly seed: number; readonly events: number; readonly holders?: number };

const START_MS = 1_800_000_000_000;
/** Credentials of the first network's own issuer, none of which is ever revoked. */
const OWN = 8;
const TOWN = {
  log: 'town.test/log',
  issuer: 'http://town.test/i/hall',
  list: 'http://town.test/status/hall/1',
  type: 'http://town.test/vct/hall/inhabitant/1',
  assurance: 'high',
} as const;
const COUNTS_AS = 'http://rehearsal.test/vct/civic/residence/1';

type Network = { readonly foundation: Foundation; readonly state: NetworkState; readonly log: StatementParse[] };

/** How far one verifier has read one network; cut off, it reads nothing; in doubt, it has seen two histories of it. */
type Followed = { readonly state: NetworkState; isCut: boolean; isForked: boolean };
type Side = 'home' | 'town';
type Follower = { readonly name: string } & Readonly<Record<Side, Followed>>;

type World = Readonly<Record<Side, Network>> & {
  readonly random: Random;
  readonly signatures: IdealSignatures;
  readonly followers: readonly Follower[];
  readonly credentials: readonly Credential[];
  /** Of the first network's own issuer. */
  readonly own: readonly Credential[];
  /** What was really decided: entry by which a credential was revoked, and what was recognised when. */
  readonly revokedAt: Map<number, number>;
  readonly recognitions: { readonly entry: number; readonly recognition: Recognition }[];
  readonly oracles: Oracles;
  readonly verdicts: Tally;
  readonly faults: Tally;
  now: number;
  trace: string;
};

/**
 * Two networks as bare transitions of core: verifiers of the first follow both, each part of it cut off for itself, while
 * the second revokes and the first recognises, changes its mind and lets recognitions run out.
 */
export function rehearseNetworks({ seed, events, holders = 40 }: NetworksRehearsal): RehearsalReport {
  const startedAt = performance.now();
  const world = createWorld(seed, holders);
  for (let i = 0; i < events; i += 1) pickEvent(world)(world);
  heal(world);
  return reportOf({ mode: 'networks', seed, events, startMs: START_MS, startedAt }, world);
}

function createWorld(seed: number, holders: number): World {
  const random = createRandom(seed);
  const signatures = new IdealSignatures(random.fork('signatures'));
  const network = (foundation: Foundation): Network => ({ foundation, state: createNetworkState(), log: [] });
  const town = createFoundation(signatures, random.fork('town'), TOWN);
  const home = createFoundation(signatures, random.fork('home'));
  const followed = (): Followed => ({
    state: createNetworkState(),
    isCut: false,
    isForked: false,
  });
  const world: World = {
    random: random.fork('events'),
    signatures,
    home: network(home),
    town: network(town),
    followers: ['near', 'far'].map((name) => ({ name, home: followed(), town: followed() })),
    credentials: Array.from({ length: holders }, (_, i) => town.credential(i, START_MS)),
    own: Array.from({ length: OWN }, (_, i) => home.credential(i, START_MS)),
    revokedAt: new Map(),
    recognitions: [],
    oracles: new Oracles({ outcomeAt: (credential, basis) => truthAt(world, credential, basis) }),
    verdicts: new Tally(),
    faults: new Tally(),
    now: START_MS,
    trace: '',
  };
  for (const side of ['home', 'town'] as const) {
    const { foundation, state, log } = world[side];
    for (const statement of foundation.founding(state, START_MS)) {
      record(world, side, statement);
      if (log.length === 1) tick(world, side);
    }
    tick(world, side);
  }
  for (const follower of world.followers) for (const side of ['home', 'town'] as const) readOn(world, follower, side);
  return world;
}

function record(world: World, side: Side, entry: string): void {
  const parse = parseStatement(entry);
  world[side].log.push(parse);
  fold(world, world[side].state, parse);
}

function fold({ signatures, oracles, now }: World, state: NetworkState, parse: StatementParse): void {
  const applied = apply(
    state,
    parse,
    statementChecks(state, parse).map((check) => signatures.verifySync(check)),
  );
  oracles.expect('nothing-acknowledged-is-lost', applied.ok, now, () => (applied.ok ? '' : applied.why));
}

function tick(world: World, side: Side): void {
  const { state, foundation } = world[side];
  world.now += 200;
  record(world, side, foundation.sign('network', createEpoch(state, Math.max(world.now, state.time + 1))));
}

function readOn(world: World, follower: Follower, side: Side): void {
  const { state } = follower[side];
  const { log } = world[side];
  for (let i = state.tree.size; i < log.length; i += 1) {
    const parse = log[i];
    if (parse !== undefined) fold(world, state, parse);
  }
}

type Event = (world: World) => void;

const EVENTS: readonly (readonly [number, Event])[] = [
  [60, present],
  [15, presentOwn],
  [10, (world) => readSome(world)],
  [8, (world) => tick(world, world.random.chance(0.5) ? 'home' : 'town')],
  [8, passTime],
  [3, recognise],
  [2, revoke],
  [2, breakSomething],
];
const TOTAL_WEIGHT = EVENTS.reduce((sum, [weight]) => sum + weight, 0);

function pickEvent({ random }: World): Event {
  let at = random.below(TOTAL_WEIGHT);
  for (const [weight, event] of EVENTS) {
    at -= weight;
    if (at < 0) return event;
  }
  return present;
}

/** Mostly seconds; at times minutes in which nobody hears of anybody. */
function passTime(world: World): void {
  world.now += 1 + world.random.below(world.random.chance(0.1) ? 400_000 : 10_000);
}

function readSome(world: World): void {
  const follower = world.random.pick(world.followers);
  const side = world.random.chance(0.5) ? 'home' : 'town';
  if (follower[side].isCut) world.faults.add('lost');
  else readOn(world, follower, side);
}

function breakSomething(world: World): void {
  const { town } = world.random.pick(world.followers);
  if (world.random.chance(0.1)) {
    // Followers of one network stop there; that it is over some day is so that the rest can be seen.
    town.isForked = !town.isForked;
    world.faults.add(town.isForked ? 'other network in doubt' : 'doubt is over');
    return;
  }
  const followed = world.random.pick(world.followers)[world.random.chance(0.5) ? 'home' : 'town'];
  followed.isCut = !followed.isCut;
  world.faults.add(followed.isCut ? 'cut' : 'healed');
}

function revoke(world: World): void {
  const index = world.random.below(world.credentials.length);
  if (world.revokedAt.has(index)) return;
  const { foundation, state, log } = world.town;
  for (const statement of foundation.revocation(state, index, world.now)) record(world, 'town', statement);
  world.revokedAt.set(index, log.length - 1);
  tick(world, 'town');
}

/** Recognised anew, otherwise than before, or no longer; most of them run out by themselves. */
function recognise(world: World): void {
  const { foundation, state, log } = world.home;
  const isEnded = world.random.chance(0.2);
  const maxAssurance = world.random.pick(ASSURANCE_LEVELS);
  const recognition: Recognition = {
    network: world.town.state.name,
    log: { origin: TOWN.log, vkey: 'unused' },
    types: isEnded ? [] : [{ type: TOWN.type, as: COUNTS_AS, maxAssurance }],
    until: Math.max(world.now, state.time) + 1 + world.random.below(600_000),
  };
  for (const statement of foundation.recognition(state, recognition, world.now)) record(world, 'home', statement);
  world.recognitions.push({ entry: log.length - 1, recognition });
  tick(world, 'home');
}

function present(world: World): void {
  judgeOne(world, world.random.pick(world.followers), world.random.below(world.credentials.length));
}

function judgeOne(world: World, follower: Follower, index: number): Verdict | undefined {
  const parse = world.credentials[index];
  const [network, town] = [viewOf(follower.home.state), viewOf(follower.town.state)];
  if (parse === undefined || network === undefined || town === undefined) return undefined;
  const issuerKey = otherNetworkIssuerKey(parse, town);
  const verdict = judge({
    parse,
    signatures: { issuer: issuerKey === undefined ? undefined : true, holder: undefined },
    evidence: {
      network,
      recognised: otherOf(follower, town),
      ...(issuerKey === undefined ? {} : { issuerKey }),
    },
    request: { class: world.random.chance(0.5) ? 'pay' : 'view', freshness: { mode: 'any' } },
    policy: '',
    tick: Math.floor(world.now / TICK_MS),
  });
  const isRevoked = isRevokedAt(world, index, verdict.basis);
  const recognised = recognisedAt(world.recognitions, verdict.basis);
  expectRecognitionLaws(world.oracles, world.now, verdict, { isRevoked, recognised });
  const observed = { verifier: follower.name, credential: String(index), isForged: false, verdict, at: world.now };
  world.oracles.observe(observed);
  world.verdicts.add(verdict.outcome);
  world.trace += `${index}${verdict.outcome}${verdict.basis.positions.map(({ size }) => size).join(' ')};`;
  if (world.trace.length > 1_000_000) world.trace = sha256Base64url(world.trace);
  return verdict;
}

function otherOf({ town: { isForked } }: Follower, town: NetworkView): NonNullable<Evidence['recognised']> {
  return { name: town.name, network: town, ...(isForked ? { contradiction: 'feed.fork' } : {}) };
}

/** A credential of the first network, asked for together with how far the other one was read: that one is looked at too. */
function presentOwn(world: World): void {
  const follower = world.random.pick(world.followers);
  const index = world.random.below(world.own.length);
  const parse = world.own[index];
  const [network, town] = [viewOf(follower.home.state), viewOf(follower.town.state)];
  if (parse === undefined || network === undefined || town === undefined) return;
  const issuerKey = networkIssuerKey(parse, network);
  const evidence: Evidence = { network, ...(issuerKey === undefined ? {} : { issuerKey }) };
  const asked: Omit<Judgement, 'evidence'> = {
    parse,
    signatures: { issuer: true, holder: undefined },
    request: { class: world.random.chance(0.5) ? 'pay' : 'view', freshness: { mode: 'any' } },
    policy: '',
    tick: Math.floor(world.now / TICK_MS),
  };
  const verdict = judge({ ...asked, evidence: { ...evidence, recognised: otherOf(follower, town) } });
  const alone = judge({ ...asked, evidence });
  const said = ({ outcome, freshness, conflict, allows, reasons }: Verdict) =>
    JSON.stringify({ outcome, freshness, conflict, allows, reasons });
  const isDoubted = follower.town.isForked || town.position.time < network.position.time;
  if (isDoubted) {
    const what = () => `${said(verdict)} beside the other network, ${said(alone)} alone`;
    world.oracles.expect('doubt-stays-with-its-feed', said(verdict) === said(alone), world.now, what);
  }
  world.oracles.observe({
    verifier: follower.name,
    credential: `own ${index}`,
    isForged: false,
    verdict,
    at: world.now,
  });
}

function viewOf(state: NetworkState): NetworkView | undefined {
  return state.position === undefined ? undefined : { ...state, position: state.position };
}

function recognisedAt(all: World['recognitions'], basis: Basis): Recognition | undefined {
  return all.findLast(({ entry }) => entry < (homePosition(basis)?.size ?? 0))?.recognition;
}

function isRevokedAt({ revokedAt }: World, index: number, basis: Basis): boolean {
  return (revokedAt.get(index) ?? Number.MAX_SAFE_INTEGER) < (otherPosition(basis)?.size ?? 0);
}

function truthAt(world: World, credential: string, basis: Basis): Verdict['outcome'] {
  if (credential.startsWith('own')) return 'valid';
  const recognised = recognisedAt(world.recognitions, basis);
  if (recognised !== undefined && isOver(recognised, basis)) return 'invalid';
  if (isRevokedAt(world, Number(credential), basis)) return 'revoked';
  return recognised === undefined ? 'unknown' : 'valid';
}

/** Everybody reads to the end of both logs, and then all say the same of everything. */
function heal(world: World): void {
  for (const side of ['home', 'town'] as const) {
    tick(world, side);
    for (const follower of world.followers) {
      readOn(world, follower, side);
      follower[side].isForked = false;
    }
  }
  for (let index = 0; index < world.credentials.length; index += 1) {
    const said = world.followers.map((follower) => {
      const verdict = judgeOne(world, follower, index);
      return verdict === undefined ? '' : `${verdict.outcome} ${verdict.freshness}`;
    });
    const agree = new Set(said).size === 1;
    world.oracles.expect('converges-after-healing', agree, world.now, () => `credential ${index}: ${said.join(' ')}`);
  }
}
