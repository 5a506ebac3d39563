import { assert } from '@holdfast/core';
import {
  createLogStoreMemory,
  createNetwork,
  type LogStore,
  type NetworkOptions,
  type NetworkRole,
  type Witness,
} from '@holdfast/server/roles';
import { createSnapshotStoreMemory } from '@holdfast/verifier';
import { createLife, type Life } from './lives.ts';
import type { LogTruth } from './log-truth.ts';
import type { RunningNetwork, World } from './world.ts';

/** Often, so that most lives begin with one. */
export const ENTRIES_PER_SNAPSHOT = 32;

/** Of a log that succeeds another. */
type Succeeding = Pick<NetworkOptions, 'predecessor' | 'lineage' | 'former'>;

/** More than a calm rehearsal says; one under faults is not asked. */
const MAX_TOLD = 1000;

/** The network role over its memory store: crashes drop the role and keep the store. */
export class NetworkNode implements RunningNetwork {
  readonly store: LogStore;
  readonly told: string[] = [];
  readonly #snapshots = createSnapshotStoreMemory();
  readonly #world: World;
  readonly #genesis: string;
  readonly #truth: LogTruth;
  readonly #succeeding: Succeeding;
  #isGone = false;
  #restMs: number | undefined;
  #life: Life | undefined;
  #role: NetworkRole | undefined;

  constructor(
    world: World,
    genesis: string,
    truth: LogTruth,
    store: LogStore = createLogStoreMemory(),
    succeeding: Succeeding = {},
  ) {
    this.#succeeding = succeeding;
    this.store = store;
    this.#world = world;
    this.#genesis = genesis;
    this.#truth = truth;
  }

  /** The role while it runs. */
  get role(): NetworkRole | undefined {
    return this.#life?.isOver() === false ? this.#role : undefined;
  }

  /** It is gone for good, and its log with it. */
  end(): void {
    this.#isGone = true;
    this.#life?.end();
  }

  stayAway(forMs: number): void {
    this.#restMs = forMs;
    this.#life?.end();
  }

  start(): void {
    if (this.#isGone) return;
    const { scheduler, random, signatures, signer, witnesses } = this.#world;
    const life = createLife(() => {
      scheduler.after(this.#restMs ?? 100 + random.below(5000), () => this.start());
      this.#restMs = undefined;
    });
    const role = createNetwork({
      clock: scheduler.clock(),
      signer,
      engine: signatures,
      genesis: this.#genesis,
      ...this.#succeeding,
      store: this.#keep(life),
      ...(witnesses.length === 0 ? {} : { openWitness: (url) => this.#open(url) }),
      report: ({ code }) => {
        if (code.startsWith('network.witness-') && this.told.length < MAX_TOLD) this.told.push(code);
      },
      snapshots: this.#snapshots,
      bounds: { entriesPerSnapshot: ENTRIES_PER_SNAPSHOT },
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

  #open(url: string): Witness {
    const node = this.#world.witnesses.find(({ member }) => member.url === url);
    assert(node !== undefined, 'the rulebook names the witnesses that there are');
    return node.doorOf(this);
  }

  #keep(life: Life): LogStore {
    const { store } = this;
    const { crossings } = this.#world;
    return {
      ...store,
      append: (expectedSize, entries, checkpoint) =>
        crossings.pass(life, checkpoint === undefined ? 'append' : 'epoch', async () => {
          await store.append(expectedSize, entries, checkpoint);
          this.#truth.read(entries);
        }),
    };
  }
}
