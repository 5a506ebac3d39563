import {
  apply,
  bindingDigest,
  type Credential,
  createEpoch,
  createNetworkState,
  encodeJws,
  encodeSigningInput,
  judge,
  type NetworkState,
  networkIssuerKey,
  PARTY_POWERS,
  type Party,
  type PartyKey,
  type Power,
  parseJws,
  parseStatement,
  type Rulebook,
  sha256Base64url,
  statementChecks,
  TICK_MS,
  thumbprint,
} from '@holdfast/core';
import { IdealSignatures } from '../ideal-signatures.ts';
import { type OracleName, Oracles } from '../oracles.ts';
import { createRandom, type Random } from '../random.ts';
import { type RehearsalReport, reportOf, Tally } from '../report.ts';
import { PowerLaws } from './power-laws.ts';
import { createDesk, DAY_MS, type Desk, EXCEPTION, ISSUER, type Key } from './powers-signing.ts';
import { Revising } from './revising.ts';

export type PowersRehearsal = {
  readonly seed: number;
  readonly events: number;
  /** Ends early once one of these laws is broken. */
  readonly stopsAt?: readonly OracleName[];
};

const START_MS = 1_800_000_000_000;
/** Keys that one party has at most here. */
const MAX_KEYS = 6;

type World = {
  readonly random: Random;
  readonly desk: Desk;
  readonly state: NetworkState;
  readonly signatures: IdealSignatures;
  readonly laws: PowerLaws;
  readonly revising: Revising;
  readonly oracles: Oracles;
  readonly verdicts: Tally;
  readonly faults: Tally;
  now: number;
  trace: string;
};

/**
 * Officers and a governor who try whatever they like, as bare transitions of core: any power for any change of a party, rules
 * looser and tighter, too soon and for too long, with keys that were stolen. What the fold lets through is held against laws.
 */
export function rehearsePowers({ seed, events, stopsAt = [] }: PowersRehearsal): RehearsalReport {
  const startedAt = performance.now();
  const world = createWorld(seed);
  const revised = createRandom(seed, 'signers of revisions');
  const isEnough = () => stopsAt.some((oracle) => world.oracles.broken.has(oracle));
  for (let i = 0; i < events && !isEnough(); i += 1) {
    pickEvent(world)(world);
    const signers = () => signersOf({ ...world, random: revised });
    world.revising.act({ state: world.state, append: (entry, digest) => append(world, entry, digest), signers });
  }
  return reportOf({ mode: 'powers', seed, events, startMs: START_MS, startedAt }, world);
}

function createWorld(seed: number): World {
  const random = createRandom(seed);
  const signatures = new IdealSignatures(random.fork('signatures'));
  const desk = createDesk(signatures, random.fork('desk'));
  const oracles = new Oracles({ outcomeAt: () => 'unknown' });
  const world: World = {
    ...{ random: random.fork('events'), desk, signatures, oracles, state: createNetworkState() },
    revising: new Revising(desk, createRandom(seed, 'revising'), oracles),
    ...{ laws: new PowerLaws(oracles), verdicts: new Tally(), faults: new Tally(), now: START_MS, trace: '' },
  };
  append(world, desk.sign('governor', { type: 'rulebook', v: 1, body: desk.rulebook }));
  tick(world);
  enter(world, 'accredit', desk.civic, desk.officers.slice(0, 2));
  enter(world, 'accredit', world.revising.organiser(), desk.officers.slice(0, 2));
  openLists(world);
  tick(world);
  return world;
}

/** Whatever comes of it: what is refused here is what should be. */
function append(world: World, entry: string, digest?: string): boolean {
  const { state, signatures, laws } = world;
  const parse = parseStatement(entry);
  const results = statementChecks(state, parse).map((check) => signatures.verifySync(check));
  const { body } = parse.ok ? parse.statement : { body: undefined };
  const after = body === undefined || body.type === 'unknown' ? undefined : laws.look(state, body);
  const applied = apply(state, parse, results);
  after?.(applied, digest);
  world.faults.add(applied.ok ? `${body?.type} taken` : `refused: ${applied.why}`);
  world.trace = sha256Base64url(`${world.trace}${applied.ok}${applied.index}`);
  return applied.ok;
}

function tick(world: World, passedMs = 200): void {
  const { state, desk, laws, revising } = world;
  const noticeMs = state.rulebook?.body.notice.amendMs ?? 0;
  world.now = Math.max(world.now, state.time) + passedMs;
  append(world, desk.sign('network', createEpoch(state, world.now)));
  laws.lookAtEpoch(state, noticeMs);
  revising.lookAtEpoch(state);
}

type Event = (world: World) => void;

const EVENTS: readonly (readonly [number, Event])[] = [
  [30, changeParty],
  [12, amend],
  [4, cancel],
  [10, revoke],
  [12, passTime],
  [10, present],
];
const TOTAL_WEIGHT = EVENTS.reduce((sum, [weight]) => sum + weight, 0);

