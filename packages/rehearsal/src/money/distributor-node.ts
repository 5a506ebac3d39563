import type { ProgramRules, PublicJwk } from '@holdfast/core';
import { compileProgramRules } from '@holdfast/core/program';
import {
  type CommitRevealBeacon,
  createCommitRevealBeacon,
  createDestinationParser,
  createDistributor,
  createDistributorStoreMemory,
  createFilingStoreMemory,
  createFilings,
  createMemorySealer,
  createReceiptStoreMemory,
  createRevealStoreMemory,
  createRoleKeys,
  createSettlementStoreMemory,
  createSettling,
  type Distributor,
  type DistributorEvent,
  type DistributorStore,
  type FilingDesk,
  type FilingStore,
  type Filings,
  namedInLog,
  type ReceiptStore,
  type RevealStore,
  type RoleKeys,
  type RoleKeysPorts,
  type SettlementRail,
  type SettlementStore,
  type Settling,
} from '@holdfast/server/roles';
import {
  createFollower,
  createFollowerStoreMemory,
  type Follower,
  type FollowerStore,
  type SuccessorStores,
} from '@holdfast/verifier';
import { createLife, keepFollowed, type Life, passWatched } from '../lives.ts';
import { Wire } from '../wire.ts';
import type { World } from '../world.ts';
import { BANK, BANK_PATIENCE_MS } from './bank.ts';
import type { DistributorNeighbours } from './distributor-neighbours.ts';
import { NORTH } from './paying-verifier-node.ts';
import type { Skew } from './skew.ts';

export const RELIEF = 'https://rehearsal.test/relief';
/** Its first key's name. */
const OWN_KEY = 'statement';

const SETTLE_EVERY_MS = 5000;

/** What one life of a distributor is made of. */
export type RunningDistributor = {
  readonly distributor: Distributor;
  readonly settling: Settling;
  readonly beacon: CommitRevealBeacon;
  readonly keys: RoleKeys;
};

/** The distributor role with settling and a beacon, over memory stores that outlive its crashes. */
export class DistributorNode {
  readonly wire: Wire;
  readonly store: DistributorStore = createDistributorStoreMemory();
  readonly settlements: SettlementStore = createSettlementStoreMemory();
  readonly reveals: RevealStore = createRevealStoreMemory();
  readonly receipts: ReceiptStore = createReceiptStoreMemory();
  readonly filed: FilingStore = createFilingStoreMemory();
  readonly events: DistributorEvent[] = [];
  readonly #world: World;
  /** By the names of its signer; further ones once they are made. */
  readonly #own: Map<string, PublicJwk>;
  readonly #ledgerKey: PublicJwk;
  readonly #skew: Skew;
  readonly #neighboursOf: (life: Life) => DistributorNeighbours;
  readonly #followed: FollowerStore = createFollowerStoreMemory();
  readonly #sealing: Uint8Array;
  readonly #destinations = createDestinationParser();
  readonly #rules = new Map<string, ProgramRules>();
  readonly #successors: SuccessorStores | undefined;
  #life: Life | undefined;
  #follower: Follower | undefined;
  #running: RunningDistributor | undefined;

  constructor(
    world: World,
    keys: { readonly statement: PublicJwk; readonly ledger: PublicJwk },
    skew: Skew,
    neighboursOf: (life: Life) => DistributorNeighbours,
  ) {
    const { scheduler, faults, network, random } = world;
    this.#world = world;
    this.#successors = world.createSuccessors?.();
    this.#own = new Map([[OWN_KEY, keys.statement]]);
    this.#ledgerKey = keys.ledger;
    this.#skew = skew;
    this.#neighboursOf = neighboursOf;
    this.#sealing = random.fork('relief sealing').bytes(32);
    this.wire = new Wire({ scheduler, faults, random: random.fork('relief wire'), network: () => network().role });
  }

