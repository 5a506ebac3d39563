import {
  type CaseDesk,
  type CaseStore,
  createCaseDesk,
  createCaseStoreMemory,
  createMemorySealer,
  createPartyFilings,
  type FilingDesk,
} from '@holdfast/server/roles';
import { createFollower, createFollowerStoreMemory, type Follower, type FollowerStore } from '@holdfast/verifier';
import { createLife, keepFollowed, type Life, passWatched } from '../lives.ts';
import { Wire } from '../wire.ts';
import type { World } from '../world.ts';

type Running = { readonly desk: CaseDesk; readonly filings: FilingDesk };

/** The governor's desk for cases, with a follower of its own, over memory stores that outlive its crashes. */
export class DeskNode {
  readonly wire: Wire;
  readonly #store: CaseStore = createCaseStoreMemory();
  readonly #world: World;
  readonly #followed: FollowerStore = createFollowerStoreMemory();
  readonly #sealing: Uint8Array;
  #life: Life | undefined;
  #follower: Follower | undefined;
  #running: Running | undefined;

  constructor(world: World) {
    const { scheduler, faults, network, random } = world;
    this.#world = world;
    this.#sealing = random.fork('desk sealing').bytes(32);
    this.wire = new Wire({ scheduler, faults, random: random.fork('desk wire'), network: () => network().role });
  }

  get running(): Running | undefined {
    return this.#life?.isOver() === false ? this.#running : undefined;
  }

  get follower(): Follower | undefined {
    return this.#life?.isOver() === false ? this.#follower : undefined;
  }

  start(): void {
    const { scheduler, random, signatures, signer, name, crossings } = this.#world;
    const life = createLife(() => scheduler.after(100 + random.below(5000), () => this.start()));
    const clock = scheduler.clock();
    const entropy = random.fork(`desk ${scheduler.now}`);
    const follower = createFollower({
      ...{ network: name, source: this.wire, engine: signatures, clock, entropy },
      store: keepFollowed(this.#followed, (work) => crossings.pass(life, 'desk follow', work)),
    });
    const desk = createCaseDesk({
      ...{ clock, entropy, signer, follower, engine: signatures, audience: 'https://governor.rehearsal.test' },
      network: { append: (statements) => this.wire.append(statements) },
      store: this.#keep(life),
      sealer: createMemorySealer(this.#sealing),
    });
    const filings = createPartyFilings({ clock, engine: signatures, signer, follower, desk });
    this.#life = life;
    this.#follower = follower;
    this.#running = undefined;
    // A dead desk must not go on: its timers end with its life.
    life.signal.addEventListener('abort', () => void desk[Symbol.asyncDispose](), { once: true });
    follower
      .start(life.signal)
      .then(() => desk.start())
      .then(
        () => {
          this.#running = { desk, filings };
        },
        () => life.end(),
      );
  }

  #keep(life: Life): CaseStore {
    const store = this.#store;
    const { scheduler, crossings } = this.#world;
    const pass = passWatched(scheduler, crossings, life, 'case');
    return {
      ...store,
      create: (step, file) => pass('create', () => store.create(step, file)),
      approve: (id, approval) => pass('approve', () => store.approve(id, approval)),
      sign: (id, statement) => pass('sign', () => store.sign(id, statement)),
      settle: (id, outcome) => pass('settle', () => store.settle(id, outcome)),
    };
  }
}
