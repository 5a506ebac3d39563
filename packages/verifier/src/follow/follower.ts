import { assert, CodedError, type NetworkState, type NetworkView, type Position } from '@holdfast/core';
import type { SignatureEngine } from '../signatures/engine.ts';
import type { Clock } from '../verify/clock.ts';
import { type Alarm, type Alarms, createAlarms } from './alarms.ts';
import { boundSource } from './bounded-source.ts';
import { linkSignal } from './deadline.ts';
import type { FeedSource } from './feed-source.ts';
import { createFollowedLogs, type FollowedLogs, type SuccessorStores } from './followed-logs.ts';
import { DEFAULT_FOLLOWER_BOUNDS, type FollowerBounds } from './follower-bounds.ts';
import type { FollowerStore } from './follower-store.ts';
import { assertNoKeptFork } from './fraud-making.ts';
import type { FraudStore } from './fraud-store.ts';
import { jitter } from './jitter.ts';
import type { KeptCosignatures } from './kept-cosignatures.ts';
import type { Claim, KeptLog } from './kept-log.ts';
import type { PastLog } from './past-log.ts';
import { asCoded, sizeOf } from './proved-entries.ts';
import { publishView } from './published-view.ts';
import { createSizeQueue, type SizeQueue } from './size-queue.ts';
import type { SnapshotStore } from './snapshot-store.ts';
import { readStream } from './stream.ts';

export type FollowerOptions = {
  /** The pinned name of the network: base64url SHA-256 of its genesis entry. */
  readonly network: string;
  /** After a succession: the state of the old log at the position that the new one goes on from (`createPastLog`). */
  readonly predecessor?: NetworkState;
  /** Where logs are kept that succeed this one; without it one that does is not believed. */
  readonly successors?: SuccessorStores;
  readonly source: FeedSource;
  readonly store: FollowerStore;
  /** Own snapshots: with them a restart does not verify every signature again. */
  readonly snapshots?: SnapshotStore;
  /**
   * `snapshot`: with nothing kept yet, begins at the network's latest snapshot, and has then not folded itself what lies before
   * it (`FollowerHealth.begunAt`). Needs `snapshots`. Default `genesis`. A follower that is told that the log is pruned where it
   * would read on goes on from the snapshot by itself.
   */
  readonly beginAt?: 'genesis' | 'snapshot';
  /** Where proofs are kept that the log has lied; a follower that finds one there stays halted. */
  readonly fraud?: FraudStore;
  readonly engine: SignatureEngine;
  readonly clock: Clock;
  readonly entropy: { bytes(count: number): Uint8Array };
  readonly bounds?: Partial<FollowerBounds>;
  /** Whose cosignatures count by now (a C2SP tlog-policy file), instead of the witnesses that the rulebook names. */
  readonly witnesses?: () => string | undefined;
  /** Told of every alarm; one that repeats is told at 1, 2, 4, 8... times. */
  readonly report?: (alarm: Alarm) => void;
};

/** Nothing leads out of `halted`: the log itself is wrong. `pulling` is also where the stream has not begun yet. */
export type FollowerPhase = 'starting' | 'streaming' | 'pulling' | 'halted';

export type FollowerHealth = {
  readonly phase: FollowerPhase;
  /** When the latest epoch was accepted, unix milliseconds of the local clock; undefined before the first of this run. */
  readonly lastHeardAtMs: number | undefined;
  /** Milliseconds since then, monotonic: right also when the local clock jumps. */
  readonly silentForMs: number | undefined;
  /** Epochs that should have come since. */
  readonly epochsMissed: number;
  /** Entries that the network had folded before we began, and that we have not; 0 when we have folded all. */
  readonly begunAt: number;
  /** The latest, oldest first. */
  readonly alarms: readonly Alarm[];
};

export type ViewListener = (view: NetworkView) => void;

/**
 * Follows one network by the rules of TUF: nothing is believed that the log's signed root does not prove, nothing is used
 * before it is kept, a smaller log is an alarm, another log of the same size is a proof of fraud, silence is made up for by
 * pulling. Whatever a source does, the state last accepted stays usable, and only grows older.
 */