function pickEvent({ random }: World): Event {
  let at = random.below(TOTAL_WEIGHT);
  for (const [weight, event] of EVENTS) {
    at -= weight;
    if (at < 0) return event;
  }
  return passTime;
}

function passTime(world: World): void {
  tick(world, 1 + world.random.below(world.random.chance(0.5) ? 60_000 : 2 * DAY_MS));
}

/** The first of two are sound; the third officer's keys come, go and are stolen. */
function signersOf({ desk, state, random }: World): Key[] {
  const [a, b] = desk.officers;
  const thirds = (state.parties.get('officer-c')?.keys ?? []).map(({ key }) => key);
  const all = [a, b, ...thirds].filter((key) => key !== undefined);
  const some = all.filter(() => random.chance(0.6));
  return some.length === 0 ? all.slice(0, 1) : some.slice(0, 4);
}

function enter(world: World, power: Power, party: Party, by: readonly Key[]): void {
  const { desk, state } = world;
  const rule = power === 'except' ? { rule: EXCEPTION } : {};
  const terms = { power, parameters: { party: bindingDigest(party), ...rule }, rulebook: state.rulebook?.index ?? 0 };
  const { digest, entry } = desk.decision(state, terms, by);
  if (append(world, entry, digest))
    append(world, desk.sign('governor', { type: 'party', v: 1, decision: digest, party }));
}

/** Some change of some party, called by some power. */
function changeParty(world: World): void {
  const { random, state, desk } = world;
  const before = state.parties.get(random.chance(0.7) ? ISSUER : 'officer-c') ?? desk.officerC;
  let after = random.pick(CHANGES)(world, before);
  if (random.chance(0.2)) after = random.pick(CHANGES)(world, after);
  const isExcepted = after.accreditations.some(({ exception }) => exception !== undefined);
  const power = isExcepted && random.chance(0.5) ? 'except' : random.pick(PARTY_POWERS);
  enter(world, power, after, signersOf(world));
  if (random.chance(0.5)) openLists(world);
  if (random.chance(0.7)) tick(world);
}

const CHANGES: readonly ((world: World, party: Party) => Party)[] = [
  (world, party) =>
    withKeys(party, (keys) =>
      keys.map((key) => (world.random.chance(0.3) && key.use !== 'statement' ? marked(key) : key)),
    ),
  (_, party) => withKeys(party, unmarked),
  (_, party) =>
    withKeys(party, (keys) => keys.filter(({ use, compromised }) => use === 'statement' || compromised === undefined)),
  addKey,
  addKey,
  ({ random }, party) => withKeys(party, (keys) => keys.filter(({ use }) => use === 'statement' || random.chance(0.7))),
  except,
  except,
  (_, party) => ({ ...party, accreditations: [] }),
  ({ random }, party) => ({
    ...party,
    accreditations: party.accreditations.map((granted) => ({ ...granted, until: random.below(2000) })),
  }),
  ({ random }, party) => ({
    ...party,
    accreditations: [
      { action: 'issue', type: 'residence', assurance: random.pick(['low', 'high']), from: random.below(2000) },
    ],
  }),
  (_, party) => ({ ...party, ...(party.kind === 'officer' ? { roles: ['all', 'more'] } : {}) }),
];

/** What it is accredited for counts for longer; mostly only as long as may be, and at times with an end that it had not. */
function except({ random, state }: World, party: Party): Party {
  const durationMs = random.chance(0.8) ? DAY_MS / 2 : 2 * DAY_MS;
  const accreditations = party.accreditations.map((granted) => ({
    ...granted,
    until: granted.until ?? 1999,
    exception: { rule: EXCEPTION, until: state.time + durationMs },
  }));
  return { ...party, accreditations };
}

function withKeys(party: Party, change: (keys: PartyKey[]) => PartyKey[]): Party {
  return { ...party, keys: change(party.keys) };
}

/** Stolen keys trusted again: in their places, or beside themselves. */
function unmarked(keys: PartyKey[]): PartyKey[] {
  const again = keys.map(({ compromised: _mark, ...key }) => key);
  const isBeside = keys.length % 2 === 1 && keys.some(({ compromised }) => compromised !== undefined);
  return isBeside ? [...keys, ...again.filter((_, i) => keys[i]?.compromised !== undefined)] : again;
}

function marked(key: PartyKey): PartyKey {
  return key.compromised === undefined ? { ...key, compromised: 1 } : key;
}

function addKey({ desk }: World, party: Party): Party {
  const use = party.kind === 'officer' ? ('approval' as const) : ('credential' as const);
  return party.keys.length >= MAX_KEYS ? party : withKeys(party, (keys) => [...keys, { use, key: desk.newKey() }]);
}

