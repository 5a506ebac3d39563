import { isCodedError } from '@holdfast/core';
import { type BoundedMap, createBoundedMap } from '../bounded-map.ts';
import type { Clock } from '../verify/clock.ts';
import { admit, afterAnswer, afterFailure, type Breaker, CLOSED } from './breaker.ts';
import type { CheckConfig } from './check-policy.ts';
import type { CheckResultStore, KeptResult } from './check-result-store.ts';
import type { CheckQuestion, ExternalCheck } from './external-check.ts';
import { EMPTY_POOL, enterPool, leavePool, leaveQueue, type Pool } from './pool.ts';

/** What became of a question: an answer, a promise of one, or the code of why there is none. */
export type LaneAnswer = KeptResult | { readonly why: string; readonly by?: number };

export type LaneStatus = {
  readonly running: number;
  readonly waiting: number;
  readonly breaker: Breaker['state'];
  /** Milliseconds until it is tried again, while it is open. */
  readonly retryInMs?: number;
  readonly kept: number;
  /** Questions that reached the checker since this lane was opened. */
  readonly asked: number;
};

/** Everything one check has to itself: what it costs others when it hangs is nothing, because nothing is shared. */
export type Lane = {
  readonly config: CheckConfig;
  /** The newest result for a credential, however old. */
  kept(credential: string): KeptResult | undefined;
  keep(credential: string, result: KeptResult): void;
  /** The last that was kept before this process began, where results are stored; undefined when it cannot be had. Never throws. */
  readonly load?: (credential: string) => Promise<KeptResult | undefined>;
  /** The answer to come for a credential that was asked about, and by when (monotonic ms) it comes. */
  underWay(credential: string): Flight | undefined;
  /** Asks, or joins who has asked. Always answers, at the latest when the time budget of the check is over. */
  ask(question: Omit<CheckQuestion, 'deadlineMs'>): Flight;
  status(): LaneStatus;
};

export type Flight = { readonly answer: Promise<LaneAnswer>; readonly endsAtMs: number };

export type LaneOptions = {
  readonly config: CheckConfig;
  readonly check: ExternalCheck;
  readonly clock: Clock;
  readonly entropy: (length: number) => Uint8Array;
  /** Where results outlive the process. */
  readonly stored?: Pick<CheckResultStore, 'keep' | 'read'>;
  /** By which setting they are found there again. */
  readonly digest: string;
  /** Told of every question that has ended: who waits for one does not have to look again and again. */
  readonly onSettled?: (check: string, credential: string) => void;
};

/** Results kept for each check; those used longest ago go first, and are asked for again. */
const MAX_KEPT = 10_000;

/**
 * One check's own pool, queue, time budget, breaker and results. The deciding is in `pool.ts` and `breaker.ts`; here is
 * only what waits.
 */
