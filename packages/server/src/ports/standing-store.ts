/**
 * The little a verifier keeps of one verdict to judge it again until the money is posted or voided. Nothing in it names a
 * person or a place in a status list, but what is sealed.
 */
export type StandingRecord = {
  /** The verdict it was kept for. */
  readonly verdictId: string;
  /** This verifier's pseudonym of the credential, as with its verdicts. */
  readonly subject: string;
  /** Unix milliseconds. */
  readonly keptAt: number;
  /** What the issuer signed and what was asked, sealed; absent once erased. */
  readonly sealed?: Uint8Array;
  /** Unix milliseconds; there exactly when `sealed` is not. */
  readonly erasedAt?: number;
};

export type OpenStandingRecord = Pick<StandingRecord, 'verdictId' | 'keptAt'>;

export const MAX_STANDINGS_PER_READ = 1000;

/**
 * A verifier's standings. One store belongs to one verifier.
 * Durability: `keep` and `erase` resolve once a crash cannot undo them; what was erased never comes back. Consistency: a
 * standing is read as kept until it is erased; then only the mark is left that there was one. Idempotency: keeping one for a
 * verdict that has or had one changes nothing and answers false, and so does erasing what is not kept. Concurrency: any; of
 * an erasure and a read at once, the read may still get what is being erased. Retries: the caller, freely.
 */
export interface StandingStore {
  keep(standing: Required<Omit<StandingRecord, 'erasedAt'>>): Promise<boolean>;
  read(verdictId: string): Promise<StandingRecord | undefined>;
  erase(verdictId: string, erasedAt: number): Promise<boolean>;
  /** Those not erased: at most `limit`, at most `MAX_STANDINGS_PER_READ`, the oldest first. */
  readOpen(limit: number): Promise<readonly OpenStandingRecord[]>;
  /** How many are not erased. */
  countOpen(): Promise<number>;
  /** Erases at most `limit` that were kept before `before`, oldest first; says how many. */
  eraseKeptBefore(before: number, limit: number, erasedAt: number): Promise<number>;
  /** Forgets at most `limit` marks of erased ones that were kept before `before`; says how many. */
  remove(before: number, limit: number): Promise<number>;
}