  /** All keys that it has ever made. */
  ownKeys(): readonly PublicJwk[] {
    return [...this.#own.values()];
  }

  get running(): RunningDistributor | undefined {
    return this.#life?.isOver() === false ? this.#running : undefined;
  }

  get follower(): Follower | undefined {
    return this.#life?.isOver() === false ? this.#follower : undefined;
  }

  start(): void {
    const { scheduler, random, signatures, name, crossings } = this.#world;
    const life = createLife(() => scheduler.after(100 + random.below(5000), () => this.start()));
    const clock = scheduler.clock(() => this.#skew.ms());
    const entropy = random.fork(`relief ${scheduler.now}`);
    const follower = createFollower({
      ...{ network: name, source: this.wire, engine: signatures, clock, entropy },
      ...(this.#successors === undefined ? {} : { successors: this.#successors }),
      store: keepFollowed(this.#followed, (work) => crossings.pass(life, 'relief follow', work)),
    });
    const { verification, ledger, rail, desk } = this.#neighboursOf(life);
    const filings = desk && this.#file(life, desk, () => follower.state);
    const sealer = createMemorySealer(this.#sealing);
    const beacon = createCommitRevealBeacon({ store: this.#keepReveals(life), clock });
    const settling = this.#settle(life, rail);
    const keys = this.#keys(() => follower.state);
    const distributor = createDistributor({
      ...{
        clock,
        entropy,
        sealer,
        follower,
        verification,
        ledger,
        ledgerKeys: () => [this.#ledgerKey],
        receipts: this.#keepReceipts(life),
        beacon,
        settling,
        network: this.wire,
        engine: signatures,
      },
      keys,
      store: this.#keep(life),
      destinations: this.#destinations,
      report: (event) => void this.events.push(event),
      ...(filings === undefined ? {} : { filings }),
      config: { id: RELIEF, name: 'Relief', verifier: NORTH, bounds: { settleEveryMs: SETTLE_EVERY_MS } },
      rulesOf: ({ program, digest }) => {
        const rules = this.#rules.get(digest) ?? compileProgramRules(program);
        this.#rules.set(digest, rules);
        return rules;
      },
    });
    this.#life = life;
    this.#follower = follower;
    this.#running = undefined;
    follower.start(life.signal).then(
      () => {
        this.#running = { distributor, settling, beacon, keys };
        distributor.run(life.signal).catch(() => life.end());
        filings?.run(life.signal).catch(() => life.end());
      },
      () => life.end(),
    );
  }

  #keys(state: Parameters<typeof namedInLog>[2]): RoleKeys {
    const { signatures } = this.#world;
    const keyOf = (name: string) => {
      const key = this.#own.get(name) ?? signatures.createKey('ES256');
      this.#own.set(name, key);
      return key;
    };
    const signer: RoleKeysPorts['signer'] = {
      readNames: async () => [...this.#own.keys()],
      create: async (name) => keyOf(name),
      readPublicKey: async (name) => keyOf(name),
      sign: async (name, data) => signatures.sign(keyOf(name), data),
    };
    const named = namedInLog(RELIEF, 'statement', state);
    return createRoleKeys({ signer, name: OWN_KEY, party: RELIEF, use: 'statement', named });
  }

  #file(life: Life, desk: FilingDesk, state: Parameters<typeof namedInLog>[2]): Filings {
    const { scheduler, random, name } = this.#world;
    const { filed } = this;
    const pass = this.#passing(life, 'filing');
    return createFilings({
      ...{ network: name, party: RELIEF, keys: this.#keys(state), desk, report: () => undefined },
      sealer: createMemorySealer(this.#sealing),
      clock: scheduler.clock(() => this.#skew.ms()),
      entropy: random.fork(`filing ${scheduler.now}`),
      store: {
        ...filed,
        keep: (filing, maxWaiting) => pass('keep', () => filed.keep(filing, maxWaiting)),
        settle: (matter, outcome) => pass('settle', () => filed.settle(matter, outcome)),
      },
    });
  }

  #settle(life: Life, rail: SettlementRail): Settling {
    const { scheduler } = this.#world;
    return createSettling({
      clock: scheduler.clock(() => this.#skew.ms()),
      store: this.#keepSettlements(life),
      sealer: createMemorySealer(this.#sealing),
      rails: [rail],
      bounds: { patienceMsByRail: { [BANK]: BANK_PATIENCE_MS } },
    });
  }

  #keep(life: Life): DistributorStore {
    const { store } = this;
    const pass = this.#passing(life, 'relief');
    return {
      ...store,
      addKey: (key) => pass('key', () => store.addKey(key)),
      eraseKey: (digest) => pass('key erased', () => store.eraseKey(digest)),
      addProgram: (program) => pass('program', () => store.addProgram(program)),
      close: (program, at) => pass('close', () => store.close(program, at)),
      keepStatement: (program, step, text) => pass(`statement ${step}`, () => store.keepStatement(program, step, text)),
      replaceStatement: (program, step, from, to) =>
        pass(`statement ${step} anew`, () => store.replaceStatement(program, step, from, to)),
      accept: (applications) => pass('accept', () => store.accept(applications)),
      judge: (program, judgements) => pass('judge', () => store.judge(program, judgements)),
      admit: (program, admitted, refused) => pass('admit', () => store.admit(program, admitted, refused)),
      readmit: (program, judgement, when) => pass('readmit', () => store.readmit(program, judgement, when)),
      plan: (program, payments, at, most) => pass('plan', () => store.plan(program, payments, at, most)),
      advance: (program, changes, at) => pass(`advance ${changes[0]?.to}`, () => store.advance(program, changes, at)),
      eraseSealed: (program, limit) => pass('erase', () => store.eraseSealed(program, limit)),
    };
  }

  #keepReveals(life: Life): RevealStore {
    const { reveals } = this;
    const pass = this.#passing(life, 'beacon');
    return { ...reveals, add: (program, reveal) => pass('reveal', () => reveals.add(program, reveal)) };
  }

  #keepReceipts(life: Life): ReceiptStore {
    const { receipts } = this;
    const pass = this.#passing(life, 'relief');
    return { ...receipts, add: (receipt) => pass('receipt', () => receipts.add(receipt)) };
  }

  #keepSettlements(life: Life): SettlementStore {
    const { settlements: store } = this;
    const pass = this.#passing(life, 'settlement');
    return {
      ...store,
      plan: (lines) => pass('plan', () => store.plan(lines)),
      createBatch: (batch, changes) => pass('batch', () => store.createBatch(batch, changes)),
      recordAcceptance: (acceptance, changes) => pass('acceptance', () => store.recordAcceptance(acceptance, changes)),
      recordOutcomes: (rail, cursor, changes, notices) =>
        pass('outcomes', () => store.recordOutcomes(rail, cursor, changes, notices)),
      change: (changes) => pass('change', () => store.change(changes)),
    };
  }

  #passing(life: Life, of: string) {
    const { scheduler, crossings } = this.#world;
    return passWatched(scheduler, crossings, life, of);
  }
}
