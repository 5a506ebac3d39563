/** One verdict as a verifier keeps it. Nothing in it names a person or a place in a status list. */
export type VerdictRecord = {
  /** The verdict's handle at this verifier: random, or a pseudonym of the asker's key; knowing one tells nothing of others. */
  readonly id: string;
  /** This verifier's own pseudonym of the credential; the same credential has another at every other verifier. */
  readonly subject: string;
  /** base64url SHA-256 of what the issuer signed, as in the verdict's basis: equal at every verifier. */
  readonly credential?: string;
  /** Unix milliseconds at which it was answered. */
  readonly answeredAt: number;
  /** The signed verdict, compact JWS. */
  readonly signed: string;
  /** What replay needs, sealed: the presentation and the evidence of strangers. Absent once erased. */
  readonly sealed?: Uint8Array;
};

export type VerdictFilter = {
  readonly subject?: string;
  readonly credential?: string;
  /** At most this many, newest first; 1 to `MAX_VERDICTS_PER_READ`. */
  readonly limit: number;
  /** Only those behind this one in that order, which need not be kept any more. */
  readonly after?: VerdictPlace;
};

/** Where a verdict stands among the others, newest first. */
export type VerdictPlace = { readonly answeredAt: number; readonly id: string };

export const MAX_VERDICTS_PER_READ = 200;

/**
 * A verifier's verdicts. One store belongs to one verifier.
 * Durability: `append` resolves once a crash cannot lose the record; only then is the verdict answered. Consistency: a
 * record is read as appended, except that what replay needs is erased in time; the signed verdict itself never changes.
 * Idempotency: appending an id that is kept throws `verdict.exists`, and the first stays: under an asker's key it is a repeat,
 * and since other ids are random, otherwise a defect.
 * Concurrency: any. Retries: the caller, with a new verdict.
 */
export interface VerdictStore {
  append(record: VerdictRecord): Promise<void>;
  read(id: string): Promise<VerdictRecord | undefined>;
  readLatest(filter: VerdictFilter): Promise<readonly VerdictRecord[]>;
  /** Erases `sealed` of at most `limit` records answered before `before`, oldest first; says how many. */
  eraseSealed(before: number, limit: number): Promise<number>;
  /** Erases `sealed` of every record with this pseudonym of a credential; says how many. */
  eraseSubject(subject: string): Promise<number>;
  /** Forgets at most `limit` records answered before `before`, oldest first; says how many. */
  remove(before: number, limit: number): Promise<number>;
}
