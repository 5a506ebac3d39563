import {
  type Answer,
  type Asked,
  applyAnswer,
  CodedError,
  encodeBase64url,
  judgeSend,
  MAX_ATTEMPTS,
  type RetryTarget,
  readAnswer,
  type SendJudgement,
  UNKNOWN_TARGET,
} from '@holdfast/core';
import { signsOf } from './retry-signs.ts';

export type Fetch = typeof globalThis.fetch;

/** What a request says of itself beside what `fetch` knows. */
export type RetryingInit = RequestInit & {
  /**
   * Why the request does no more when it arrives twice: `keyed`, an `Idempotency-Key` is made for it and goes with each
   * attempt; `named`, what it asks names itself, as an application does by its digest. Absent: only what reads, or carries
   * that header already, is tried again.
   */
  readonly repeats?: 'keyed' | 'named';
  /** On whose behalf, where one client speaks for many: who is shed is one person, not everybody. Never sent. */
  readonly handle?: string;
  /** From now, all attempts and waits together until an answer begins; what its body takes is the caller's to bound. */
  readonly deadlineMs?: number;
  /** Whether `Holdfast-Deadline-Ms` and `Holdfast-Attempt` go along; default what the client's `tells` says. */
  readonly tells?: boolean;
};

export type RetryingFetch = (input: string | URL | Request, init?: RetryingInit) => Promise<Response>;

export type RetryingFetchOptions = {
  readonly fetch?: Fetch;
  readonly clock?: RetryClock;
  readonly entropy?: { bytes(count: number): Uint8Array };
  /** Default 30 s. */
  readonly deadlineMs?: number;
  /** Until one attempt counts as lost; default the deadline. */
  readonly attemptMs?: number;
  /** Whether `Holdfast-Deadline-Ms` and `Holdfast-Attempt` go along: default yes. A stranger's CORS may refuse them. */
  readonly tells?: (url: string) => boolean;
};

