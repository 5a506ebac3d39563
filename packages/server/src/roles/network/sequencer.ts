import {
  assert,
  CodedError,
  isCodedError,
  type NetworkState,
  type PublicJwk,
  parseStatement,
  type StatementParse,
  type Vkey,
} from '@holdfast/core';
import {
  askAhead,
  createSnapshotKeeper,
  linkSignal,
  MAX_ENTRIES_PER_EPOCH,
  type SignatureEngine,
  type SignedCheckpoint,
  type SnapshotStore,
  type Tried,
  tryEntries,
} from '@holdfast/verifier';
import type { Clock } from '../../ports/clock.ts';
import type { LogStore } from '../../ports/log-store.ts';
import type { AppendReceipt } from '../../ports/network.ts';
import type { Signer } from '../../ports/signer.ts';
import { SILENT, type Signals } from '../../seeing/signals.ts';
import { AppendQueue, type PendingAppend } from './append-queue.ts';
import { DurableLog } from './durable-log.ts';
import { readNetworkKey, signEpoch } from './epoch-signing.ts';
import { nextEpochTime } from './epoch-time.ts';
import { createNextLogKey, findLogKey } from './log-keys.ts';
import { assertOutsiders, isUnknown, isWaitedFor, refusedStatement } from './refused-statement.ts';
import { closed, endsWith, isConflict } from './stopping.ts';

export type SequencerBounds = {
  /** Appends that wait at once. */
  readonly maxWaiting: number;
  /** How long one may wait. */
  readonly maxWaitMs: number;
  /** Statements in one append. */
  readonly maxBatch: number;
  /** After a decision or a list the next epoch comes at once, or so long after the one before. */
  readonly promptEpochMs: number;
  /** See `nextEpochTime`. */
  readonly maxClockStepMs: number;
  /** From one snapshot of the fold to the next. */
  readonly entriesPerSnapshot: number;
  /** How often the store is looked at for what another sequencer of this log has appended. Without it: after a conflict. */
  readonly watchMs?: number;
};

export type SequencerOptions = {
  readonly clock: Clock;
  readonly signer: Signer;
  readonly store: LogStore;
  readonly snapshots?: SnapshotStore | undefined;
  readonly engine: SignatureEngine;
  /** Entry 0 for a store that is empty; the entry 0 of one that is not. */
  readonly genesis?: string;
  /** Of a log that succeeds another: its state at the position that the first entry, a `succession`, names. */
  readonly predecessor?: NetworkState;
  readonly bounds: SequencerBounds;
  readonly report: (event: { readonly code: string; readonly detail: string }) => void;
  /** Told of what has happened; without it nobody is. */
  readonly signals?: Signals;
  /** Called after each epoch is durable; `entries` are those since the epoch before, that epoch's own included. */
  readonly onEpoch: (checkpoint: SignedCheckpoint, from: number, entries: readonly string[] | undefined) => void;
};

/** Appends that go into one write. */
type Group = { readonly pending: PendingAppend; readonly tried: Tried }[];

export type SequencerState = 'starting' | 'running' | 'waiting' | 'stopped';

const FIRST_BACKOFF_MS = 50;
const LONGEST_BACKOFF_MS = 1000;
/** Who starts beside a busy sequencer finds the log moved on again and again before its first epoch is in it. */
const MAX_STARTS = 100;
/**
 * Puts statements into one order, one writer at a time, and mints the epochs. What it says yes to is durable; what it has
 * signed is not shown to anyone before it is durable, so a crash or a rival at the same store leaves no second history.
 */
export class Sequencer implements AsyncDisposable {
  readonly #options: SequencerOptions;
  readonly #log: DurableLog;
  readonly #queue: AppendQueue;
  readonly #lifetime = new AbortController();
  #status: SequencerState = 'starting';
  #key: PublicJwk | undefined;
  #running: Promise<void> | undefined;
  #wake: () => void = () => {};
  #clockFault: string | undefined;
  #why: string | undefined;
  #isBehind = false;
  #nextEpochAtMs = 0;
  #watchAtMs = 0;
  #mintedAtMs: number | undefined;
  readonly #signals: Signals;

