import { assert, CodedError, expirePending, isCodedError, type LedgerChanges, type TransferId } from '@holdfast/core';
import { linkSignal } from '@holdfast/verifier';
import type { Clock } from '../../ports/clock.ts';
import { MAX_LEDGER_BATCH } from '../../ports/ledger.ts';
import type { LedgerFence, LedgerStore } from '../../ports/ledger-store.ts';
import { SILENT, type Signals } from '../../seeing/signals.ts';
import { type FoldedBatch, foldCalls, touchedBy } from './batch.ts';
import { CallQueue, type LedgerCall } from './call-queue.ts';
import { LedgerTime } from './ledger-time.ts';
import { createRecentChanges, type RecentChanges } from './recent-changes.ts';

export type LedgerBounds = {
  /** Accounts or transfers in one commit. */
  readonly maxBatch: number;
  /** Accounts and transfers that wait at once. */
  readonly maxWaiting: number;
  /** Accounts whose balances are at hand, so that they are not read again; up to twice as many. About half a KiB each. */
  readonly maxRemembered: number;
  /** How long a call may wait for its answer. */
  readonly maxWaitMs: number;
  /** See `LedgerTime`. */
  readonly maxClockStepMs: number;
};

/**
 * `waiting`: the store does not answer; calls wait for it and give up in time. `fenced`: a later writer has taken over.
 * `halted`: an invariant does not hold.
 */
export type LedgerStatus = 'starting' | 'running' | 'waiting' | 'fenced' | 'halted' | 'stopped';

export type LedgerWriterOptions = {
  readonly clock: Clock;
  readonly store: LedgerStore;
  readonly bounds: LedgerBounds;
  readonly report: (event: { readonly code: string; readonly detail: string }) => void;
  /** Told of what has happened; without it nobody is. */
  readonly signals?: Signals;
};

/** What is to be committed under one fence: exactly this, as often as it takes, so that it lands once. */
type Attempt = FoldedBatch & { readonly fence: LedgerFence; readonly calls: readonly LedgerCall[] };

const FIRST_BACKOFF_MS = 50;
const LONGEST_BACKOFF_MS = 1000;
/** Whoever posts within so many attempts after the reserve is spared the reading; two would be enough to be right. */
const REMEMBERED_ATTEMPTS = 8;
/** A clock set forward is noticed after this long at the latest. */
const LONGEST_REST_MS = 10_000;

/**
 * The one writer of a ledger. It reads what a batch touches, folds the batch, and commits it under its fence; while one
 * commit is under way it prepares the next, if that is full, over what the first will leave. An attempt is never given up
 * or changed: whoever prepares over it may rely on it.
 */
export class LedgerWriter implements AsyncDisposable {
  readonly #options: LedgerWriterOptions;
  readonly #queue: CallQueue;
  readonly #time: LedgerTime;
  readonly #recent: RecentChanges;
  readonly #lifetime = new AbortController();
  /** Calls that are part of an attempt and not answered yet: at most two batches. */
  readonly #sent = new Set<LedgerCall>();
  #status: LedgerStatus = 'starting';
  #why: string | undefined;
  #running: Promise<void> | undefined;
  /** The fence of the next attempt: good once the one under way is durable. */
  #fence: LedgerFence = { epoch: 0, batch: 0, time: 0 };
  #underWay: Promise<void> | undefined;
  #nextExpiryAt = Number.POSITIVE_INFINITY;
  #hasExpired = false;
  #wake: () => void = () => {};

