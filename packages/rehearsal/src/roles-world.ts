import { CodedError, encodeVkey, type Outcome, type PublicJwk, vkeyOf } from '@holdfast/core';
import { createGenesis, type Signer, sampleRulebook } from '@holdfast/server/roles';
import { EMPTY_POLICY } from '@holdfast/verifier';
import { startDeciding } from './deciding.ts';
import { endFaults, startFaults } from './fault-plan.ts';
import { createForeignIssuer, type ForeignIssuer } from './foreign-issuer.ts';
import { startForging } from './forging.ts';
import { foundRehearsed } from './founding.ts';
import { GovernorNode } from './governor-node.ts';
import { healAndProve } from './healing.ts';
import { createHolders, type Holder, type IssuedCredential, outcomeOf } from './holders.ts';
import { IdealSignatures } from './ideal-signatures.ts';
import { HARBOUR } from './issuing/issuer-node.ts';
import { createIssuingLife } from './issuing/issuing-life.ts';
import { Crossings } from './lives.ts';
import { LogTruth } from './log-truth.ts';
import type { Arrivals } from './money/applying.ts';
import { killsOf } from './money/kills.ts';
import { createMoneyLife } from './money/money-life.ts';
import type { ReliefName } from './money/relief-programs.ts';
import { NetworkNode } from './network-node.ts';
import { type OracleName, Oracles } from './oracles.ts';
import { startPresenting } from './presenting.ts';
import { createRandom } from './random.ts';
import { type RehearsalReport, Tally, Trace } from './report.ts';
import { startRotating } from './rotating.ts';
import { Scheduler } from './scheduler.ts';
import { VerifierNode } from './verifier-node.ts';
import { createWitnessNodes, soundlySignedAt } from './witness-node.ts';
import { CALM, KEY_NAMES, type KeyName, OFFICERS, ORIGIN, type World } from './world.ts';

export type RolesRehearsal = {
  readonly seed: number;
  /** Virtual minutes under faults; healing comes after. */
  readonly minutes: number;
  readonly holders?: number;
  /** Programs are released, applied to and paid too. */
  readonly money?: boolean;
  /** With money, which programs; all when absent. */
  readonly programs?: readonly ReliefName[];
  /** With money, in which order people come. */
  readonly arrivals?: Arrivals;
  /** Nothing goes wrong, and nobody decides anything: for comparing two rehearsals. */
  readonly isCalm?: boolean;
  /** Every node dies at each of its crossings once. */
  readonly killsAtEach?: boolean;
  /** The rulebook names three witnesses, one of whom lies and one of whom is late. */
  readonly isWitnessed?: boolean;
  /** The key of the log changes again and again, and a thief of the first one answers now and then. */
  readonly isRotating?: boolean;
  /** Nobody presents anything but to the distributor. */
  readonly isQuiet?: boolean;
  /** Ends once one of these laws is broken, unhealed: for those who only ask whether it is. */
  readonly stopsAt?: readonly OracleName[];
  /** Called between the faults and the healing: for those who want to see an oracle fail. */
  readonly beforeHealing?: (world: World) => void;
  readonly progress?: (done: number, total?: number) => void;
};

/** Virtual start, on a tick. */
const START_MS = 1_800_000_000_000;
/** How often it is looked whether to go on, in virtual time. */
const STEP_MS = 5000;

/**
 * One network of real roles over memory adapters, in virtual time: the network role, a governor with two officers, three
 * verifiers of the library (pushed, pulled, cut off), 200 holders who present honestly or not, and a stranger's issuer.
 * First faults and the laws of safety, then everything is healed and must come to an end that all agree on.
 */
export async function rehearseRoles(rehearsal: RolesRehearsal): Promise<RehearsalReport> {
  const { seed, minutes, holders = 200, stopsAt = [], progress = () => undefined } = rehearsal;
  const startedAt = performance.now();
  const world = await createWorld(seed, rehearsal.isWitnessed);
  const { scheduler, oracles } = world;
  const issuing = rehearsal.isQuiet === true ? undefined : createIssuingLife(world);
  const money = rehearsal.money === true ? createMoneyLife(world, rehearsal.programs) : undefined;
  const { opened } = await foundRehearsed(world);
  const { signatures, keys } = world;
  const random = world.random.fork('credentials');
  const made = { signatures, random, issuerKey: keys.credential, opened, now: scheduler.now };
  world.holders.push(...createHolders(made, holders));
  await issuing?.begin();
  await money?.begin(rehearsal.arrivals ?? 'usual');
  startWeather(world, rehearsal);
  if (rehearsal.isCalm !== true) {
    money?.startFaults();
    issuing?.startFaults();
  }
  if (rehearsal.killsAtEach === true) world.crossings.armEach();
  const endMs = scheduler.now + minutes * 60_000;
  const isEnough = () => stopsAt.some((oracle) => oracles.broken.has(oracle));
  while (scheduler.now < endMs && !isEnough()) {
    await scheduler.run(Math.min(endMs, scheduler.now + STEP_MS));
    progress(Math.floor((scheduler.now - START_MS) / 60_000), minutes);
  }
  rehearsal.beforeHealing?.(world);
  if (!isEnough()) {
    endFaults(world);
    issuing?.endFaults();
    await money?.end(isEnough);
    world.crossings.spare();
  }
  if (!isEnough()) {
    await healAndProve(world);
    await issuing?.prove();
  }
  const wallSeconds = (performance.now() - startedAt) / 1000;
  return {
    mode: 'roles',
    seed,
    events: scheduler.ran,
    virtualHours: (scheduler.now - START_MS) / 3_600_000,
    verdicts: world.verdicts.toRecord(),
    faults: world.faults.toRecord(),
    checked: Object.fromEntries(oracles.checked),
    violated: oracles.violated,
    violations: oracles.violations,
    broken: [...oracles.broken],
    ...(money === undefined ? {} : { ...(await money.read()), kills: killsOf(world.faults.toRecord()) }),
    trace: world.trace.digest(),
    wallSeconds,
    eventsPerSecond: Math.round(scheduler.ran / wallSeconds),
  };
}

