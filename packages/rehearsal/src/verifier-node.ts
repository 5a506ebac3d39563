import { CodedError, type VerdictRequest } from '@holdfast/core';
import {
  type CanaryFinding,
  createCanary,
  createFollower,
  createFollowerStoreMemory,
  createFraudStoreMemory,
  createKeyResolver,
  createSnapshotStoreMemory,
  createStatusSource,
  createVerifier,
  type Follower,
  type FollowerStore,
  type ForeignSources,
  type GuardedFetch,
  type SignatureEngine,
  type StatusSource,
  type SuccessorStores,
  type Verified,
  type Verifier,
} from '@holdfast/verifier';
import { FOREIGN_LIST, FOREIGN_TTL_S } from './foreign-issuer.ts';
import { createLife, keepFollowed, type Life } from './lives.ts';
import { ENTRIES_PER_SNAPSHOT } from './network-node.ts';
import { OtherFeed } from './other-feed.ts';
import type { Random } from './random.ts';
import { type Reach, Wire } from './wire.ts';
import type { RunningVerifier, World } from './world.ts';

export type VerifierOptions = {
  readonly name: string;
  readonly isStreamless: boolean;
  /** How far its clock is off, milliseconds. */
  readonly skewMs: number;
  /** The jurisdiction that it judges by. */
  readonly profile?: string;
};

/** When one run of a verifier asked the stranger, and when what it got must have been kept for its ttl. */
type Asks = { askedAt: number | undefined; goodAt: number | undefined };

/** Every so many verdicts is tried on older evidence too: far more often than in life, as rehearsals are short. */
const CANARY_EVERY = 4;
/** The network's tick; and the most that a verifier asks of the network in one, and once more at each start. */
const TICK_MS = 5000;
const CALLS_PER_TICK = 5;
const CALLS_PER_START = 8;

/** What says that a smaller log was shown, or that nobody could look. */
const TOLD: ReadonlySet<string> = new Set(['feed.rollback', 'signature.unavailable']);

/** A smaller log must have been alarmed by then, however busy the follower was. */
const ALARM_WITHIN_MS = 60_000;
const FOREIGN_FETCH_MS = 5000;
/** After a failure, nobody asks a stranger again for up to this long; then one more answer has to arrive. */
const MAX_QUIET_MS = 30_000 + 2 * FOREIGN_FETCH_MS;

/** A verifier as the library makes one: follower, status source, `createVerifier`. Its stores outlive its crashes. */
export class VerifierNode implements RunningVerifier {
  readonly name: string;
  readonly wire: Wire;
  store: FollowerStore = createFollowerStoreMemory();
  readonly fraud = createFraudStoreMemory();
  #snapshots = createSnapshotStoreMemory();
  readonly #world: World;
  #skewMs: number;
  readonly #random: Random;
  #successors: SuccessorStores | undefined;
  #life: Life | undefined;
  #follower: Follower | undefined;
  #verifier: Verifier | undefined;
  #status: StatusSource | undefined;
  #seen: readonly (readonly [string, number])[] = [];
  #asks: Asks = { askedAt: undefined, goodAt: undefined };
  #runs = 0;
  readonly #bornAt: number;
  readonly #profile: string | undefined;
  readonly #others: OtherFeed[] = [];
  /** Those of this life, by the names of their networks. */
  #followers = new Map<string, Follower>();

  constructor(world: World, { name, isStreamless, skewMs, profile }: VerifierOptions) {
    this.name = name;
    this.#world = world;
    this.#successors = world.createSuccessors?.();
    this.#skewMs = skewMs;
    this.#profile = profile;
    this.#bornAt = world.scheduler.now;
    this.#random = world.random.fork(name);
    const { scheduler, faults, network } = world;
    this.wire = new Wire({
      ...{ scheduler, faults, isStreamless },
      random: this.#random.fork('wire'),
      network: () => network().role,
      held: () => this.follower?.position,
      onCheckpoint: (shown, held) => this.#watchAlarm(shown, held),
    });
  }

  get follower(): Follower | undefined {
    return this.#life?.isOver() === false ? this.#follower : undefined;
  }

