import type { Answer, Shed } from './push-back.ts';
import { countAccepted, countAsked, refusalChance, type Throttle } from './throttle.ts';

/** What one client knows of one target: what it may still spend on retries, how it fared, and who was told to wait. */
export type RetryTarget = {
  /** 0 to `MAX_TOKENS`. */
  readonly tokens: number;
  readonly throttle: Throttle;
  /** Who was told when to come, by door and handle; at most `MAX_HOLDS`, the oldest are forgotten. */
  readonly holds: ReadonlyMap<string, Hold>;
};

type Hold = { readonly notBefore: number; readonly shed?: Shed | undefined };

/** Attempts of one request, the first among them. */
export const MAX_ATTEMPTS = 3;
export const MAX_TOKENS = 100;
const RETRY_COST = 10;
/** At or below this a request is tried once. From a full budget that is after five retries. */
const LEAST_TOKENS = 50;
const MAX_HOLDS = 256;
const BACKOFF_MS = 200;
const MAX_BACKOFF_MS = 5000;

export const UNKNOWN_TARGET: RetryTarget = { tokens: MAX_TOKENS, throttle: [], holds: new Map() };

/** One request that is about to be sent, or was. Times in unix milliseconds. */
export type Asked = {
  /** The address without its query: who is told to wait at one door is not told so at another. */
  readonly door: string;
  /** On whose behalf; empty where a client has one user. */
  readonly handle: string;
  /** Before this the answer is of use. */
  readonly deadline: number;
};

export type Moment = {
  readonly now: number;
  /** [0, 1), another one for each call. */
  readonly random: number;
};

/** `wait`: it is to be asked again at that moment. */
export type SendJudgement =
  | { readonly kind: 'send' }
  | { readonly kind: 'wait'; readonly until: number }
  | {
      readonly kind: 'refuse';
      readonly why: 'held' | 'throttled' | 'too-late';
      readonly notBefore: number;
      readonly shed?: Shed;
    };

/** May this attempt leave now? Whatever leaves or is kept back to spare the target is counted here, before it leaves. */
export function judgeSend(
  target: RetryTarget,
  { door, handle, deadline }: Asked,
  { now, random }: Moment,
): { readonly target: RetryTarget; readonly judgement: SendJudgement } {
  if (now >= deadline) return { target, judgement: { kind: 'refuse', why: 'too-late', notBefore: now } };
  const hold = latest(target.holds.get(door), target.holds.get(laneOf(door, handle)));
  if (hold !== undefined && hold.notBefore > now) {
    const { notBefore, shed } = hold;
    // Those who wait at one door for one moment do not all knock in it.
    const until = hold === target.holds.get(door) ? notBefore + random * BACKOFF_MS : notBefore;
    if (until < deadline) return { target, judgement: { kind: 'wait', until } };
    return { target, judgement: { kind: 'refuse', why: 'held', notBefore, ...(shed === undefined ? {} : { shed }) } };
  }
  const isKeptBack = random < refusalChance(target.throttle, now);
  const counted = { ...target, throttle: countAsked(target.throttle, now) };
  if (!isKeptBack) return { target: counted, judgement: { kind: 'send' } };
  return { target: counted, judgement: { kind: 'refuse', why: 'throttled', notBefore: now + MAX_BACKOFF_MS } };
}

export type Ended = {
  readonly answer: Answer;
  /** From 0. */
  readonly attempt: number;
  /** Whether it does no more when it arrives twice: it only reads, or carries an idempotency key. */
  readonly isRepeatable: boolean;
};

/** What an attempt that has ended teaches about its target, and when to try again; absent when not at all. */
export function applyAnswer(
  target: RetryTarget,
  asked: Asked,
  { answer, attempt, isRepeatable }: Ended,
  { now, random }: Moment,
): { readonly target: RetryTarget; readonly retryAt?: number } {
  if (answer.kind === 'answered') return { target: accepted(target, now) };
  if (answer.kind === 'final') return { target };
  const holding = answer.kind === 'held' ? held(target, asked, answer) : target;
  const at = retryTime(answer, attempt, { now, random });
  const isAllowed = isRepeatable && attempt + 1 < MAX_ATTEMPTS && target.tokens > LEAST_TOKENS && at < asked.deadline;
  if (!isAllowed) return { target: holding };
  return { target: { ...holding, tokens: holding.tokens - RETRY_COST }, retryAt: at };
}

/** Full jitter; a turn of one's own is kept to the millisecond, a moment told to everybody is spread. */
function retryTime(answer: Answer, attempt: number, { now, random }: Moment): number {
  const jitter = random * Math.min(MAX_BACKOFF_MS, BACKOFF_MS * 2 ** attempt);
  if (answer.kind !== 'held') return now + jitter;
  return answer.isOwn ? Math.max(now + jitter, answer.notBefore) : answer.notBefore + jitter;
}

function accepted(target: RetryTarget, now: number): RetryTarget {
  const tokens = Math.min(MAX_TOKENS, target.tokens + 1);
  return { ...target, tokens, throttle: countAccepted(target.throttle, now) };
}

function held(target: RetryTarget, { door, handle }: Asked, answer: Extract<Answer, { kind: 'held' }>): RetryTarget {
  const lane = answer.isOwn ? laneOf(door, handle) : door;
  const holds = new Map(target.holds);
  holds.delete(lane);
  holds.set(lane, { notBefore: answer.notBefore, shed: answer.shed });
  for (const oldest of holds.keys()) {
    if (holds.size <= MAX_HOLDS) break;
    holds.delete(oldest);
  }
  return { ...target, holds };
}

function laneOf(door: string, handle: string): string {
  return `${door}\n${handle}`;
}

function latest(one: Hold | undefined, other: Hold | undefined): Hold | undefined {
  return (one?.notBefore ?? 0) >= (other?.notBefore ?? 0) ? one : other;
}