  constructor(options: SequencerOptions) {
    this.#options = options;
    this.#signals = options.signals ?? SILENT;
    const onDoubt = (error: unknown) => this.#report(error);
    const { snapshots, bounds } = options;
    const keeper = createSnapshotKeeper({
      ...{ snapshots, every: bounds.entriesPerSnapshot, onDoubt },
      isFirstKept: options.predecessor !== undefined,
    });
    this.#log = new DurableLog(options.store, options.engine, keeper, options.predecessor);
    this.#queue = new AppendQueue(options.bounds);
  }

  get status(): SequencerState {
    return this.#status;
  }

  /** Code of what it waits for, or was stopped by; undefined while it runs. */
  get why(): string | undefined {
    return this.#why;
  }

  get state(): Readonly<NetworkState> {
    return this.#log.state;
  }

  get checkpoint(): SignedCheckpoint | undefined {
    return this.#log.checkpoint;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /** See `createNextLogKey`. */
  createLogKey(): Promise<Vkey> {
    this.#assertOpen();
    return createNextLogKey(this.#options.signer, this.#log.state);
  }

  get signal(): AbortSignal {
    return this.#lifetime.signal;
  }

  /** Refolds the store, makes the genesis the first entry of an empty one, and mints an epoch. */
  async start(signal: AbortSignal): Promise<void> {
    assert(this.#running === undefined, 'a network is started once');
    const stop = () => this.#lifetime.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#begin();
        break;
      } catch (error) {
        // Another sequencer starts at the same store: what it has written is read, and counts.
        if (attempt === MAX_STARTS || !isConflict(error)) throw error;
      }
    }
    this.#status = 'running';
    this.#running = this.#run();
  }

  async #begin(): Promise<void> {
    await this.#log.catchUp();
    await this.#found();
    const rulebook = this.#log.state.rulebook?.body;
    assert(rulebook !== undefined, 'a log begins with its rulebook');
    this.#key = await readNetworkKey(this.#options.signer, rulebook);
    await this.#mint();
  }

