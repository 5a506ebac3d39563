/** How somebody has decided, or how it is decided because nobody did in time. */
export type ReviewDecision = {
  readonly result: 'passed' | 'failed';
  /** Unix milliseconds. */
  readonly at: number;
  /** Who says so; `default` when the time was over. */
  readonly by: string;
  readonly note?: string;
};

/**
 * One credential that a person has to look at. It has an owner, a time by which it is due and a default, as every open matter
 * has, so that whatever else keeps such matters can take it over.
 */
export type ReviewRecord = {
  readonly id: string;
  /** The id under which the policy names the check. */
  readonly check: string;
  /** base64url SHA-256 of what the issuer signed. */
  readonly credential: string;
  readonly type: string;
  readonly issuer: string;
  readonly owner: string;
  /** Unix milliseconds. */
  readonly openedAt: number;
  readonly dueAt: number;
  /** What counts from `dueAt` on, if nobody has decided before. */
  readonly default: 'passed' | 'failed';
  /** The claims that are shown to whoever looks, sealed; absent when there are none, or once it is decided. */
  readonly shown?: Uint8Array;
  readonly decided?: ReviewDecision;
};

export const MAX_REVIEWS_PER_READ = 500;

/**
 * A verifier's reviews by hand. One store belongs to one verifier.
 * Durability: `open` and `decide` resolve once a crash cannot undo them. Consistency: for one check and credential at most one
 * is neither decided nor due; what was decided stays. Idempotency: opening beside one that still counts answers with that one;
 * deciding again, or after it was due, changes nothing and answers false. Concurrency: any. Retries: the caller, freely.
 */
export interface ReviewStore {
  /**
   * Opens `review`, unless the latest of its check and credential still counts: open and not due, or decided (or due) at
   * `countsFrom` or later. Answers with the one that counts; undefined when `maxOpen` are open already.
   */
  open(review: ReviewRecord, countsFrom: number, maxOpen: number): Promise<ReviewRecord | undefined>;
  read(id: string): Promise<ReviewRecord | undefined>;
  /** Those not decided, due or not: at most `limit`, at most `MAX_REVIEWS_PER_READ`, the first to fall due first. */
  readOpen(limit: number): Promise<readonly ReviewRecord[]>;
  /** Decides one that is open and not due at `decision.at`; erases what was shown. */
  decide(id: string, decision: ReviewDecision): Promise<boolean>;
  /** Erases what was shown of at most `limit` that nobody decided and that were due before `before`; says how many. */
  eraseShown(before: number, limit: number): Promise<number>;
  /**
   * Erases what was shown and noted about this credential, of those that are decided or were due by `now`; says how many, and
   * when the open ones are due.
   */
  eraseCredential(
    credential: string,
    now: number,
  ): Promise<{ readonly erased: number; readonly openUntil: readonly number[] }>;
  /** Forgets at most `limit` that were decided or due before `before`; says how many. */
  remove(before: number, limit: number): Promise<number>;
}