function startWeather(world: World, { isCalm = false, isQuiet = false, isRotating = false }: RolesRehearsal): void {
  if (!isQuiet) startPresenting(world);
  if (isCalm) return;
  if (isRotating) startRotating(world);
  startDeciding(world);
  startForging(world);
  startFaults(world);
  for (const node of world.witnesses) node.tempt(world.oracles);
}

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

/** A network of real roles over memory adapters, started, nothing in its log yet but the genesis. */
export async function createWorld(seed: number, isWitnessed = false): Promise<World> {
  const random = createRandom(seed);
  const scheduler = new Scheduler(START_MS);
  const signatures = new IdealSignatures(random.fork('signatures'));
  const keys = Object.fromEntries(
    KEY_NAMES.map((name) => [name, signatures.createKey(name === 'log' ? 'EdDSA' : 'ES256')]),
  ) as Record<KeyName, PublicJwk>;
  const held = new Map<string, PublicJwk>(Object.entries(keys));
  const signer: World['signer'] = createHeldSigner(signatures, held);
  const witnessed = { scheduler, signatures, random: random.fork('witnesses'), logKey: keys.log, origin: ORIGIN };
  const witnesses = isWitnessed ? createWitnessNodes(witnessed) : [];
  const sample = sampleRulebook({
    origin: ORIGIN,
    logVkey: encodeVkey(vkeyOf(ORIGIN, keys.log)),
    networkKey: keys.network,
    governorKey: keys.governor,
    officers: OFFICERS.map((id) => ({ id, key: keys[id] })),
  });
  const named = isWitnessed ? { witnesses: { quorum: 2, members: witnesses.map(({ member }) => member) } } : {};
  const { statement, network: name } = await createGenesis({ ...sample, ...named }, signer);
  const foreign = createForeignIssuer(signatures, START_MS);
  const truth = new LogTruth();
  const faults = new Tally();
  const holders: Holder[] = [];
  const issued: IssuedCredential[] = [];
  let trouble = CALM;
  const world: World = {
    ...{ scheduler, random, signatures, signer, keys, name, truth, faults, foreign, holders, issued, witnesses },
    policy: { ...EMPTY_POLICY, trustedIssuers: [{ issuer: foreign.did }] },
    crossings: new Crossings(scheduler, random.fork('crossings'), faults),
    oracles: new Oracles({
      outcomeAt: (credential, basis) => outcomeAt(world, credential, basis),
      ...(isWitnessed ? { cosignedAt: (size) => soundlySignedAt(witnesses, size) } : {}),
    }),
    verdicts: new Tally(),
    trace: new Trace(),
    network: () => networkNode,
    governor: () => governorNode,
    verifiers: () => verifierNodes,
    desk: { authorised: [], approvals: new Map(), open: 0 },
    trouble: () => trouble,
    setTrouble: (next) => {
      trouble = next;
    },
  };
  const networkNode = new NetworkNode(world, statement, truth);
  const governorNode = new GovernorNode(world);
  const skew = () => random.below(30_001) - 15_000;
  const verifierNodes = [
    new VerifierNode(world, { name: 'pushed', isStreamless: false, skewMs: 0 }),
    new VerifierNode(world, { name: 'pulled', isStreamless: true, skewMs: skew() }),
    new VerifierNode(world, { name: 'cut-off', isStreamless: false, skewMs: skew() }),
  ];
  for (const node of [networkNode, governorNode, ...verifierNodes]) node.start();
  return world;
}

/** `foreign 3` is the stranger's, `harbour 3` what the issuer role has handed out, a bare number one of ours. */
function outcomeAt(
  { holders, issued, truth, foreign }: World,
  credential: string,
  basis: Parameters<ForeignIssuer['outcomeAt']>[1],
): Outcome {
  const [first = '', second] = credential.split(' ');
  if (first === 'foreign') return foreign.outcomeAt(Number(second), basis);
  const holder = first === HARBOUR ? issued[Number(second)] : holders[Number(first)];
  return holder === undefined ? 'unknown' : outcomeOf(holder, truth, basis);
}
