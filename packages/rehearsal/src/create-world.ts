import {
  CodedError,
  encodeVkey,
  type Grant,
  type Outcome,
  type Position,
  type Profile,
  type PublicJwk,
  type Rulebook,
  vkeyOf,
} from '@holdfast/core';
import { createGenesis, type Signer, sampleRulebook } from '@holdfast/server/roles';
import {
  createFollowerStoreMemory,
  createSnapshotStoreMemory,
  EMPTY_POLICY,
  type LogStores,
  type SuccessorStores,
} from '@holdfast/verifier';
import { createForeignIssuer, type ForeignIssuer } from './foreign-issuer.ts';
import { GovernorNode } from './governor-node.ts';
import { CIVIC, type Holder, type IssuedCredential, type NetworkPlace, outcomeOf } from './holders.ts';
import { IdealSignatures } from './ideal-signatures.ts';
import { HARBOUR } from './issuing/issuer-node.ts';
import { Crossings } from './lives.ts';
import { LogTruth } from './log-truth.ts';
import { NetworkNode } from './network-node.ts';
import { Oracles } from './oracles.ts';
import { createRandom } from './random.ts';
import { Tally, Trace } from './report.ts';
import { Scheduler } from './scheduler.ts';
import { VerifierNode } from './verifier-node.ts';
import { createWitnessNodes, soundlySignedAt } from './witness-node.ts';
import { CALM, KEY_NAMES, type KeyName, type NetworkLog, OFFICERS, type World } from './world.ts';

/** Virtual start, on a tick. */
export const START_MS = 1_800_000_000_000;

export type WorldOptions = {
  /** The rulebook names three witnesses. */
  readonly isWitnessed?: boolean;
  /** Where it is; the city's when absent. */
  readonly place?: NetworkPlace;
  /** A world whose time, signatures and oracles this one shares: another network, without verifiers of its own. */
  readonly beside?: World;
  /** Of jurisdictions, beside the one that is everybody's. */
  readonly profiles?: readonly Profile[];
  /** Of its rules, what is to be otherwise than in the sample. */
  readonly rules?: Partial<Rulebook>;
  /** Who decides cases; without them nothing can be complained about. */
  readonly judges?: readonly { readonly id: string; readonly roles: readonly string[] }[];
  /** More of them than the sample's two, or others: how many, and what each of them may. */
  readonly officers?: { readonly count: number; readonly roles: readonly string[] };
  /** In place of the sample's of the same powers. */
  readonly powers?: readonly Grant[];
  /** Nobody verifies but who is asked by a distributor. */
  readonly isUnverified?: boolean;
  /** Its log may be succeeded by another: everybody has a place for that one. */
  readonly mayGoOver?: boolean;
  /** By the names of verifiers, which profile theirs is. */
  readonly profileOf?: Readonly<Record<string, string>>;
};

/** Holds all keys of the rehearsal. */
function createHeldSigner(signatures: IdealSignatures, held: Map<string, PublicJwk>): Signer {
  const read = (name: string) => {
    const key = held.get(name);
    if (key === undefined) throw new CodedError('key.unknown', 'There is no key of this name.', { name });
    return key;
  };
  return {
    readNames: async () => [...held.keys()].sort(),
    readPublicKey: async (name) => read(name),
    create: async (name, algorithm) => {
      const key = held.get(name) ?? signatures.createKey(algorithm);
      held.set(name, key);
      return key;
    },
    sign: async (name, bytes) => signatures.sign(read(name), bytes),
  };
}

/** What worlds beside each other share. */
function createCommon(seed: number, beside: World | undefined, origin: string) {
  if (beside !== undefined) {
    const { scheduler, signatures, oracles, faults, verdicts, trace, trouble, setTrouble } = beside;
    const common = { scheduler, signatures, faults, verdicts, trace, trouble, setTrouble };
    return { ...common, oracles, random: beside.random.fork(origin) };
  }
  let trouble = CALM;
  const random = createRandom(seed);
  return {
    ...{ scheduler: new Scheduler(START_MS), random, signatures: new IdealSignatures(random.fork('signatures')) },
    ...{ faults: new Tally(), verdicts: new Tally(), trace: new Trace(), oracles: undefined },
    trouble: () => trouble,
    setTrouble: (next: typeof trouble) => {
      trouble = next;
    },
  };
}