export type RetryClock = {
  /** Unix milliseconds. */
  now(): number;
  /** Rejects with the signal's reason when it aborts first. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
};

const DEADLINE_MS = 30_000;
/** Targets remembered; beyond that the one used longest ago is forgotten, and is new when it comes again. */
const MAX_TARGETS = 100;
/** Requests that wait at once, for one target, for a moment it has named. One more is refused with `client.held`. */
const MAX_WAITING = 100;
const MAX_WAITS = 3;
const MAX_DOOR_LENGTH = 512;
const KEY_BYTES = 16;

/** Those made here: to wrap one again would be a second layer, and each layer multiplies what a target is asked. */
const made = new WeakSet<object>();

/**
 * `fetch` that tries again as little as it should: a budget of a tenth per target, at most three attempts, spread at random,
 * not before the moment that an answer names, and not at all when it says so; and asks less of a target that takes little.
 * Only what reads or is known to repeat is tried again. Whatever answer is last is returned, as `fetch` does. Throws what
 * `fetch` throws, and without sending anything `client.held`, `client.throttled` and `client.too-late`, with `notBefore`.
 *
 * @example
 * const fetch = createRetryingFetch();
 * const answer = await fetch(`${origin}/programs/winter-relief/applications`, { method: 'POST', repeats: 'keyed', body });
 */
export function createRetryingFetch(options: RetryingFetchOptions = {}): RetryingFetch {
  if (options.fetch !== undefined && made.has(options.fetch)) return options.fetch as RetryingFetch;
  const ports: Ports = {
    send: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    clock: options.clock ?? PLATFORM_RETRY_CLOCK,
    entropy: options.entropy ?? { bytes: (count) => globalThis.crypto.getRandomValues(new Uint8Array(count)) },
    deadlineMs: options.deadlineMs ?? DEADLINE_MS,
    attemptMs: options.attemptMs,
    tells: options.tells ?? (() => true),
  };
  const targets = createTargets();
  const fetching: RetryingFetch = (input, init = {}) => request(ports, targets, input, init);
  made.add(fetching);
  return fetching;
}

type Ports = Required<Pick<RetryingFetchOptions, 'clock' | 'entropy' | 'deadlineMs' | 'tells'>> & {
  readonly send: Fetch;
  readonly attemptMs: number | undefined;
};

type Target = { state: RetryTarget; waiting: number };
/** `drop` lets go of an answer that nobody will read. */
type Ended = {
  readonly answer: Answer;
  readonly outcome: () => Response;
  readonly drop: () => void;
  readonly isLate: boolean;
};

async function request(
  ports: Ports,
  targets: (origin: string) => Target,
  input: string | URL | Request,
  { repeats, handle, deadlineMs = ports.deadlineMs, tells, ...init }: RetryingInit,
): Promise<Response> {
  const url = typeof input === 'object' && 'url' in input ? input.url : String(input);
  const target = targets(URL.canParse(url) ? new URL(url).origin : '');
  const door = (url.split(/[?#]/, 1)[0] ?? '').slice(0, MAX_DOOR_LENGTH);
  const signal = init.signal ?? undefined;
  const headers = keyedHeaders(ports, input, init, repeats);
  // Who is shed is known at the door by their key, where they have one.
  const named = handle ?? headers.get(KEY_HEADER) ?? '';
  const asked: Asked = { door, handle: named, deadline: ports.clock.now() + deadlineMs };
  const isRepeatable = repeats === 'named' || headers.has(KEY_HEADER) || isSafe(input, init);
  for (let attempt = 0, last: Ended | undefined; ; attempt += 1) {
    signal?.throwIfAborted();
    const judgement = await awaitTurn(ports, target, asked, signal);
    if (judgement.kind === 'refuse') return last === undefined ? refuse(judgement) : last.outcome();
    const ended = await attemptOnce(ports, { input, init, headers, isTold: tells ?? ports.tells(url) }, asked, attempt);
    signal?.throwIfAborted();
    // What the deadline cut off says less than the answer before it.
    if (ended.isLate && last !== undefined) return last.outcome();
    last?.drop();
    last = ended;
    const learnt = applyAnswer(target.state, asked, { answer: ended.answer, attempt, isRepeatable }, momentOf(ports));
    target.state = learnt.target;
    const { retryAt } = learnt;
    if (retryAt === undefined || attempt + 1 >= MAX_ATTEMPTS) return ended.outcome();
    await ports.clock.sleep(retryAt - ports.clock.now(), signal);
  }
}

/** Counts the attempt, and waits first where the target has said from when on. */
async function awaitTurn(
  ports: Ports,
  target: Target,
  asked: Asked,
  signal: AbortSignal | undefined,
): Promise<Exclude<SendJudgement, { kind: 'wait' }>> {
  for (let waits = 0; ; waits += 1) {
    const { target: state, judgement } = judgeSend(target.state, asked, momentOf(ports));
    target.state = state;
    if (judgement.kind !== 'wait') return judgement;
    if (waits >= MAX_WAITS || target.waiting >= MAX_WAITING) {
      return { kind: 'refuse', why: 'held', notBefore: judgement.until };
    }
    target.waiting += 1;
    try {
      await ports.clock.sleep(judgement.until - ports.clock.now(), signal);
    } finally {
      target.waiting -= 1;
    }
  }
}

type Sending = {
  readonly input: string | URL | Request;
  readonly init: RequestInit;
  readonly headers: Headers;
  readonly isTold: boolean;
};

/** One attempt; that nobody answered, or not in time, is an end like others. */
async function attemptOnce(
  ports: Ports,
  { input, init, headers, isTold }: Sending,
  { deadline }: Asked,
  attempt: number,
): Promise<Ended> {
  const remainingMs = Math.max(1, Math.floor(deadline - ports.clock.now()));
  const told = new Headers(headers);
  if (isTold) {
    told.set('holdfast-deadline-ms', String(remainingMs));
    told.set('holdfast-attempt', String(attempt));
  }
  const limit = new AbortController();
  const timer = new AbortController();
  const lostMs = Math.min(remainingMs, ports.attemptMs ?? remainingMs);
  ports.clock.sleep(lostMs, timer.signal).then(
    () => limit.abort(new DOMException('There was no answer in time.', 'TimeoutError')),
    () => undefined,
  );
  const signal = init.signal ? AbortSignal.any([init.signal, limit.signal]) : limit.signal;
  try {
    const from = typeof input === 'object' && 'url' in input ? input.clone() : input;
    const response = await ports.send(from, { ...init, headers: told, signal });
    const answer = readAnswer(await signsOf(response, ports.clock.now()), ports.clock.now());
    const drop = () => void response.body?.cancel().catch(() => undefined);
    return { answer, outcome: () => response, drop, isLate: false };
  } catch (cause) {
    const outcome = () => {
      throw cause;
    };
    return { answer: { kind: 'failed' }, outcome, drop: () => undefined, isLate: limit.signal.aborted };
  } finally {
    timer.abort(ENDED);
  }
}

/** Why nobody waits any more: without a reason of its own each end would make an error, with the stack it came from. */
const ENDED = 'the attempt is over';

const KEY_HEADER = 'idempotency-key';

/** The caller's headers, and a key where one is to be made: one for all attempts. */
function keyedHeaders(
  { entropy }: Ports,
  input: string | URL | Request,
  init: RequestInit,
  repeats: RetryingInit['repeats'],
): Headers {
  const own = typeof input === 'object' && 'url' in input ? input.headers : undefined;
  const headers = new Headers(init.headers ?? own);
  if (repeats === 'keyed' && !headers.has(KEY_HEADER))
    headers.set(KEY_HEADER, encodeBase64url(entropy.bytes(KEY_BYTES)));
  return headers;
}

function isSafe(input: string | URL | Request, init: RequestInit): boolean {
  const method = init.method ?? (typeof input === 'object' && 'url' in input ? input.method : 'GET');
  return ['GET', 'HEAD', 'OPTIONS'].includes(method.toUpperCase());
}

const REFUSALS = {
  held: 'The other side has said from when on it can be asked; that is later than the answer would be of use.',
  throttled: 'The other side takes so little of what it is asked that this was not sent, to spare it.',
  'too-late': 'The time for this request was over before it could be sent.',
} as const;

function refuse({ why, notBefore, shed = {} }: Extract<SendJudgement, { kind: 'refuse' }>): never {
  if (why === 'held') throw new CodedError('client.held', REFUSALS.held, { notBefore, ...shed });
  if (why === 'throttled') throw new CodedError('client.throttled', REFUSALS.throttled, { notBefore });
  throw new CodedError('client.too-late', REFUSALS['too-late'], { notBefore });
}

/** [0, 1), by 48 bits. */
function momentOf({ clock, entropy }: Ports): { now: number; random: number } {
  const random = entropy.bytes(6).reduce((sum, byte) => sum * 256 + byte, 0) / 2 ** 48;
  return { now: clock.now(), random };
}

function createTargets(): (origin: string) => Target {
  // A Map iterates in the order of insertion: its first key is the one used longest ago.
  const targets = new Map<string, Target>();
  return (origin) => {
    const target = targets.get(origin) ?? { state: UNKNOWN_TARGET, waiting: 0 };
    targets.delete(origin);
    targets.set(origin, target);
    for (const oldest of targets.keys()) {
      if (targets.size <= MAX_TARGETS) break;
      targets.delete(oldest);
    }
    return target;
  };
}

export const PLATFORM_RETRY_CLOCK: RetryClock = {
  now: () => Date.now(),
  sleep: (durationMs, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(
        () => {
          signal?.removeEventListener('abort', stop);
          resolve();
        },
        Math.max(0, durationMs),
      );
      signal?.addEventListener('abort', stop, { once: true });
    }),
};
