import { assert, CodedError, type NetworkState, type NetworkView, type Position } from '@holdfast/core';
import { type Alarms, createAlarms } from './alarms.ts';
import { boundFormer, boundSource } from './bounded-source.ts';
import { linkSignal } from './deadline.ts';
import type { FeedSource } from './feed-source.ts';
import { createFollowedLogs, type FollowedLogs } from './followed-logs.ts';
import { DEFAULT_FOLLOWER_BOUNDS, type FollowerBounds } from './follower-bounds.ts';
import type { FollowerHealth, FollowerOptions, FollowerPhase } from './follower-options.ts';
import { assertNoKeptFork } from './fraud-making.ts';
import { jitter } from './jitter.ts';
import type { KeptCosignatures } from './kept-cosignatures.ts';
import type { Claim, KeptLog } from './kept-log.ts';
import type { PastLog } from './past-log.ts';
import { asCoded, sizeOf } from './proved-entries.ts';
import { publishView } from './published-view.ts';
import { createSizeQueue, type SizeQueue } from './size-queue.ts';
import { readStream } from './stream.ts';

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
  /** Whether a position of this log or one before it, no further than was read, is of no history read here. A stranger's word: no alarm. */
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
  /**
   * One catch-up: reads on to the network's latest checkpoint. Throws `feed.*`; every failure is an alarm too. Halted, it only
   * looks whether the network goes on in another log, and throws `follower.halted` when it does not.
   */
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
  readonly #listeners = new Set<ViewListener>(); // At most one for each part of this process that listens.
  readonly #lifetime = new AbortController();
  /** Ends where the log is wrong; in a log that succeeds it reading begins anew. */
  #reading = new AbortController();
  #phase: FollowerPhase = 'starting';
  #view: NetworkView | undefined;
  #heard: { readonly atMs: number; readonly monotonicMs: number } | undefined;
  #contradiction: string | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #running: Promise<void> | undefined;
  #isLoading = false;

  readonly isElsewhere = (position: Position) => this.#logs.isElsewhere(position);
  constructor(options: FollowerOptions, bounds: FollowerBounds) {
    const { clock } = options;
    this.#options = options;
    this.#bounds = bounds;
    this.#source = boundSource(options.source, clock, bounds.sourceTimeoutMs);
    this.#alarms = createAlarms(options.report ?? (() => undefined));
    this.#logs = createFollowedLogs({
      ...options,
      ...bounds,
      source: this.#source,
      formerLogs: (options.formerLogs ?? []).map((copy) => boundFormer(copy, clock, bounds.sourceTimeoutMs)),
      beginAt: options.beginAt ?? 'genesis',
      policy: options.witnesses,
      onFolded: (count) => this.#onFolded(count),
      onDoubt: (error) => this.#raise(error),
      raise: (error) => this.#raise(error),
    });
    this.#sizes = createSizeQueue({
      clock,
      lifetime: this.#lifetime.signal,
      isOver: () => this.#phase === 'halted',
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
    const stop = () => this.#end(signal.reason);
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
    if (this.#phase === 'halted') return this.#lookForSuccessor(signal);
    const reading = this.#reading.signal;
    const { controller, release } = linkSignal(signal);
    const stop = () => controller.abort(reading.reason);
    reading.addEventListener('abort', stop, { once: true });
    try {
      reading.throwIfAborted();
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
      reading.removeEventListener('abort', stop);
    }
  }

  /** Of a log that is wrong nothing more is read; of the address where it was, only whether a quorum has opened another. */
  async #lookForSuccessor(signal: AbortSignal): Promise<void> {
    this.#lifetime.signal.throwIfAborted();
    if (this.#options.successors === undefined) throw halted();
    const checkpoint = await this.#source.fetchCheckpoint(signal);
    if (!this.#logs.isOfAnother(checkpoint)) throw halted();
    await this.#takeTurn(() => this.#goOver(checkpoint, signal)).catch((error: unknown) => {
      if (!signal.aborted) this.#raise(error);
      throw error;
    });
  }

  async #goOver(checkpoint: string, signal: AbortSignal): Promise<void> {
    // Somebody else's pull may have gone over meanwhile.
    if (this.#phase !== 'halted') return;
    const before = this.#log;
    try {
      await this.#read({ checkpoint, atLeast: 0 }, signal);
    } finally {
      if (this.#log !== before) {
        this.#phase = 'pulling';
        this.#contradiction = undefined;
        this.#reading = new AbortController();
      }
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
    this.#end(new CodedError('follower.closed', 'This follower has been closed.'));
    await this.#running;
    await this.#turn;
  }

  #end(reason: unknown): void {
    this.#lifetime.abort(reason);
    this.#reading.abort(reason);
  }

  async #run(): Promise<void> {
    while (!this.#lifetime.signal.aborted) {
      if (this.#phase !== 'halted') await this.#readOn(this.#reading.signal);
      else if (this.#options.successors === undefined) return;
      else await this.#awaitSuccessor().catch(() => undefined);
    }
  }

  /** Asks as seldom as one does who fails all the time: whoever lies is asked no more than whoever is away. */
  async #awaitSuccessor(): Promise<void> {
    const { signal } = this.#lifetime;
    const betweenMs = this.#tickMs() * this.#bounds.maxBackoffTicks;
    await this.#options.clock.sleep(betweenMs - this.#spread(betweenMs / 2), signal);
    await this.pull(signal);
  }

  /** Streams while there is a stream; pulls, spread out, while there is none. */
  async #readOn(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    let failures = 0;
    while (!signal.aborted) {
      const before = this.#log.checkpoint?.size;
      try {
        await this.#readStream(failures === 0 ? this.#bounds.silentTicks : 1, signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#raise(error);
      }
      if (this.#phase === 'streaming') this.#phase = 'pulling';
      failures = this.#log.checkpoint?.size === before ? failures + 1 : 0;
      const reconnectAtMs = clock.monotonic() + this.#backoffMs(failures);
      await this.#pullUntil(reconnectAtMs, signal).catch(() => undefined);
    }
  }

  #readStream(patienceTicks: number, reading: AbortSignal): Promise<never> {
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
      reading,
    );
  }

  /** Pulls at least once, then once a tick until then, each at a random moment, less often while it fails. */
  async #pullUntil(endMs: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
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
    return this.#takeTurn(() => {
      this.#reading.signal.throwIfAborted();
      return this.#read(claim, signal);
    });
  }

  async #read(claim: Claim, signal: AbortSignal): Promise<boolean> {
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
      this.#reading.signal.throwIfAborted();
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
    this.#reading.abort(halted(code));
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

function halted(code?: string): CodedError {
  const details = code === undefined ? {} : { code };
  return new CodedError('follower.halted', 'This follower has stopped at a log that is wrong.', details);
}
