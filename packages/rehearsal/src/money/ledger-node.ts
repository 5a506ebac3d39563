import type { PublicJwk } from '@holdfast/core';
import { createLedger, createLedgerStoreMemory, type LedgerRole, type LedgerStore } from '@holdfast/server/roles';
import { createLife, type Life, passWatched } from '../lives.ts';
import type { World } from '../world.ts';
import { RELIEF } from './distributor-node.ts';
import type { Skew } from './skew.ts';

/** The ledger role over its memory store: crashes drop the role and keep the store. */
export class LedgerNode {
  readonly store: LedgerStore = createLedgerStoreMemory();
  /** Signs acceptances. */
  readonly key: PublicJwk;
  readonly #world: World;
  readonly #skew: Skew;
  #life: Life | undefined;
  #role: LedgerRole | undefined;

  constructor(world: World, skew: Skew) {
    this.#world = world;
    this.key = world.signatures.createKey('ES256');
    this.#skew = skew;
  }

  /** The role while it runs. */
  get role(): LedgerRole | undefined {
    return this.#life?.isOver() === false ? this.#role : undefined;
  }

  start(): void {
    const { scheduler, random } = this.#world;
    const life = createLife(() => scheduler.after(100 + random.below(5000), () => this.start()));
    const { signatures } = this.#world;
    const role = createLedger({
      clock: scheduler.clock(() => this.#skew.ms()),
      store: this.#keep(life),
      signer: { readPublicKey: async () => this.key, sign: async (_name, data) => signatures.sign(this.key, data) },
      party: RELIEF,
    });
    this.#life = life;
    this.#role = undefined;
    role.start(life.signal).then(
      () => {
        this.#role = role;
      },
      () => life.end(),
    );
  }

  #keep(life: Life): LedgerStore {
    const { store } = this;
    const { scheduler, crossings } = this.#world;
    const pass = passWatched(scheduler, crossings, life, 'ledger');
    return {
      ...store,
      takeFence: () => pass('fence', () => store.takeFence()),
      commit: (fence, changes) =>
        pass(changes.created.length > 0 ? 'commit' : 'open', () => store.commit(fence, changes)),
    };
  }
}