  async append(statements: readonly string[]): Promise<AppendReceipt> {
    this.#assertOpen();
    const { bounds, engine, clock } = this.#options;
    if (statements.length < 1 || statements.length > bounds.maxBatch) {
      throw new CodedError('statement.batch-size', `An append has 1 to ${bounds.maxBatch} statements.`);
    }
    if (new Set(statements).size !== statements.length) {
      throw new CodedError('statement.repeated', 'An append has one statement twice.', { why: 'repeated' });
    }
    this.#queue.assertRoom();
    const parses = statements.map(parseStatement);
    parses.forEach(assertOutsiders);
    if (parses.some(isRulebook)) {
      await this.#assertHoldsLogKeys(parses);
      this.#assertOpen();
      this.#queue.assertRoom();
    }
    const answers = askAhead(this.#log.state, parses, engine).catch(() => undefined);
    return new Promise((resolve, reject) => {
      this.#queue.push({ statements, parses, answers, queuedAtMs: clock.monotonic(), resolve, reject });
      this.#wake();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lifetime.abort(closed());
    await this.#running;
  }

  #assertOpen(): void {
    if (this.#status === 'starting') throw new CodedError('network.starting', 'This network is still starting.');
    if (this.#status === 'stopped') throw closed();
  }

  /** Of a log whose next key nobody holds the epoch in which it comes into force would be the end. */
  async #assertHoldsLogKeys(parses: readonly StatementParse[]): Promise<void> {
    for (const [at, parse] of parses.entries()) {
      if (!parse.ok || parse.statement.body.type !== 'rulebook') continue;
      const held = await findLogKey(this.#options.signer, parse.statement.body.body.log.vkey);
      if (held === undefined) throw refusedStatement(at, 'log-key');
    }
  }

  async #found(): Promise<void> {
    const { genesis, engine, store } = this.#options;
    if (this.#log.size > 0) {
      const [first] = await store.readEntries(0, 1);
      if (genesis === undefined || genesis === first) return;
      throw new CodedError('network.other-genesis', 'The store keeps the log of another network.');
    }
    if (genesis === undefined) throw new CodedError('network.no-genesis', 'An empty log needs a genesis.');
    const { results, restore } = await tryEntries(this.#log.state, [parseStatement(genesis)], { engine });
    try {
      if (results[0]?.ok !== true) {
        throw new CodedError('network.genesis-refused', 'This is not a genesis.', { ...results[0] });
      }
      await this.#log.appendTried([genesis]);
    } catch (error) {
      restore();
      throw error;
    }
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#lifetime.signal.aborted) {
      try {
        await this.#step();
        failures = 0;
        this.#status = 'running';
        this.#why = undefined;
      } catch (error) {
        if (this.#lifetime.signal.aborted) break;
        // Whatever became of it, the store knows.
        this.#isBehind = true;
        if (isConflict(error)) continue;
        this.#report(error);
        this.#why = isCodedError(error) ? error.code : undefined;
        if (endsWith(error, this.#signals)) break;
        failures += 1;
        this.#status = 'waiting';
        await this.#backOff(failures);
      }
    }
    this.#status = 'stopped';
    this.#lifetime.abort(closed());
    this.#queue.rejectAll(closed());
  }

  async #step(): Promise<void> {
    const { clock } = this.#options;
    this.#queue.expire(clock.monotonic());
    if (clock.monotonic() >= this.#watchAtMs) await this.#watch();
    if (this.#isBehind) {
      const before = this.#log.checkpoint?.size ?? 0;
      await this.#log.catchUp();
      this.#isBehind = false;
      if ((this.#log.checkpoint?.size ?? 0) > before) this.#onEpoch(before, undefined);
    }
    if (clock.monotonic() >= this.#nextEpochAtMs) await this.#mint();
    else if (this.#queue.length > 0) await this.#appendGroup();
    else await this.#rest(Math.min(this.#nextEpochAtMs, this.#watchAtMs) - clock.monotonic());
  }

  /** What another sequencer has appended is shown here as well; its epochs count as ours, so that one of us mints each tick. */
  async #watch(): Promise<void> {
    const { watchMs = Number.POSITIVE_INFINITY } = this.#options.bounds;
    this.#watchAtMs = this.#options.clock.monotonic() + watchMs;
    if (watchMs === Number.POSITIVE_INFINITY) return;
    const { size } = await this.#options.store.readHead();
    this.#isBehind ||= size > this.#log.size;
  }

  /** Sleeps until then, or until an append comes. */
  async #rest(durationMs: number): Promise<void> {
    const { controller, release } = linkSignal(this.#lifetime.signal);
    this.#wake = () => controller.abort();
    await this.#options.clock.sleep(durationMs, controller.signal).catch(() => undefined);
    release();
  }

  /** Not cut short by appends: whatever failed is not asked more often because more people want something. */
  async #backOff(failures: number): Promise<void> {
    const durationMs = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(failures, 10));
    await this.#options.clock.sleep(durationMs, this.#lifetime.signal).catch(() => undefined);
  }

  /** Makes the next epoch durable: it commits to the state of all entries before it. */
  async #mint(): Promise<void> {
    const { clock, signer, engine } = this.#options;
    const key = this.#key;
    assert(key !== undefined, 'the key of the epochs is known once the log is founded');
    const epoch = await signEpoch(this.#log.state, this.#epochTime(), { signer, engine, key });
    const entries = [...this.#log.uncovered, epoch.entry];
    const from = epoch.checkpoint.size - entries.length;
    await this.#log.appendEpoch(epoch);
    this.#signals.epochMinted({ size: epoch.checkpoint.size, entries: entries.length });
    this.#mintedAtMs = clock.monotonic();
    this.#onEpoch(from, entries);
  }

  #onEpoch(from: number, entries: readonly string[] | undefined): void {
    const { clock, onEpoch } = this.#options;
    const { checkpoint, state } = this.#log;
    this.#nextEpochAtMs = clock.monotonic() + (state.rulebook?.body.tickMs ?? 0);
    if (checkpoint !== undefined) onEpoch(checkpoint, from, entries);
  }

  #epochTime(): number {
    const { clock, bounds, report } = this.#options;
    const { time, fault } = nextEpochTime({
      now: clock.now(),
      last: this.#log.state.time,
      elapsedMs: this.#mintedAtMs === undefined ? undefined : clock.monotonic() - this.#mintedAtMs,
      maxStepMs: bounds.maxClockStepMs,
    });
    if (fault !== undefined && fault !== this.#clockFault) {
      report({
        code: fault,
        detail: 'The clock of this machine does not agree with the time of the log.',
      });
    }
    this.#clockFault = fault;
    return time;
  }

  /** Appends what waits, as much as fits before the next epoch, in one write. */
  async #appendGroup(): Promise<void> {
    const { first } = this.#queue;
    const room = MAX_ENTRIES_PER_EPOCH - 1 - this.#log.uncovered.length;
    if (first !== undefined && first.statements.length > room) {
      this.#nextEpochAtMs = this.#options.clock.monotonic();
      return;
    }
    const group: Group = [];
    try {
      await this.#collect(group, room);
      const statements = group.flatMap(({ pending }) => pending.statements);
      if (statements.length === 0) return;
      let index = this.#log.size;
      await this.#log.appendTried(statements);
      this.#signals.statementsAppended({ count: statements.length, size: this.#log.size });
      for (const { pending } of group) {
        pending.resolve({ index, count: pending.statements.length });
        index += pending.statements.length;
        this.#hasten(pending.parses);
      }
    } catch (error) {
      for (const { tried } of [...group].reverse()) tried.restore();
      // Nobody is told no while it may be durable: they are tried again, and a repeat is answered with its receipt.
      this.#queue.putBack(group.map(({ pending }) => pending));
      throw error;
    }
  }

  /** Tries what waits, one append after the other, until no more fits or one has to wait for the group to be durable. */
  async #collect(group: Group, room: number): Promise<void> {
    const { engine } = this.#options;
    const candidates = this.#queue.firstOf(room);
    const known = await this.#findUnknown(candidates);
    const taken = new Set<string>();
    for (const pending of candidates) {
      const { statements, parses } = pending;
      if (statements.some((statement) => known.has(statement))) {
        await this.#answerKnown(pending);
        continue;
      }
      const answers = await pending.answers;
      const tried = await tryEntries(this.#log.state, parses, {
        engine,
        ...(answers === undefined ? {} : { answers }),
      });
      const refused = tried.results.findIndex(({ ok }) => !ok);
      const isRepeat = statements.some((statement) => taken.has(statement));
      if (refused === -1 && !isRepeat) {
        this.#queue.take();
        group.push({ pending, tried });
        for (const statement of statements) taken.add(statement);
        continue;
      }
      tried.restore();
      // It may repeat what is in this very group: that is known once the group is durable.
      if (group.length > 0) return;
      if (!(await this.#answerKnown(pending))) this.#refuse(pending, tried, refused);
    }
  }

  /** Of the statements that the fold would take twice, those that the log has. */
  async #findUnknown(candidates: readonly PendingAppend[]): Promise<ReadonlySet<string>> {
    const asked = candidates.filter(({ parses }) => parses.some(isUnknown)).flatMap(({ statements }) => statements);
    if (asked.length === 0) return new Set();
    const found = await this.#log.find(asked);
    return new Set(asked.filter((_, i) => found[i] !== undefined));
  }

  /** Answers an append that the log has already: all of it with its receipt, a part of it with no. */
  async #answerKnown(pending: PendingAppend): Promise<boolean> {
    const { statements, resolve, reject } = pending;
    const found = await this.#log.find(statements);
    const at = found.findIndex((index) => index !== undefined);
    if (at === -1) return false;
    this.#queue.take();
    const [first] = found;
    // No statement is in the log twice, so a repeat has them all, next to each other.
    if (first !== undefined && found.every((index, i) => index === first + i)) {
      resolve({ index: first, count: statements.length });
      return true;
    }
    const sentence = 'The log has one of these statements already, without the others.';
    reject(new CodedError('statement.repeated', sentence, { at, why: 'repeated' }));
    return true;
  }

  #refuse({ reject }: PendingAppend, { results }: Tried, at: number): void {
    this.#queue.take();
    const result = results[at];
    const why = result?.ok === false ? result.why : 'unparsed';
    this.#signals.statementRefused({ why });
    reject(refusedStatement(at, why));
  }

  #hasten(parses: readonly StatementParse[]): void {
    if (!parses.some(isWaitedFor)) return;
    const { clock, bounds } = this.#options;
    const soon = Math.max(clock.monotonic(), (this.#mintedAtMs ?? Number.NEGATIVE_INFINITY) + bounds.promptEpochMs);
    this.#nextEpochAtMs = Math.min(this.#nextEpochAtMs, soon);
  }

  #report(error: unknown): void {
    const code = isCodedError(error) ? error.code : 'network.fault';
    this.#options.report({ code, detail: error instanceof Error ? error.message : String(error) });
  }
}

function isRulebook(parse: StatementParse): boolean {
  return parse.ok && parse.statement.body.type === 'rulebook';
}
