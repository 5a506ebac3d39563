/** Somebody who asked to be told when what a code opens changes. */
export type NoticeSubscription = {
  /** Digest of the code. */
  readonly code: string;
  /** Address, language, and the code itself for the link, sealed. */
  readonly sealed: Uint8Array;
  /** Digest of what they know: the outcome that they saw when they asked, or were told last. */
  readonly told: string;
  /** Unix milliseconds: then it is looked at again. */
  readonly nextAt: number;
  /** Attempts that failed since the last that did not, and the code of the last failure. */
  readonly attempts: number;
  readonly failure?: string;
  readonly createdAt: number;
};

export type NoticeChange = Pick<NoticeSubscription, 'told' | 'nextAt' | 'attempts'> & { readonly failure?: string };

export const MAX_NOTICES_PER_READ = 200;

/**
 * Who is to be told. Durability: each call resolves once a crash cannot lose what it did. Consistency: a read sees every call
 * that was answered before it. Idempotency: `put` keeps the last for a code, `remove` of what is gone does nothing, `settle`
 * changes only what is still as it was told. Concurrency: any. Retries: the caller.
 */
export interface NoticeStore {
  /** False when there are `most` already and this code is not among them (callers at once may overshoot by their number). */
  put(subscription: NoticeSubscription, most: number): Promise<boolean>;
  find(code: string): Promise<NoticeSubscription | undefined>;
  remove(code: string): Promise<void>;
  /** Due at `now`, those that wait longest first; at most `limit`. */
  readDue(now: number, limit: number): Promise<readonly NoticeSubscription[]>;
  /** Notes what came of looking at it, if what they know is still `told`. */
  settle(code: string, told: string, change: NoticeChange): Promise<void>;
  /** How many have failed at least so often, and since when the oldest of them waits (when it was asked for). */
  countStuck(attempts: number): Promise<{ readonly count: number; readonly since?: number }>;
}