/** A network of real roles over memory adapters, started, nothing in its log yet but the genesis. */
export async function createWorld(seed: number, options: WorldOptions = {}): Promise<World> {
  const {
    isWitnessed = false,
    place = CIVIC,
    beside,
    profiles = [],
    profileOf = {},
    mayGoOver = false,
    isUnverified = false,
    judges = [],
    officers: asked = { count: OFFICERS.length, roles: undefined },
    rules,
    powers: given = [],
  } = options;
  const common = createCommon(seed, beside, place.origin);
  const { scheduler, random, signatures, faults } = common;
  const keys = Object.fromEntries(
    KEY_NAMES.map((name) => [name, signatures.createKey(name === 'log' ? 'EdDSA' : 'ES256')]),
  ) as Record<KeyName, PublicJwk>;
  const signer: Signer = createHeldSigner(signatures, new Map<string, PublicJwk>(Object.entries(keys)));
  const { origin } = place;
  const witnessed = {
    ...{ scheduler, signatures, random: random.fork('witnesses'), logKey: keys.log, origin },
    founding: () => {
      const { network, governor } = keys;
      return { network: name, origin, keys: { network, governor }, first: vkeyOf(origin, keys.log), entry: statement };
    },
    log: () => current().node.role,
  };
  const officers = Array.from({ length: asked.count }, (_, i) => OFFICERS[i] ?? `officer-${i + 1}`);
  const seats = await Promise.all(officers.map(async (id) => ({ id, key: await signer.create(id, 'ES256') })));
  const witnesses = isWitnessed ? createWitnessNodes(witnessed) : [];
  const sample = sampleRulebook({
    origin,
    logVkey: encodeVkey(vkeyOf(origin, keys.log)),
    networkKey: keys.network,
    governorKey: keys.governor,
    officers: seats,
    judges: await Promise.all(judges.map(async (one) => ({ ...one, key: await signer.create(one.id, 'ES256') }))),
  });
  const named = isWitnessed ? { witnesses: { quorum: 2, members: witnesses.map(({ member }) => member) } } : {};
  const { roles } = asked;
  const seated = roles === undefined ? {} : { officers: seats.map((seat) => ({ ...seat, roles: [...roles] })) };
  const known = rules?.profiles ?? sample.profiles;
  const powers = sample.powers.map((grant) => given.find(({ power }) => power === grant.power) ?? grant);
  const rulebook = { ...sample, ...named, ...rules, ...seated, powers, profiles: [...known, ...profiles] };
  const { statement, network: name } = await createGenesis(rulebook, signer);
  const foreign = createForeignIssuer(signatures, START_MS);
  const truth = new LogTruth();
  const logs: NetworkLog[] = [];
  const current = () => logs.at(-1) ?? first;
  const holders: Holder[] = [];
  const issued: IssuedCredential[] = [];
  const world: World = {
    ...common,
    ...{ signer, keys, name, place, officers, foreign, holders, issued, witnesses, recognised: [], split: undefined },
    get truth() {
      return current().truth;
    },
    truthOf: (log) => logs.find((one) => one.origin === log)?.truth,
    goOver: (next) => void logs.push(next),
    reachIn: (log, positions) => positions.find((held) => held.log === log)?.size ?? endOf(logs, log, positions) ?? 0,
    createSuccessors: mayGoOver ? createSuccessorStores : undefined,
    copies: [],
    policy: { ...EMPTY_POLICY, trustedIssuers: [{ issuer: foreign.did }] },
    crossings: new Crossings(scheduler, random.fork('crossings'), faults),
    oracles:
      common.oracles ??
      new Oracles({
        outcomeAt: (credential, basis) => outcomeAt(world, credential, basis),
        isSplit: (log) => isSplit(world, log),
        endOf: (log, { positions }) => endOf(logs, log, positions),
        ...(isWitnessed ? { cosignedAt: (log, size) => cosignedAt(world, log, size) } : {}),
      }),
    network: () => current().node,
    governor: () => governorNode,
    verifiers: () => verifierNodes,
    desk: { authorised: [], approvals: new Map(), open: 0 },
  };
  const networkNode = new NetworkNode(world, statement, truth);
  const first: NetworkLog = { origin, node: networkNode, truth };
  logs.push(first);
  const governorNode = new GovernorNode(world);
  const verifierNodes = beside === undefined && !isUnverified ? createVerifierNodes(world, profileOf) : [];
  for (const node of [networkNode, governorNode, ...verifierNodes]) node.start();
  return world;
}

