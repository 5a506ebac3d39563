import { deflateSync } from 'node:zlib';
import type { PublicJwk } from '@holdfast/core';
import {
  createIssuer,
  createIssuerStoreMemory,
  createMemorySealer,
  type Issuer,
  type IssuerConfig,
  type IssuerStore,
} from '@holdfast/server/roles';
import { createFollower, createFollowerStoreMemory, type Follower, type FollowerStore } from '@holdfast/verifier';
import { createLife, keepFollowed, type Life } from '../lives.ts';
import { Wire } from '../wire.ts';
import type { World } from '../world.ts';

const ORIGIN = 'https://rehearsal.test';
/** The one tenant of the issuer role: a harbour office, beside the city's that has issued before the rehearsal began. */
export const HARBOUR = 'harbour';
export const HARBOUR_ISSUER = `${ORIGIN}/i/${HARBOUR}`;
export const HARBOUR_TYPE = `${ORIGIN}/vct/${HARBOUR}/berth/1`;
export const BERTH = 'berth';

export type HarbourKeys = { readonly statement: PublicJwk; readonly credential: PublicJwk };

const CONFIG: IssuerConfig = {
  origin: ORIGIN,
  tenants: [
    {
      ...{ id: HARBOUR, name: 'Harbour office', credentialKey: 'credential', statementKey: 'statement' },
      // The network vouches for the key, and strangers are not asked here.
      x5c: ['none'],
      types: [
        {
          ...{ id: BERTH, version: '1', name: 'Berth', ttlDays: 90 },
          claims: [{ name: 'berth', mandatory: true, display: 'Berth' }],
        },
      ],
    },
  ],
};

/** The smallest lists there are; the second one is opened when a few people have come, and so under faults. */
const LIST_SIZE = 131_072;
const BOUNDS = { listSize: LIST_SIZE, listReserve: LIST_SIZE - 3 };

/** The issuer role with a follower of its own, over memory stores that outlive its crashes. */
export class IssuerNode {
  readonly wire: Wire;
  readonly store: IssuerStore = createIssuerStoreMemory();
  readonly #world: World;
  readonly #keys: HarbourKeys;
  readonly #followed: FollowerStore = createFollowerStoreMemory();
  readonly #sealing: Uint8Array;
  #life: Life | undefined;
  #issuer: Issuer | undefined;
  #follower: Follower | undefined;

  constructor(world: World, keys: HarbourKeys) {
    const { scheduler, faults, network, random } = world;
    this.#world = world;
    this.#keys = keys;
    this.#sealing = random.fork('harbour sealing').bytes(32);
    this.wire = new Wire({ scheduler, faults, random: random.fork('harbour wire'), network: () => network().role });
  }

  get issuer(): Issuer | undefined {
    return this.#life?.isOver() === false ? this.#issuer : undefined;
  }

  get follower(): Follower | undefined {
    return this.#life?.isOver() === false ? this.#follower : undefined;
  }

  start(): void {
    const { scheduler, random, signatures, name, crossings } = this.#world;
    const life = createLife(() => scheduler.after(100 + random.below(5000), () => this.start()));
    const clock = scheduler.clock();
    const entropy = random.fork(`harbour ${scheduler.now}`);
    const follower = createFollower({
      ...{ network: name, source: this.wire, engine: signatures, clock, entropy },
      store: keepFollowed(this.#followed, (work) => crossings.pass(life, 'harbour follow', work)),
    });
    const keyOf = (key: string) => (key === 'credential' ? this.#keys.credential : this.#keys.statement);
    this.#life = life;
    this.#issuer = undefined;
    this.#follower = follower;
    this.#begin(life, follower, () =>
      createIssuer({
        ...{ clock, entropy, follower, engine: signatures, network: this.wire, config: CONFIG },
        signer: {
          readPublicKey: async (key) => keyOf(key),
          sign: async (key, data) => signatures.sign(keyOf(key), data),
        },
        sealer: createMemorySealer(this.#sealing),
        store: this.#keep(life),
        bounds: BOUNDS,
        // At once, so that virtual time does not go on meanwhile.
        compress: async (packed) => new Uint8Array(deflateSync(packed, { level: 1 })),
      }),
    ).catch(() => life.end());
  }

  async #begin(life: Life, follower: Follower, create: () => Promise<Issuer>): Promise<void> {
    await follower.start(life.signal);
    const issuer = await create();
    // A dead issuer must not go on: its rounds end with its life.
    const stop = () => void issuer[Symbol.asyncDispose]();
    if (life.isOver()) stop();
    else life.signal.addEventListener('abort', stop, { once: true });
    this.#issuer = issuer;
  }

  #keep(life: Life): IssuerStore {
    const { store } = this;
    const { crossings } = this.#world;
    const pass = <Result>(step: string, work: () => Promise<Result>) => crossings.pass(life, `harbour ${step}`, work);
    return {
      ...store,
      keepSecret: (tenant, sealed) => pass('secret', () => store.keepSecret(tenant, sealed)),
      appendOffer: (offer, maxOpen) => pass('offer', () => store.appendOffer(offer, maxOpen)),
      redeem: (tenant, id, token, until) => pass('redeem', () => store.redeem(tenant, id, token, until)),
      recordIssued: (issuing) => pass('issued', () => store.recordIssued(issuing)),
      closeOffer: (tenant, id) => pass('close', () => store.closeOffer(tenant, id)),
      useNonces: (tenant, nonces, forgetAt) => pass('nonce', () => store.useNonces(tenant, nonces, forgetAt)),
      appendList: (list) => pass('list', () => store.appendList(list)),
      openList: (uri, opened) => pass('opened', () => store.openList(uri, opened)),
      takeSequences: (uri, count) => pass('sequence', () => store.takeSequences(uri, count)),
    };
  }
}
