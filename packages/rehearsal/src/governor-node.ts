import {
  createDecisionStoreMemory,
  createGovernor,
  type DecisionStore,
  type Governor,
  type Network,
} from '@holdfast/server/roles';
import {
  createFollower,
  createFollowerStoreMemory,
  type Follower,
  type FollowerStore,
  type SuccessorStores,
} from '@holdfast/verifier';
import { createLife, keepFollowed, type Life } from './lives.ts';
import { Wire } from './wire.ts';
import type { RunningGovernor, World } from './world.ts';

/** A batch that the log was told of: what was acknowledged to the governor, and has to be there for ever. */
type Acknowledged = { readonly index: number; readonly statements: readonly string[] };

/** The governor role with a follower of its own, both over memory stores that outlive crashes. */
export class GovernorNode implements RunningGovernor {
  readonly wire: Wire;
  readonly store: DecisionStore = createDecisionStoreMemory();
  readonly acknowledged: Acknowledged[] = [];
  readonly #world: World;
  readonly #followed: FollowerStore = createFollowerStoreMemory();
  readonly #successors: SuccessorStores | undefined;
  #life: Life | undefined;
  #governor: Governor | undefined;
  #follower: Follower | undefined;

  constructor(world: World) {
    this.#world = world;
    this.#successors = world.createSuccessors?.();
    const { scheduler, faults, network } = world;
    this.wire = new Wire({
      scheduler,
      faults,
      random: world.random.fork('governor wire'),
      network: () => network().role,
    });
  }

  get governor(): Governor | undefined {
    return this.#life?.isOver() === false ? this.#governor : undefined;
  }

  get follower(): Follower | undefined {
    return this.#life?.isOver() === false ? this.#follower : undefined;
  }

  start(): void {
    const { scheduler, random, signatures, signer, name, crossings } = this.#world;
    const life = createLife(() => scheduler.after(100 + random.below(5000), () => this.start()));
    const clock = scheduler.clock();
    const entropy = random.fork(`governor ${scheduler.now}`);
    const follower = createFollower({
      ...{ network: name, source: this.wire, engine: signatures, clock, entropy },
      ...(this.#successors === undefined ? {} : { successors: this.#successors }),
      store: keepFollowed(this.#followed, (work) => crossings.pass(life, 'follow', work)),
    });
    const network: Pick<Network, 'append' | 'fetchEntries'> = {
      fetchEntries: (from, to, signal) => this.wire.fetchEntries(from, to, signal),
      append: async (statements) => {
        const receipt = await this.wire.append(statements);
        this.acknowledged.push({ index: receipt.index, statements });
        return receipt;
      },
    };
    const ports = { clock, entropy, signer, follower, network, engine: signatures, store: this.#keep(life) };
    this.#life = life;
    this.#governor = undefined;
    this.#follower = follower;
    this.#begin(life, follower, createGovernor(ports)).catch(() => life.end());
  }

  async #begin(life: Life, follower: Follower, governor: Governor): Promise<void> {
    // A dead governor must not go on: its timers end with its life.
    life.signal.addEventListener('abort', () => void governor[Symbol.asyncDispose](), {
      once: true,
    });
    await follower.start(life.signal);
    await governor.start();
    this.#governor = governor;
  }

  #keep(life: Life): DecisionStore {
    const { store } = this;
    const { scheduler, crossings } = this.#world;
    const pass = <Result>(step: string, work: () => Promise<Result>) =>
      crossings.pass(life, step, async () => {
        const result = await work();
        scheduler.touch();
        return result;
      });
    return {
      ...store,
      create: (proposal) => pass('propose', () => store.create(proposal)),
      addApproval: (id, approval) => pass('approve', () => store.addApproval(id, approval)),
      createBatch: (batch) => pass('authorise', () => store.createBatch(batch)),
      settle: (batch, outcomes) => pass('settle', () => store.settle(batch, outcomes)),
    };
  }
}