export interface Follower extends AsyncDisposable {
  /** The folded log, as the last epoch left it, changed in place: read it between two awaits, never keep it. */
  readonly state: Readonly<NetworkState>;
  /** What the network was at earlier epochs, of this log and those before it, as far as they are kept. */
  readonly past: PastLog;
  /** The state at the last epoch as a value that never changes; undefined before the first. */
  view(): NetworkView | undefined;
  readonly position: Position | undefined;
  /** Whether a position of this log, no further than was read, is of no history read here. A stranger's word: no alarm. */
  isElsewhere(position: Position): boolean;
  /** Code of what makes everything read from this feed worthless (`feed.fork`), for the verdict's evidence. */
  readonly contradiction: string | undefined;
  /**
   * The latest of the local clock, of the time that a quorum of witnesses has confirmed, and of the last epoch's time plus
   * the monotonic time since its receipt, unix milliseconds: a clock that stands still makes no evidence young.
   */
  now(): number;
  health(): FollowerHealth;
  /**
   * Refolds what the store keeps, resolves, and follows until the signal aborts or the follower is disposed of. Throws
   * `follower.store-damaged`, `feed.other-network`, or what store and engine throw: then nothing was started.
   */
  start(signal: AbortSignal): Promise<void>;
  /** One catch-up: reads on to the network's latest checkpoint. Throws `feed.*`; every failure is an alarm too. */
  pull(signal: AbortSignal): Promise<void>;
  /**
   * Whether the log was read up to `size` entries before the signal aborted. Positions come from strangers, so all callers
   * share one pull per tick, and nobody waits for more than one. Never throws.
   */
  awaitSize(size: number, signal: AbortSignal): Promise<boolean>;
  /** Calls back with each new view, at once after it was accepted. The result ends it. */
  subscribe(listener: ViewListener): () => void;
}

export function createFollower(options: FollowerOptions): Follower {
  return new FeedFollower(options, { ...DEFAULT_FOLLOWER_BOUNDS, ...options.bounds });
}

/** Before the genesis is read nobody knows the tick. */
const UNKNOWN_TICK_MS = 1_000;
/** After folding more entries than this in one go, others get their turn. */
const MAX_ENTRIES_WITHOUT_REST = 64;
/** These say that the log itself is wrong: reading on would only make it look better. */
const HALTING: ReadonlySet<string> = new Set(['feed.fork', 'feed.epoch-wrong', 'feed.snapshot-doubted']);

class FeedFollower implements Follower {
  readonly #options: FollowerOptions;
  readonly #bounds: FollowerBounds;
  readonly #source: FeedSource;
  readonly #logs: FollowedLogs;
  readonly #alarms: Alarms;
  readonly #sizes: SizeQueue;
  readonly #listeners = new Set<ViewListener>();
  readonly #lifetime = new AbortController();
  #phase: FollowerPhase = 'starting';
  #view: NetworkView | undefined;
  #heard: { readonly atMs: number; readonly monotonicMs: number } | undefined;
  #contradiction: string | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #running: Promise<void> | undefined;
  #isLoading = false;

