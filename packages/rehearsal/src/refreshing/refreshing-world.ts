import {
  apply,
  bindingDigest,
  type Credential,
  createEpoch,
  createNetworkState,
  type DecisionTerms,
  encodeJws,
  encodeSigningInput,
  judge,
  type NetworkState,
  networkIssuerKey,
  parseJws,
  parseStatement,
  type Rulebook,
  sha256Base64url,
  statementChecks,
  TICK_MS,
  thumbprint,
  type Verdict,
} from '@holdfast/core';
import { IdealSignatures } from '../ideal-signatures.ts';
import { type OracleName, Oracles } from '../oracles.ts';
import { createDesk, DAY_MS, type Desk, ISSUER } from '../powers/powers-signing.ts';
import { createRandom, type Random } from '../random.ts';
import { type RehearsalReport, reportOf, Tally } from '../report.ts';
import { type Person, RefreshingLaws } from './refreshing-laws.ts';

export type RefreshingRehearsal = {
  readonly seed: number;
  readonly events: number;
  /** Ends early once one of these laws is broken. */
  readonly stopsAt?: readonly OracleName[];
};

const START_MS = 1_800_000_000_000;
const LIST = 'http://powers.test/status/1';
const PEOPLE = 30;
/** What an issuer may end of its own in a day; a thief of its key tries more. */
const MAX_PER_DAY = 6;
const MAX_STOLEN = 9;
const MAX_SUSPENDED_MS = 2 * DAY_MS;
/** An epoch that came so lately is live. */
const SHORT_MS = 200;

export type RefreshingWorld = {
  readonly random: Random;
  readonly desk: Desk;
  readonly state: NetworkState;
  readonly signatures: IdealSignatures;
  readonly oracles: Oracles;
  readonly laws: RefreshingLaws;
  readonly verdicts: Tally;
  readonly faults: Tally;
  readonly people: readonly Person[];
  issued: number;
  now: number;
  trace: string;
};

/**
 * An issuer that replaces credentials, a thief of its statement key, and officers who revoke and suspend what was replaced, is being
 * replaced or came in its place; with applications on their way that were made with any of them. Bare transitions of core.
 */
export function rehearseRefreshing({ seed, events, stopsAt = [] }: RefreshingRehearsal): RehearsalReport {
  const startedAt = performance.now();
  const world = createWorld(seed);
  const isEnough = () => stopsAt.some((oracle) => world.oracles.broken.has(oracle));
  for (let i = 0; i < events && !isEnough(); i += 1) pickEvent(world)(world);
  return reportOf({ mode: 'refreshing', seed, events, startMs: START_MS, startedAt }, world);
}

function createWorld(seed: number): RefreshingWorld {
  const random = createRandom(seed, 'refreshing');
  const signatures = new IdealSignatures(random.fork('signatures'));
  const desk = createDesk(signatures, random.fork('desk'));
  const oracles = new Oracles({ outcomeAt: () => 'unknown' });
  const world: RefreshingWorld = {
    ...{ random: random.fork('events'), desk, signatures, oracles, state: createNetworkState() },
    laws: new RefreshingLaws(oracles, MAX_PER_DAY),
    people: Array.from({ length: PEOPLE }, (_, index) => ({ index, older: [] })),
    ...{ verdicts: new Tally(), faults: new Tally(), issued: PEOPLE, now: START_MS, trace: '' },
  };
  append(world, desk.sign('governor', { type: 'rulebook', v: 1, body: rulebookOf(desk) }));
  tick(world, SHORT_MS);
  const { id, keys } = desk.civic;
  const accredited = decide(world, { power: 'accredit', parameters: { party: bindingDigest(desk.civic) } });
  if (accredited === undefined) throw new Error(`two officers accredit ${id}`);
  append(world, desk.sign('governor', { type: 'party', v: 1, decision: accredited, party: desk.civic }));
  const [, credential] = keys;
  const opened = {
    list: LIST,
    issuer: ISSUER,
    bits: 2,
    size: 131_072,
    key: thumbprint(credential?.key ?? desk.newKey()),
  };
  append(world, desk.sign('civic', { type: 'list', v: 1, ...opened }));
  tick(world, SHORT_MS);
  return world;
}

function rulebookOf({ rulebook }: Desk): Rulebook {
  const [first] = rulebook.powers;
  if (first === undefined) throw new Error('somebody may revoke');
  const suspend = { ...first, power: 'suspend' as const, maxDurationMs: MAX_SUSPENDED_MS };
  return { ...rulebook, powers: [...rulebook.powers, suspend], supersession: { maxPerDay: MAX_PER_DAY } };
}

type Event = (world: RefreshingWorld) => void;

const EVENTS: readonly (readonly [number, Event])[] = [
  [20, refresh],
  [4, steal],
  [10, revoke],
  [10, suspend],
  [20, applyFor],
  [30, settleOne],
  [15, (world) => tick(world, 1 + world.random.below(world.random.chance(0.7) ? 60_000 : DAY_MS))],
];
const TOTAL_WEIGHT = EVENTS.reduce((sum, [weight]) => sum + weight, 0);

function pickEvent({ random }: RefreshingWorld): Event {
  let at = random.below(TOTAL_WEIGHT);
  for (const [weight, event] of EVENTS) {
    at -= weight;
    if (at < 0) return event;
  }
  return applyFor;
}

/** Mostly what somebody holds; at times what was replaced already. The newer one is given out once the older one is over. */
function refresh(world: RefreshingWorld): void {
  const person = world.random.pick(world.people);
  const old = world.random.chance(0.15) ? person.older.at(-1) : undefined;
  if (old !== undefined) end(world, [old]);
  else if (end(world, [person.index])) renew(world, person);
}

