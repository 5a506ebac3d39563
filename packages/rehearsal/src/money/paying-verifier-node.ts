import { type PublicJwk, parseVerdictEnvelope, type Verdict } from '@holdfast/core';
import {
  createInProcessVerification,
  createMemorySealer,
  createPresentationStoreMemory,
  createStandingStoreMemory,
  createVerdictStoreMemory,
  createVerifierRole,
  type StandingStore,
  type VerdictStore,
  type Verification,
} from '@holdfast/server/roles';
import {
  createFollower,
  createFollowerStoreMemory,
  createVerifier,
  EMPTY_POLICY,
  type Follower,
  type FollowerStore,
  type SuccessorStores,
} from '@holdfast/verifier';
import { createLife, keepFollowed, type Life, passWatched } from '../lives.ts';
import { Wire } from '../wire.ts';
import type { World } from '../world.ts';
import type { Skew } from './skew.ts';

export const NORTH = 'north';

/** The verifier role that a distributor asks, with a follower of its own; its stores outlive its crashes. */
export class PayingVerifierNode {
  readonly wire: Wire;
  readonly verdicts: VerdictStore = createVerdictStoreMemory();
  readonly standings: StandingStore = createStandingStoreMemory();
  /** Verdicts that confirm another one, by its id, as they became durable. */
  readonly confirming = new Map<string, Verdict[]>();
  readonly #world: World;
  readonly #key: PublicJwk;
  readonly #skew: Skew;
  readonly #followed: FollowerStore = createFollowerStoreMemory();
  readonly #sealers: { readonly verdicts: Uint8Array; readonly presentations: Uint8Array };
  readonly #successors: SuccessorStores | undefined;
  #life: Life | undefined;
  #follower: Follower | undefined;
  #verification: Verification | undefined;

  constructor(world: World, key: PublicJwk, skew: Skew) {
    const { scheduler, faults, network, random } = world;
    this.#world = world;
    this.#successors = world.createSuccessors?.();
    this.#key = key;
    this.#skew = skew;
    const sealing = random.fork('north sealing');
    this.#sealers = { verdicts: sealing.bytes(32), presentations: sealing.bytes(32) };
    this.wire = new Wire({ scheduler, faults, random: random.fork('north wire'), network: () => network().role });
  }

  get verification(): Verification | undefined {
    return this.#life?.isOver() === false ? this.#verification : undefined;
  }

  get follower(): Follower | undefined {
    return this.#life?.isOver() === false ? this.#follower : undefined;
  }

  start(): void {
    const { scheduler, random, signatures, name, crossings } = this.#world;
    const life = createLife(() => scheduler.after(100 + random.below(5000), () => this.start()));
    const clock = scheduler.clock(() => this.#skew.ms());
    const entropy = random.fork(`north ${scheduler.now}`);
    const follower = createFollower({
      ...{ network: name, source: this.wire, engine: signatures, clock, entropy },
      ...(this.#successors === undefined ? {} : { successors: this.#successors }),
      store: keepFollowed(this.#followed, (work) => crossings.pass(life, 'north follow', work)),
    });
    const { past } = follower;
    const verifier = createVerifier({ follower, past, engine: signatures, policy: EMPTY_POLICY, clock });
    const role = createVerifierRole({
      config: {
        ...{ id: NORTH, name: 'North', origin: 'https://north.rehearsal.test' },
        // It asks no wallet here, so nothing is ever signed with the key for requests.
        keys: { verdict: { name: NORTH, key: this.#key }, request: { name: NORTH, x5c: ['none'] } },
      },
      ...{ clock, entropy, verifier, feed: { follower, past } },
      signer: { sign: async (_name, data) => signatures.sign(this.#key, data) },
      store: this.#keepVerdicts(life),
      standings: this.#keepStandings(life),
      presentations: createPresentationStoreMemory(),
      sealer: createMemorySealer(this.#sealers.verdicts),
    });
    this.#life = life;
    this.#follower = follower;
    this.#verification = undefined;
    follower.start(life.signal).then(
      () => {
        this.#verification = createInProcessVerification(role);
      },
      () => life.end(),
    );
  }

  #keepVerdicts(life: Life): VerdictStore {
    const { verdicts } = this;
    const { scheduler, crossings } = this.#world;
    const pass = passWatched(scheduler, crossings, life, 'north');
    return {
      ...verdicts,
      append: (record) =>
        pass('verdict', async () => {
          await verdicts.append(record);
          const { confirms, verdict } = parseVerdictEnvelope(record.signed).envelope;
          if (confirms !== undefined)
            this.confirming.set(confirms, [...(this.confirming.get(confirms) ?? []), verdict]);
        }),
    };
  }

  #keepStandings(life: Life): StandingStore {
    const { standings } = this;
    const { scheduler, crossings } = this.#world;
    const pass = passWatched(scheduler, crossings, life, 'north');
    return {
      ...standings,
      keep: (standing) => pass('standing', () => standings.keep(standing)),
      erase: (id, at) => pass('standing erased', () => standings.erase(id, at)),
    };
  }
}