  readonly isElsewhere = (position: Position) => this.#log.isElsewhere(position);
  constructor(options: FollowerOptions, bounds: FollowerBounds) {
    const { clock } = options;
    this.#options = options;
    this.#bounds = bounds;
    this.#source = boundSource(options.source, clock, bounds.sourceTimeoutMs);
    this.#alarms = createAlarms(options.report ?? (() => undefined));
    this.#logs = createFollowedLogs({
      ...options,
      source: this.#source,
      maxEntriesPerStep: bounds.maxEntriesPerStep,
      entriesPerSnapshot: bounds.entriesPerSnapshot,
      beginAt: options.beginAt ?? 'genesis',
      policy: options.witnesses,
      onFolded: (count) => this.#onFolded(count),
      onDoubt: (error) => this.#raise(error),
      raise: (error) => this.#raise(error),
    });
    this.#sizes = createSizeQueue({
      clock,
      lifetime: this.#lifetime.signal,
      tickMs: () => this.#tickMs(),
      size: () => this.#view?.position.size ?? 0,
      pull: () => this.pull(this.#lifetime.signal),
      maxWaiting: bounds.maxWaiting,
    });
  }

  get #log(): KeptLog {
    return this.#logs.log;
  }

  get #cosignatures(): KeptCosignatures {
    return this.#logs.cosignatures;
  }

  get state(): Readonly<NetworkState> {
    return this.#log.state;
  }

  get past(): PastLog {
    return this.#logs.past;
  }

  view(): NetworkView | undefined {
    return this.#view;
  }

  get position(): Position | undefined {
    return this.#view?.position;
  }

  get contradiction(): string | undefined {
    return this.#contradiction;
  }

  now(): number {
    const { clock } = this.#options;
    const epochTime = this.#view?.position.time ?? 0;
    const cosignedTime = this.#view?.witnessed?.time ?? 0;
    return Math.max(clock.now(), cosignedTime, epochTime + (this.#silentForMs() ?? 0));
  }

  health(): FollowerHealth {
    const silentForMs = this.#silentForMs();
    return {
      phase: this.#phase,
      lastHeardAtMs: this.#heard?.atMs,
      silentForMs,
      epochsMissed: silentForMs === undefined ? 0 : Math.floor(silentForMs / this.#tickMs()),
      begunAt: this.#log.begunAt,
      alarms: this.#alarms.list(),
    };
  }

  async start(signal: AbortSignal): Promise<void> {
    assert(this.#running === undefined, 'a follower is started once');
    const stop = () => this.#lifetime.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    this.#isLoading = true;
    try {
      await this.#takeTurn(() => this.#logs.load());
      await assertNoKeptFork({ ...this.#options, state: this.#log.state });
    } catch (error) {
      this.#raise(error);
      // At a wrong epoch there is still the state before it to stand on.
      if (this.#log.state.position === undefined || this.#phase !== 'halted') throw error;
    } finally {
      this.#isLoading = false;
    }
    if (this.#phase !== 'halted') await this.#takeTurn(() => this.#cosignatures.restore());
    if (this.#phase === 'starting') this.#phase = 'pulling';
    this.#publish();
    this.#running = this.#run();
  }

  async pull(signal: AbortSignal): Promise<void> {
    const { controller, release } = linkSignal(signal);
    const stop = () => controller.abort(this.#lifetime.signal.reason);
    this.#lifetime.signal.addEventListener('abort', stop, { once: true });
    try {
      this.#lifetime.signal.throwIfAborted();
      // What we had before we asked: the network may have shown more meanwhile.
      const atLeast = this.#log.checkpoint?.size ?? 0;
      const checkpoint = await this.#source.fetchCheckpoint(controller.signal);
      await this.#accept({ checkpoint, atLeast }, controller.signal);
      await this.#fetchCosigned(controller.signal);
    } catch (error) {
      if (!controller.signal.aborted) this.#raise(error);
      throw error;
    } finally {
      release();
      this.#lifetime.signal.removeEventListener('abort', stop);
    }
  }

  awaitSize(size: number, signal: AbortSignal): Promise<boolean> {
    return this.#sizes.awaitSize(size, signal);
  }

  subscribe(listener: ViewListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lifetime.abort(new CodedError('follower.closed', 'This follower has been closed.'));
    await this.#running;
    await this.#turn;
  }

  /** Streams while there is a stream; pulls, spread out, while there is none. */
  async #run(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#lifetime;
    let failures = 0;
    while (!signal.aborted) {
      const before = this.#log.checkpoint?.size;
      try {
        await this.#readStream(failures === 0 ? this.#bounds.silentTicks : 1);
      } catch (error) {
        if (signal.aborted) return;
        this.#raise(error);
      }
      if (this.#phase === 'streaming') this.#phase = 'pulling';
      failures = this.#log.checkpoint?.size === before ? failures + 1 : 0;
      const reconnectAtMs = clock.monotonic() + this.#backoffMs(failures);
      await this.#pullUntil(reconnectAtMs).catch(() => undefined);
    }
  }

  #readStream(patienceTicks: number): Promise<never> {
    const { clock, source } = this.#options;
    return readStream(
      {
        clock,
        source,
        from: this.#log.checkpoint?.size ?? 0,
        patienceMs: () => (this.#phase === 'streaming' ? this.#bounds.silentTicks : patienceTicks) * this.#tickMs(),
        accept: async (claim, signal) => {
          const hasMoved = await this.#accept(claim, signal);
          if (hasMoved && this.#phase !== 'halted') this.#phase = 'streaming';
          return hasMoved;
        },
        count: (cosigned, signal) => this.#count(cosigned, signal),
      },
      this.#lifetime.signal,
    );
  }

  /** Pulls at least once, then once a tick until then, each at a random moment, less often while it fails. */
  async #pullUntil(endMs: number): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#lifetime;
    let failures = 0;
    do {
      await clock.sleep(this.#spread(failures === 0 ? this.#tickMs() : this.#maxBackoffMs(failures)), signal);
      const began = clock.monotonic();
      const hasFailed = await this.pull(signal).then(
        () => false,
        () => true,
      );
      failures = hasFailed ? failures + 1 : 0;
      const restMs = Math.min(began + this.#tickMs(), endMs) - clock.monotonic();
      if (restMs > 0) await clock.sleep(restMs, signal);
    } while (clock.monotonic() < endMs);
  }

  /** Proving, keeping and folding take turns, whoever brings the claim. */
  #accept(claim: Claim, signal: AbortSignal): Promise<boolean> {
    return this.#takeTurn(() => this.#read(claim, signal));
  }

  async #read(claim: Claim, signal: AbortSignal): Promise<boolean> {
    this.#lifetime.signal.throwIfAborted();
    const before = this.#log.checkpoint?.size;
    try {
      const hasMoved = await this.#logs.accept(claim, signal);
      if (await this.#cosignatures.count(claim.checkpoint)) this.#publish();
      return hasMoved;
    } finally {
      const { clock } = this.#options;
      if (this.#log.checkpoint?.size !== before) this.#heard = { atMs: clock.now(), monotonicMs: clock.monotonic() };
    }
  }

  /** What witnesses say takes its turn too: of a tree that was not read yet, it makes us read on first. */
  #count(cosigned: string, signal: AbortSignal): Promise<boolean> {
    return this.#takeTurn(async () => {
      const [size, kept] = [sizeOf(cosigned) ?? 0, this.#log.checkpoint?.size ?? 0];
      const claim = { checkpoint: cosigned, atLeast: 0 };
      if (size > kept) return this.#read(claim, signal);
      // Of the very tree we hold: another root under it is a proof of fraud, and kept as one.
      const doubt = size === kept ? await this.#log.accept(claim, signal).then(() => undefined, asCoded) : undefined;
      if (doubt !== undefined) {
        this.#raise(doubt);
        return false;
      }
      const isNews = await this.#cosignatures.count(cosigned);
      if (isNews) this.#publish();
      return isNews;
    });
  }

  /** A source that has nothing of this kind, or none to give, has failed in nothing else. */
  async #fetchCosigned(signal: AbortSignal): Promise<void> {
    if (!this.#cosignatures.isAsked()) return;
    try {
      const cosigned = await this.#source.fetchCosigned?.(signal);
      if (cosigned !== undefined) await this.#count(cosigned, signal);
    } catch (error) {
      if (!signal.aborted) this.#raise(error);
    }
  }

  #takeTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #onFolded(count: number): Promise<void> {
    // What the log meant long ago is nobody's business while it is refolded.
    if (!this.#isLoading) this.#publish();
    if (count > MAX_ENTRIES_WITHOUT_REST) await this.#options.clock.sleep(0, this.#lifetime.signal);
  }

  #publish(): void {
    const witnessed = this.#cosignatures.word();
    const confirmed = witnessed === undefined ? {} : { witnessed };
    const { position } = this.#log.state;
    if (position?.size === this.#view?.position.size && position?.log === this.#view?.position.log) {
      // The same network, confirmed anew: nobody who waits for it to change is woken.
      if (this.#view !== undefined && witnessed?.time !== undefined) this.#view = { ...this.#view, ...confirmed };
      return;
    }
    const published = publishView(this.#log.state, this.#view);
    if (published === undefined) return;
    const view = { ...published, ...confirmed };
    this.#view = view;
    for (const listener of [...this.#listeners]) {
      try {
        listener(view);
      } catch (error) {
        // One room's fault is not another's.
        this.#raise(error);
      }
    }
    this.#sizes.settle();
  }

  #raise(error: unknown): void {
    const { code } = this.#alarms.raise(error, this.#options.clock.now());
    if (code === 'feed.fork') this.#contradiction = code;
    if (!HALTING.has(code) || this.#phase === 'halted') return;
    this.#phase = 'halted';
    this.#lifetime.abort(
      new CodedError('follower.halted', 'This follower has stopped at a log that is wrong.', { code }),
    );
  }

  #silentForMs(): number | undefined {
    return this.#heard === undefined ? undefined : this.#options.clock.monotonic() - this.#heard.monotonicMs;
  }

  #tickMs(): number {
    return this.#view?.rulebook?.body.tickMs ?? UNKNOWN_TICK_MS;
  }

  #backoffMs(failures: number): number {
    return failures === 0 ? 0 : this.#spread(this.#maxBackoffMs(failures));
  }

  #maxBackoffMs(failures: number): number {
    return this.#tickMs() * Math.min(this.#bounds.maxBackoffTicks, 2 ** Math.min(failures - 1, 16));
  }

  #spread(withinMs: number): number {
    return jitter(this.#options.entropy, withinMs);
  }
}