/** Whoever has the statement key ends what they like; the issuer gives those who were hit a newer one. */
function steal(world: RefreshingWorld): void {
  const from = world.random.below(PEOPLE - MAX_STOLEN);
  const hit = world.people.slice(from, from + 2 + world.random.below(MAX_STOLEN - 1));
  const isEnded = end(
    world,
    hit.map(({ index }) => index),
  );
  if (isEnded) for (const person of hit) renew(world, person);
}

function renew(world: RefreshingWorld, person: Person): void {
  person.older.push(person.index);
  person.index = world.issued;
  world.issued += 1;
}

function end(world: RefreshingWorld, indices: readonly number[]): boolean {
  const { desk, laws, state } = world;
  const isTaken = append(world, desk.sign('civic', { type: 'supersede', v: 1, list: LIST, indices }));
  laws.superseded(indices, { isTaken, time: state.time });
  return isTaken;
}

/** What is held, or what came before it. */
function anyOf({ random, people }: RefreshingWorld): number {
  const { index, older } = random.pick(people);
  return random.chance(0.4) ? (older.at(-1) ?? index) : index;
}

function revoke(world: RefreshingWorld): void {
  const index = anyOf(world);
  const isTaken = change(world, { power: 'revoke', parameters: {} }, { list: LIST, index, value: 1 });
  world.laws.revoked(index, { isTaken, time: world.state.time });
  // Whoever holds it gets another one, when they may: else nobody would be left.
  const person = world.people.find((one) => one.index === index);
  if (person !== undefined && isTaken) renew(world, person);
}

function suspend(world: RefreshingWorld): void {
  const index = anyOf(world);
  const until = world.state.time + 1 + world.random.below(MAX_SUSPENDED_MS);
  const isTaken = change(world, { power: 'suspend', parameters: { until } }, { list: LIST, index, value: 2, until });
  world.laws.suspended(index, { isTaken, time: world.state.time, until });
}

type Terms = Pick<DecisionTerms, 'power' | 'parameters'>;

function change(world: RefreshingWorld, terms: Terms, changed: object): boolean {
  const decision = decide(world, terms);
  if (decision === undefined) return false;
  return append(
    world,
    world.desk.sign('governor', { type: 'status', v: 1, decisions: [decision], changes: [changed] }),
  );
}

/** Two officers decide; the digest of what they did. */
function decide(world: RefreshingWorld, terms: Terms): string | undefined {
  const { desk, state } = world;
  const by = desk.officers.slice(0, 2);
  const { digest, entry } = desk.decision(state, { ...terms, rulebook: state.rulebook?.index ?? 0 }, by);
  return append(world, entry) ? digest : undefined;
}

/** Somebody applies with what they hold; from the next epoch on their application is sealed. */
function applyFor(world: RefreshingWorld): void {
  tick(world, SHORT_MS);
  const { position } = world.state;
  if (position !== undefined) world.laws.applied(world.random.pick(world.people), position);
}

/** One that was applied is judged again: by the credential it was made with, or by the newer one where that was shown. */
function settleOne(world: RefreshingWorld): void {
  tick(world, SHORT_MS);
  const { random, laws, state } = world;
  const application = laws.pick(random);
  if (application === undefined) return;
  const isShown = random.chance(0.4);
  const index = isShown ? application.person.index : application.index;
  const verdict = judgeOne(world, index);
  world.verdicts.add(verdict.outcome);
  world.trace = sha256Base64url(`${world.trace}${index}${verdict.outcome}`);
  laws.judged({ application, index, verdict }, state);
}

function judgeOne({ state, desk, now }: RefreshingWorld, index: number): Verdict {
  const { position } = state;
  if (position === undefined) throw new Error('an epoch was minted');
  const network = { ...state, position };
  const parse = credentialOf(desk, index, now);
  const issuerKey = networkIssuerKey(parse, network);
  return judge({
    ...{ parse, policy: '', tick: Math.floor(now / TICK_MS) },
    signatures: { issuer: true, holder: undefined },
    evidence: { network, ...(issuerKey === undefined ? {} : { issuerKey }) },
    request: { class: 'pay', freshness: { mode: 'any' } },
  });
}

function credentialOf({ civic }: Desk, index: number, now: number): Credential {
  const [, used] = civic.keys;
  const header = { alg: 'ES256', typ: 'dc+sd-jwt', kid: used === undefined ? '' : thumbprint(used.key) } as const;
  const payload = { iss: ISSUER, vct: 'residence', jti: `${index}` };
  const jwt = encodeJws(encodeSigningInput(header, payload), new Uint8Array(64));
  return {
    ...{ ok: true, format: 'dc+sd-jwt', legacyTyp: false, header, payload, claims: payload, vct: 'residence' },
    ...{ issuer: ISSUER, status: { uri: LIST, index }, exp: now / 1000 + 10 * 365 * 86_400, disclosures: [] },
    ...{ issuerJwt: parseJws(jwt), presentedDigest: sha256Base64url(jwt), issuerSigned: `${jwt}~` },
  };
}

function append(world: RefreshingWorld, entry: string): boolean {
  const { state, signatures } = world;
  const parse = parseStatement(entry);
  const results = statementChecks(state, parse).map((check) => signatures.verifySync(check));
  const applied = apply(state, parse, results);
  const { type } = parse.ok ? parse.statement.body : { type: 'none' };
  world.faults.add(applied.ok ? `${type} taken` : `refused: ${applied.why}`);
  return applied.ok;
}

function tick(world: RefreshingWorld, passedMs: number): void {
  world.now = Math.max(world.now, world.state.time) + passedMs;
  append(world, world.desk.sign('network', createEpoch(world.state, world.now)));
}