  start(): void {
    const { scheduler, crossings, name } = this.#world;
    const life = createLife(() => {
      // Some come back before their line does, and have only what they kept.
      if (this.#random.chance(0.5)) this.wire.conditions = { ...this.wire.conditions, isRequestCut: true };
      scheduler.after(100 + this.#random.below(5000), () => this.start());
    });
    this.#runs += 1;
    const clock = scheduler.clock(() => this.#skewMs);
    const engine = this.#engine();
    const entropy = this.#random.fork(`run ${this.#runs}`);
    const follower = createFollower({
      ...{ network: name, source: this.wire, engine, clock, entropy },
      ...(this.#successors === undefined ? {} : { successors: this.#successors }),
      formerLogs: this.#world.copies,
      store: keepFollowed(this.store, (work) => crossings.pass(life, 'persist', work)),
      snapshots: this.#snapshots,
      fraud: this.fraud,
      bounds: { entriesPerSnapshot: ENTRIES_PER_SNAPSHOT },
    });
    const foreign = this.#foreign(
      engine,
      () => clock.now(),
      (length) => entropy.bytes(length),
    );
    const policy = { ...this.#world.policy, ...(this.#profile === undefined ? {} : { profile: this.#profile }) };
    const followers = new Map<string, Follower>();
    this.#life = life;
    this.#follower = follower;
    this.#followers = followers;
    this.#verifier = undefined;
    for (const other of this.#others) this.#begin(other, life);
    follower.start(life.signal).then(
      () => {
        const canary = createCanary({ every: CANARY_EVERY, tell: (finding) => this.#hear(finding) });
        this.#verifier = createVerifier({ follower, followers, engine, foreign, policy, clock, canary });
      },
      () => life.end(),
    );
  }

  follow(network: World): OtherFeed {
    const other = new OtherFeed(network, this.#random.fork(`line to ${network.place.origin}`));
    this.#others.push(other);
    if (this.#life?.isOver() === false) this.#begin(other, this.#life);
    return other;
  }

  #begin(other: OtherFeed, life: Life): void {
    const followers = this.#followers;
    const entropy = this.#random.fork(`${other.name} ${this.#runs}`);
    other.begin(life, { home: this.#world, skewMs: () => this.#skewMs, entropy }).then(
      (follower) => followers.set(other.name, follower),
      () => life.end(),
    );
  }

  async verify(text: string, request: VerdictRequest): Promise<Verified | undefined> {
    const [life, verifier] = [this.#life, this.#verifier];
    if (life === undefined || verifier === undefined || life.isOver()) return undefined;
    const verified = await verifier.verify(text, request);
    if (life.isOver()) return undefined;
    // Kept before it is answered, as the newest list seen must be.
    this.#seen = this.#status?.seen() ?? [];
    this.#expectAsked(verified);
    return verified;
  }

  /** The network's load is bounded by time: neither those who ask nor those who revoke make it more. */
  expectFewCalls(): void {
    const { scheduler, oracles } = this.#world;
    const ticks = Math.ceil((scheduler.now - this.#bornAt) / TICK_MS);
    const most = ticks * CALLS_PER_TICK + this.#runs * CALLS_PER_START;
    const what = () => `${this.name} asked ${this.wire.asked} times in ${ticks} ticks and ${this.#runs} lives`;
    oracles.expect('asks-by-the-tick', this.wire.asked <= most, scheduler.now, what);
  }

  #hear({ fault, verdict, aged, agedByMs }: CanaryFinding): void {
    const { scheduler, oracles } = this.#world;
    const say = () => `${this.name}: ${verdict.outcome} ${verdict.allows.effect}, ${agedByMs} ms older ${aged.outcome}`;
    oracles.expect('one-way-to-a-verdict', fault !== 'not-repeatable', scheduler.now, say);
    const isWeaker = fault !== 'allows-more' && fault !== 'revocation-lost';
    oracles.expect('aged-on-purpose-allows-no-more', isWeaker, scheduler.now, say);
  }

  startFromNothing(): void {
    this.store = createFollowerStoreMemory();
    this.#snapshots = createSnapshotStoreMemory();
    this.#successors = this.#world.createSuccessors?.();
    this.crash();
  }

  crash(): void {
    this.#life?.end();
  }

  /** Somebody sets its clock right. */
  setClock(): void {
    this.#skewMs = 0;
  }

  /** Sometimes it cannot work, which is no word about any signature. */
  #engine(): SignatureEngine {
    const { signatures, trouble, faults } = this.#world;
    return {
      verify: async (checks) => {
        if (this.#random.chance(trouble().engine)) {
          faults.add('engine away');
          throw new CodedError('signature.unavailable', 'The engine does not work just now.');
        }
        return signatures.verify(checks);
      },
    };
  }

  #foreign(engine: SignatureEngine, now: () => number, entropy: (length: number) => Uint8Array): ForeignSources {
    const { scheduler } = this.#world;
    const running = new Set<Promise<unknown>>();
    const asks: Asks = { askedAt: undefined, goodAt: undefined };
    this.#asks = asks;
    // A list is inflated by the platform, in its own time: virtual time waits for it.
    const fetch: GuardedFetch = async (request) => {
      if (request.url !== FOREIGN_LIST) throw new CodedError('fetch.unreachable', 'Nobody is there.');
      const response = await this.#fetchForeign(asks);
      if (running.size > 0) scheduler.hold(Promise.race(running));
      return response;
    };
    const source = createStatusSource({ fetch, engine, now, entropy, seen: this.#seen });
    this.#status = source;
    return {
      keys: createKeyResolver({ fetch, now, entropy }),
      status: {
        ...source,
        // The decision's own deadline is virtual; a second one would be kept by the platform's clock.
        readVerified: (reference, keyFor) => {
          const reading = source.readVerified(reference, keyFor);
          running.add(reading);
          const end = () => void running.delete(reading);
          reading.then(end, end);
          return reading;
        },
      },
    };
  }

  async #fetchForeign(asks: Asks) {
    const { scheduler, foreign, trouble, faults, oracles } = this.#world;
    const { now } = scheduler;
    const ttlMs = FOREIGN_TTL_S * 1000;
    const { goodAt } = asks;
    if (goodAt !== undefined) {
      oracles.expect(
        'lists-asked-for-within-ttl',
        now >= goodAt + ttlMs,
        now,
        () => `${this.name} asked again after ${now - goodAt} ms`,
      );
    }
    asks.askedAt = now;
    await scheduler.clock().sleep(10 + this.#random.below(100));
    if (this.#random.chance(trouble().foreign)) {
      faults.add('stranger away');
      await scheduler.clock().sleep(FOREIGN_FETCH_MS);
      throw new CodedError('fetch.unreachable', 'The stranger is silent.');
    }
    const isOld = this.#random.chance(trouble().oldList);
    if (isOld) faults.add('old list');
    const response = foreign.serve(isOld, this.#random);
    // An old one may be refused, and is then asked for again: only of the newest is it known that it is kept.
    asks.goodAt = isOld ? undefined : scheduler.now;
    return response;
  }

  /** Whoever answers from a list that is older than its ttl has at least asked for a newer one. */
  #expectAsked({ verdict }: Verified): void {
    const { scheduler, oracles } = this.#world;
    const { goodAt, askedAt = 0 } = this.#asks;
    if (goodAt === undefined || !verdict.basis.foreign.some(({ kind }) => kind === 'status')) return;
    const dueAt = goodAt + FOREIGN_TTL_S * 1000;
    if (scheduler.now < dueAt + MAX_QUIET_MS) return;
    oracles.expect(
      'lists-asked-for-within-ttl',
      askedAt >= dueAt,
      scheduler.now,
      () => `${this.name} has not asked since ${scheduler.now - askedAt} ms`,
    );
  }

  /** A pull that gets a smaller log than was read before it must be an alarm. */
  #watchAlarm({ log, size }: Reach, before: Reach | undefined): void {
    const { scheduler, oracles } = this.#world;
    const { follower } = this;
    const held = before?.log === log ? before.size : 0;
    if (follower === undefined || size >= held) return;
    const skewMs = this.#skewMs;
    const since = scheduler.now + skewMs;
    scheduler.after(ALARM_WITHIN_MS, () => {
      // With another life or clock there is nothing left to compare with.
      if (this.follower !== follower || this.#skewMs !== skewMs) return;
      const alarms = follower.health().alarms;
      // What a key signed that was stolen since is nobody's word, about the size of the log either.
      const isStolen = follower.state.rulebook?.body.log.compromised !== undefined;
      oracles.expect(
        'rollback-raises-alarm',
        // An engine that did not work just then cannot tell whose word it was, and says so.
        alarms.some(
          ({ code, at }) =>
            code === 'feed.fork' || (at >= since && (TOLD.has(code) || (isStolen && code === 'feed.unproved'))),
        ),
        scheduler.now,
        () => `${this.name} held ${held}, was shown ${size}: ${alarms.map(({ code }) => code).join(' ')}`,
      );
    });
  }
}