/** A list for each credential key that has none. */
function openLists(world: World): void {
  const { state, desk } = world;
  for (const { use, key } of state.parties.get(ISSUER)?.keys ?? []) {
    const list = listOf(key);
    if (use !== 'credential' || state.lists.has(list)) continue;
    const opened = { list, issuer: ISSUER, bits: 2, size: 131_072, key: thumbprint(key) };
    append(world, desk.sign('civic', { type: 'list', v: 1, ...opened }));
  }
}

function listOf(key: Key): string {
  return `http://powers.test/status/${thumbprint(key)}`;
}

/** Looser or tighter; at once, after the notice, or before it is over; for good, or for a while that may be too long. */
function amend(world: World): void {
  const { random, state, desk } = world;
  if (state.rulebook === undefined) return;
  const { notice } = state.rulebook.body;
  const amendMs = (1 + random.below(10)) * DAY_MS;
  const body: Rulebook = { ...state.rulebook.body, notice: { ...notice, amendMs } };
  const isEmergency = random.chance(0.5);
  const effectiveAt =
    state.time + (isEmergency ? 0 : random.pick([0, notice.amendMs - 1, notice.amendMs, notice.amendMs]));
  const ends = isEmergency ? { lapsesAt: state.time + (1 + random.below(5)) * DAY_MS } : {};
  const parameters = { rulebook: bindingDigest(body), effectiveAt, ...ends };
  const { digest, entry } = desk.decision(
    state,
    { power: 'amend', parameters, rulebook: state.rulebook.index },
    signersOf(world),
  );
  if (!append(world, entry, digest)) return;
  append(world, desk.sign('governor', { type: 'rulebook', v: 1, decision: digest, body, effectiveAt, ...ends }));
  if (random.chance(0.5)) tick(world);
}

function cancel(world: World): void {
  const { random, state, desk } = world;
  const [first] = state.scheduled;
  if (first === undefined || random.chance(0.3)) return;
  const terms = {
    power: 'cancel' as const,
    parameters: { amendment: first.index },
    rulebook: state.rulebook?.index ?? 0,
  };
  const { digest, entry } = desk.decision(state, terms, signersOf(world));
  if (!append(world, entry, digest)) return;
  append(world, desk.sign('governor', { type: 'cancellation', v: 1, decision: digest, amendment: first.index }));
}

/** Also under rules that are over, or that are to come. */
function revoke(world: World): void {
  const { random, state, desk } = world;
  const list = random.pick([...state.lists.keys()]);
  const inForce = state.rulebook?.index ?? 0;
  const rulebook = random.pick([inForce, inForce, 0, Math.max(0, inForce - 1), inForce + 1]);
  const { digest, entry } = desk.decision(state, { power: 'revoke', parameters: {}, rulebook }, signersOf(world));
  const changes = [{ list, index: 1 + random.below(1000), value: 1 }];
  if (append(world, entry, digest))
    append(world, desk.sign('governor', { type: 'status', v: 1, decisions: [digest], changes }));
}

/** A credential of some key that the issuer has or had, as whoever has read everything judges it. */
function present(world: World): void {
  const { random, state, laws, oracles, now } = world;
  const keys = (state.parties.get(ISSUER)?.keys ?? []).filter(({ use }) => use === 'credential');
  if (keys.length === 0 || state.position === undefined) return;
  const { key } = random.pick(keys);
  const parse = credentialOf(key, now);
  const network = { ...state, position: state.position };
  const issuerKey = networkIssuerKey(parse, network);
  const verdict = judge({
    ...{ parse, policy: '', tick: Math.floor(now / TICK_MS) },
    signatures: { issuer: true, holder: undefined },
    evidence: { network, ...(issuerKey === undefined ? {} : { issuerKey }) },
    request: { class: 'view', freshness: { mode: 'any' } },
  });
  world.verdicts.add(verdict.outcome);
  if (!laws.isStolen(thumbprint(key))) return;
  const what = () => `a credential of a stolen key is ${verdict.outcome}`;
  oracles.expect('stolen-key-counts-for-nothing', verdict.outcome === 'revoked', now, what);
}

/** Index 0 is never revoked by itself. */
function credentialOf(key: Key, now: number): Credential {
  const header = { alg: 'ES256', typ: 'dc+sd-jwt', kid: thumbprint(key) } as const;
  const payload = { iss: ISSUER, vct: 'residence' };
  const jwt = encodeJws(encodeSigningInput(header, payload), new Uint8Array(64));
  return {
    ...({ ok: true, format: 'dc+sd-jwt', legacyTyp: false, header, payload, claims: payload } as const),
    ...{ vct: 'residence', issuer: ISSUER, status: { uri: listOf(key), index: 0 }, exp: now / 1000 + 86_400 },
    ...{ disclosures: [], issuerJwt: parseJws(jwt), presentedDigest: sha256Base64url(jwt), issuerSigned: `${jwt}~` },
  };
}
