/** A verdict that was answered while something was under way, and what is kept to answer it in the end. */
export type FollowUpRecord = {
  readonly verdictId: string;
  /** base64url SHA-256 of what the issuer signed. */
  readonly credential: string;
  /** Unix milliseconds. */
  readonly keptAt: number;
  /** By when it was promised to be answered, unix milliseconds. */
  readonly promisedBy: number;
  /** What is judged again, sealed; absent once it is answered. */
  readonly sealed?: Uint8Array;
  /** Id of the verdict that answers it; there exactly when `sealed` is not. */
  readonly followedBy?: string;
};

export const MAX_FOLLOW_UPS_PER_READ = 500;

/**
 * The answers that one verifier owes.
 * Durability: `keep` and `complete` resolve once a crash cannot undo them. Consistency: one is read as kept until it is
 * completed; then what was sealed is gone. Idempotency: keeping one for a verdict that has one, or completing one that is
 * completed, changes nothing and answers false. Concurrency: any. Retries: the caller, freely.
 */
export interface FollowUpStore {
  keep(record: Required<Omit<FollowUpRecord, 'followedBy'>>): Promise<boolean>;
  read(verdictId: string): Promise<FollowUpRecord | undefined>;
  /** Those not completed that are about this credential, the first promised first. */
  readOpenOf(credential: string, limit: number): Promise<readonly FollowUpRecord[]>;
  /** Those not completed that were promised by `at` or earlier, the first promised first. */
  readDue(at: number, limit: number): Promise<readonly FollowUpRecord[]>;
  complete(verdictId: string, followedBy: string): Promise<boolean>;
  countOpen(): Promise<number>;
  /** Forgets at most `limit` completed ones kept before `before`; says how many. */
  remove(before: number, limit: number): Promise<number>;
}