  constructor(options: LedgerWriterOptions) {
    this.#options = options;
    this.#queue = new CallQueue(options.bounds.maxWaiting);
    this.#recent = createRecentChanges(options.store, mostRemembered(options.bounds));
    this.#time = new LedgerTime(options.clock, options.bounds.maxClockStepMs, (fault) =>
      options.report({ code: fault, detail: 'The clock of this machine does not agree with the time of the ledger.' }),
    );
  }

  get status(): LedgerStatus {
    return this.#status;
  }

  /** Code of what it waits for; undefined while it does not wait. */
  get why(): string | undefined {
    return this.#status === 'waiting' ? this.#why : undefined;
  }

  get waiting(): number {
    return this.#queue.waiting + [...this.#sent].reduce((sum, { items }) => sum + items.length, 0);
  }

  get fence(): LedgerFence {
    return this.#fence;
  }

  /** Takes the fence, which ends every earlier writer of this ledger, and goes on until the signal aborts. */
  async start(signal: AbortSignal): Promise<void> {
    assert(this.#running === undefined && this.#status === 'starting', 'a ledger is started once');
    signal.addEventListener('abort', () => this.#lifetime.abort(), { once: true });
    if (signal.aborted) this.#lifetime.abort();
    const { store } = this.#options;
    this.#fence = await store.takeFence();
    this.#nextExpiryAt = (await store.readExpiries(1))[0]?.expiresAt ?? Number.POSITIVE_INFINITY;
    this.#status = 'running';
    this.#running = this.#run();
  }

  /** Puts a call into the queue; it is answered or rejected within `maxWaitMs`. */
  submit(call: LedgerCall): void {
    if (this.#status === 'starting') throw new CodedError('ledger.starting', 'This ledger is still starting.');
    if (this.#lifetime.signal.aborted || this.#isOver()) throw this.#closed();
    this.#queue.push(call);
    void this.#giveUpInTime(call);
    this.#wake();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lifetime.abort();
    const { clock, bounds } = this.#options;
    const over = new AbortController();
    // A store that never answers must not keep a process from ending.
    await Promise.race([this.#running, clock.sleep(bounds.maxWaitMs, over.signal).catch(() => undefined)]);
    over.abort();
    this.#close();
  }

  /** Tells everybody who still waits that nothing more will come. */
  #close(): void {
    if (!this.#isOver()) this.#status = 'stopped';
    this.#lifetime.abort();
    const error = this.#closed();
    for (const call of this.#sent) call.reject(this.#status === 'stopped' ? unknownOutcome() : error);
    this.#sent.clear();
    this.#queue.rejectAll(error);
  }

  #isOver(): boolean {
    return ['fenced', 'halted', 'stopped'].includes(this.#status);
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#lifetime.signal.aborted) {
      try {
        await this.#step();
        failures = 0;
      } catch (error) {
        if (this.#lifetime.signal.aborted) break;
        if (await this.#end(error)) break;
        failures += 1;
        await this.#backOff(failures, error);
      }
    }
    await this.#underWay?.catch(() => undefined);
    this.#close();
  }

  /**
   * Whether the writer cannot go on: it is fenced out, or what it stands on is not what it believed. Of a rival's work it
   * may have seen a half, so before it calls the ledger wrong it asks whose the ledger is.
   */
  async #end(error: unknown): Promise<boolean> {
    if (isCodedError(error) && error.code !== 'ledger.fenced') return false;
    const { store, report } = this.#options;
    const isFenced =
      isCodedError(error) || (await store.readHead().then(({ epoch }) => epoch !== this.#fence.epoch, no));
    this.#status = isFenced ? 'fenced' : 'halted';
    report({ code: `ledger.${this.#status}`, detail: error instanceof Error ? error.message : String(error) });
    (this.#options.signals ?? SILENT).partStopped({ part: 'ledger', why: `ledger.${this.#status}` });
    return true;
  }

  async #step(): Promise<void> {
    const attempt = await this.#prepare();
    await this.#settle();
    this.#status = 'running';
    if (attempt === undefined) {
      await this.#rest();
      return;
    }
    const done = this.#commit(attempt);
    // Its failure is met where it is waited for.
    done.catch(() => undefined);
    this.#underWay = done;
  }

  /** Waits for the commit that is under way. */
  async #settle(): Promise<void> {
    await this.#underWay;
    this.#underWay = undefined;
  }

  async #prepare(): Promise<Attempt | undefined> {
    const { bounds } = this.#options;
    const now = this.#time.read(this.#fence.time);
    const isTurn = !this.#hasExpired || this.#queue.waiting === 0;
    if (now >= this.#nextExpiryAt && isTurn && this.#underWay === undefined) {
      const expired = await this.#prepareExpiry(now);
      if (expired !== undefined) return expired;
    }
    // A batch that is not full waits for the commit under way: more will have come by then.
    if (this.#underWay !== undefined && this.#queue.waiting < bounds.maxBatch) return undefined;
    const group = this.#queue.firstOf(bounds.maxBatch);
    if (group.length === 0) return undefined;
    this.#hasExpired = false;
    const view = { time: this.#fence.time, ...(await this.#recent.readView(touchedBy(group))) };
    // Whoever gave up meanwhile was told that nothing was done.
    const calls = group.filter((call) => this.#queue.has(call));
    if (calls.length === 0) return undefined;
    const folded = foldCalls(view, calls, now);
    for (const call of calls) {
      this.#queue.take(call);
      this.#sent.add(call);
    }
    return { ...this.#next(folded.changes), deliver: folded.deliver, calls };
  }

  /** What has expired is freed a batch at a time, in turn with what waits. */
  async #prepareExpiry(now: number): Promise<Attempt | undefined> {
    const { bounds, store } = this.#options;
    const expiries = await store.readExpiries(bounds.maxBatch);
    const due = expiries.filter(({ expiresAt }) => expiresAt <= now);
    this.#nextExpiryAt = expiries[due.length]?.expiresAt ?? Number.POSITIVE_INFINITY;
    if (due.length === 0) return undefined;
    if (due.length === bounds.maxBatch) this.#nextExpiryAt = now;
    const transfers: TransferId[] = due.map(({ id }) => id);
    const view = { time: this.#fence.time, ...(await store.readView({ accounts: [], transfers, assets: [] })) };
    const changes = expirePending(view, now);
    assert(changes.ended.length === due.length, 'what is due and pending expires');
    this.#hasExpired = true;
    return { ...this.#next(changes), deliver: () => undefined, calls: [] };
  }

  /** The present fence goes to these changes; the next one is what they leave behind. */
  #next(changes: LedgerChanges): { readonly fence: LedgerFence; readonly changes: LedgerChanges } {
    const fence = this.#fence;
    this.#recent.add(changes);
    this.#fence = { epoch: fence.epoch, batch: fence.batch + 1, time: changes.time };
    return { fence, changes };
  }

  /** Sends the attempt until it is durable, the writer is fenced out, or it is told to stop. */
  async #commit(attempt: Attempt): Promise<void> {
    const { store } = this.#options;
    for (let failures = 0; ; ) {
      try {
        // A commit that failed in between may be durable all the same: the head knows.
        if (failures === 0 || !(await this.#hasLanded(attempt))) await store.commit(attempt.fence, attempt.changes);
        break;
      } catch (error) {
        const isFinal = !isCodedError(error) || error.code === 'ledger.fenced' || this.#lifetime.signal.aborted;
        if (isFinal) throw error;
        failures += 1;
        await this.#backOff(failures, error);
        this.#lifetime.signal.throwIfAborted();
      }
    }
    this.#noteExpiries(attempt.changes);
    attempt.deliver();
    tellChanges(this.#options.signals ?? SILENT, attempt.changes);
    for (const call of attempt.calls) this.#sent.delete(call);
  }

  async #hasLanded({ fence }: Attempt): Promise<boolean> {
    const head = await this.#options.store.readHead();
    if (head.epoch !== fence.epoch) {
      throw new CodedError('ledger.fenced', 'A later writer has taken over this ledger.', { epoch: fence.epoch });
    }
    assert(head.batch === fence.batch || head.batch === fence.batch + 1, 'nobody else commits under our fence');
    return head.batch > fence.batch;
  }

  #noteExpiries({ created }: LedgerChanges): void {
    for (const { state, command } of created) {
      if (state !== 'pending' || !('expiresAt' in command) || command.expiresAt === undefined) continue;
      this.#nextExpiryAt = Math.min(this.#nextExpiryAt, command.expiresAt);
    }
  }

  /** A call whose time has come is told so: nothing was done while it waited, and nobody knows once it was sent. */
  async #giveUpInTime(call: LedgerCall): Promise<void> {
    const { clock, bounds } = this.#options;
    await clock.sleep(bounds.maxWaitMs, call.settled).catch(() => undefined);
    if (this.#queue.take(call)) {
      call.reject(this.#status === 'waiting' ? unavailable() : tooLate());
    } else if (this.#sent.delete(call)) {
      call.reject(unknownOutcome());
    }
  }

  /** Sleeps until something expires, or until a call comes; not while there is something to do. */
  async #rest(): Promise<void> {
    const { clock } = this.#options;
    const untilExpiryMs = this.#nextExpiryAt - this.#time.read(this.#fence.time);
    if (untilExpiryMs <= 0 || this.#queue.waiting > 0) return;
    const { controller, release } = linkSignal(this.#lifetime.signal);
    this.#wake = () => controller.abort();
    await clock.sleep(Math.min(LONGEST_REST_MS, untilExpiryMs), controller.signal).catch(() => undefined);
    release();
  }

  async #backOff(failures: number, error: unknown): Promise<void> {
    this.#status = 'waiting';
    this.#why = isCodedError(error) ? error.code : 'ledger.fault';
    const { clock, report } = this.#options;
    report({ code: this.#why, detail: String(error) });
    const durationMs = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(failures, 10));
    await clock.sleep(durationMs, this.#lifetime.signal).catch(() => undefined);
  }

  #closed(): CodedError {
    switch (this.#status) {
      case 'fenced':
        return new CodedError('ledger.fenced', 'A later writer has taken over this ledger: repeat with that one.');
      case 'halted':
        return new CodedError(
          'ledger.halted',
          'This ledger found itself wrong and writes nothing until an operator has looked.',
        );
      default:
        return new CodedError('ledger.stopped', 'This ledger takes nothing any more. Nothing was done; repeat later.');
    }
  }
}

function tellChanges(signals: Signals, { created, ended }: LedgerChanges): void {
  const refused = created.filter(({ state }) => state === 'refused').length;
  if (created.length > 0) signals.transfersRecorded({ recorded: created.length - refused, refused });
  const expired = ended.filter(({ state }) => state === 'expired').length;
  if (expired > 0) signals.reservesExpired({ count: expired });
}

/** One transfer touches two accounts, and besides itself the reserve that it ends. */
function mostRemembered({ maxBatch, maxRemembered }: LedgerBounds) {
  const transfers = REMEMBERED_ATTEMPTS * 2 * Math.max(maxBatch, MAX_LEDGER_BATCH);
  return { transfers, accounts: Math.max(transfers, maxRemembered) };
}

function no(): false {
  return false;
}

function tooLate(): CodedError {
  return new CodedError(
    'ledger.overloaded',
    'This has waited too long for the ledger. Nothing was done; repeat later.',
  );
}

function unavailable(): CodedError {
  return new CodedError(
    'ledger.unavailable',
    'The store of the ledger does not answer. Nothing was done; repeat later.',
  );
}

function unknownOutcome(): CodedError {
  return new CodedError(
    'ledger.outcome-unknown',
    'The ledger has not heard whether this was recorded. Repeat it with the same ids: the answer will be the true one.',
  );
}