function createVerifierNodes(world: World, profileOf: Readonly<Record<string, string>>): VerifierNode[] {
  const skew = () => world.random.below(30_001) - 15_000;
  return [
    { name: 'pushed', isStreamless: false, skewMs: 0 },
    { name: 'pulled', isStreamless: true, skewMs: skew() },
    { name: 'cut-off', isStreamless: false, skewMs: skew() },
  ].map((options) => {
    const profile = profileOf[options.name];
    return new VerifierNode(world, { ...options, ...(profile === undefined ? {} : { profile }) });
  });
}

/** How far whoever holds these positions has read a log that came before theirs: to where that ended. */
function endOf(logs: readonly NetworkLog[], log: string, positions: readonly Position[]): number | undefined {
  const at = logs.findIndex(({ origin }) => origin === log);
  const isAfter = logs.slice(at + 1).some(({ origin }) => positions.some((held) => held.log === origin));
  return at !== -1 && isAfter ? logs[at + 1]?.truth.goesOnFrom : undefined;
}

/** Where one follower keeps the logs that come after its first. */
function createSuccessorStores(): SuccessorStores {
  const places = new Map<number, LogStores>();
  return {
    find: async (place) => places.get(place),
    open: async (place) => {
      const stores = places.get(place) ?? {
        ...{ store: createFollowerStoreMemory(), snapshots: createSnapshotStoreMemory() },
      };
      places.set(place, stores);
      return stores;
    },
  };
}

/** Of a log of another network these witnesses say nothing. */
function cosignedAt({ truthOf, witnesses }: World, log: string, size: number): number | undefined {
  return truthOf(log) === undefined ? undefined : soundlySignedAt(witnesses, log, size);
}

function isSplit({ split, place, recognised }: World, log?: string): boolean {
  if (split !== undefined && (log === undefined || log === place.origin)) return true;
  return recognised.some((other) => (log === undefined || log === other.origin) && other.isSplit());
}

/** `foreign 3` is the stranger's, `<network> 3` of another network that is recognised, `harbour 3` what the issuer role has handed out, a bare number one of ours. */
function outcomeAt(
  { holders, issued, truth: ours, truthOf, split, foreign, recognised }: World,
  credential: string,
  basis: Parameters<ForeignIssuer['outcomeAt']>[1],
): Outcome {
  const [first = '', second] = credential.split(' ');
  const [position] = basis.positions;
  const own = truthOf(position?.log ?? '') ?? ours;
  const truth = split?.holds(position) === true && !own.holds(position) ? split : own;
  const other = recognised.find(({ prefix }) => prefix === first);
  if (other !== undefined) return other.outcomeAt(Number(second), basis);
  if (first === 'foreign') return foreign.outcomeAt(Number(second), basis);
  const holder = first === HARBOUR ? issued[Number(second)] : holders[Number(first)];
  return holder === undefined ? 'unknown' : outcomeOf(holder, truth, basis);
}