export function createLane(options: LaneOptions): Lane {
  const { config, check, clock, entropy, digest } = options;
  // A review is kept by whoever opens it, and may be decided anew.
  const stored = config.kind === 'review' ? undefined : options.stored;
  const results: BoundedMap<string, KeptResult> = createBoundedMap({ maxEntries: MAX_KEPT });
  /** At most as many as are in the pool and wait for it. */
  const flights = new Map<string, Flight>();
  /** Who waits for a place, the longest first; its size is the pool's `waiting`, at most the check's `queue`. */
  const queue = new Set<() => void>();
  let pool: Pool = EMPTY_POOL;
  let breaker: Breaker = CLOSED;
  let asked = 0;

  /** Nobody waits for it to be durable: what is lost is asked again. */
  function keep(credential: string, result: KeptResult): void {
    results.set(credential, result);
    void stored?.keep(digest, credential, result, clock.now()).catch(() => undefined);
  }

  async function load(from: Pick<CheckResultStore, 'read'>, credential: string): Promise<KeptResult | undefined> {
    const found = await from.read(digest, credential).catch(() => undefined);
    // While it was read, somebody may have been asked.
    if (found !== undefined && results.get(credential) === undefined) results.set(credential, found);
    return results.get(credential);
  }

  /** True once there is a place; false when the time is over before. */
  function awaitPlace(until: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const enter = () => {
        queue.delete(enter);
        until.removeEventListener('abort', giveUp);
        resolve(true);
      };
      const giveUp = () => {
        if (!queue.delete(enter)) return;
        pool = leaveQueue(pool);
        resolve(false);
      };
      queue.add(enter);
      until.addEventListener('abort', giveUp, { once: true });
    });
  }

  function leave(): void {
    const left = leavePool(pool);
    pool = left.pool;
    const [next] = queue;
    if (left.isNextIn) next?.();
  }

  /** With a place in the pool. The breaker is asked only now: while one waited, it may have opened. */
  async function call(question: CheckQuestion, signal: AbortSignal): Promise<LaneAnswer> {
    const admitted = admit(breaker, clock.monotonic());
    breaker = admitted.breaker;
    if (!admitted.isAdmitted) return { why: 'check.open' };
    asked += 1;
    try {
      const answer = await unlessAborted(check.ask(question, signal), signal);
      breaker = afterAnswer(breaker);
      if (answer.state === 'pending') return { why: 'check.pending', by: answer.by };
      const proof = answer.proof === undefined ? {} : { proof: answer.proof };
      // A checker whose clock is ahead would otherwise stay young for ever.
      const asOf = Math.min(answer.asOf, clock.now());
      return { found: { ok: true, result: answer.state, asOf, source: check.source, ...proof } };
    } catch (error) {
      breaker = afterFailure(breaker, clock.monotonic(), spreadOf(entropy(2)));
      return { why: signal.aborted ? 'check.silent' : reasonOf(error) };
    }
  }

  async function fly(question: Omit<CheckQuestion, 'deadlineMs'>): Promise<LaneAnswer> {
    const entered = enterPool(pool, config);
    pool = entered.pool;
    if (entered.place === 'full') return { why: 'check.busy' };
    const startedAtMs = clock.monotonic();
    const abort = new AbortController();
    const rest = new AbortController();
    const late = () => abort.abort(new DOMException('The time of this check is over.', 'TimeoutError'));
    void clock.sleep(config.timeoutMs, rest.signal).then(late, () => undefined);
    try {
      if (entered.place === 'wait' && !(await awaitPlace(abort.signal))) return { why: 'check.busy' };
      const deadlineMs = Math.floor(config.timeoutMs - (clock.monotonic() - startedAtMs));
      try {
        // A place that comes with no time left is none: nothing is sent that nobody could answer.
        if (deadlineMs < 1) return { why: 'check.busy' };
        return await call({ ...question, deadlineMs }, abort.signal);
      } finally {
        leave();
      }
    } finally {
      rest.abort();
    }
  }

  return {
    config,
    kept: (credential) => results.get(credential),
    keep,
    ...(stored === undefined ? {} : { load: (credential: string) => load(stored, credential) }),
    underWay: (credential) => flights.get(credential),
    ask(question) {
      const { credential } = question;
      const joined = flights.get(credential);
      if (joined !== undefined) return joined;
      const answer = fly(question).then((answered) => {
        flights.delete(credential);
        if ('found' in answered) keep(credential, answered);
        // A review that still waits is no news, or whoever looks because of news would make the next.
        if ('found' in answered || config.kind !== 'review') options.onSettled?.(config.id, credential);
        return answered;
      });
      const flight = { answer, endsAtMs: clock.monotonic() + config.timeoutMs };
      flights.set(credential, flight);
      return flight;
    },
    status() {
      const retryInMs =
        breaker.state === 'open' ? Math.max(0, Math.round(breaker.until - clock.monotonic())) : undefined;
      return {
        ...pool,
        breaker: breaker.state,
        ...(retryInMs === undefined ? {} : { retryInMs }),
        kept: results.size,
        asked,
      };
    },
  };
}

function reasonOf(error: unknown): string {
  return isCodedError(error) && error.code === 'check.answer-invalid' ? 'check.answer_invalid' : 'check.unreachable';
}

function spreadOf([high = 0, low = 0]: Uint8Array): number {
  return (256 * high + low) / 65_536;
}

/** A checker that does not listen to its signal keeps nobody. */
async function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  work.catch(() => undefined);
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
