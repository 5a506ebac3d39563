/** A proof by the SHA-256 (base64url) of its text. */
export type KeptFraud = { readonly digest: string; readonly proof: string };

/** More would not prove more. */
export const MAX_KEPT_FRAUD = 16;

/**
 * Proofs that a log has lied, for whoever asks and for a follower that starts again: a restart makes no liar honest.
 * Durability: `keepFraud` resolves once a crash cannot lose it. Consistency: nothing is removed; when there are
 * `MAX_KEPT_FRAUD`, another is not kept. Idempotency: the same proof is kept once. Concurrency: any. Retries: none.
 */
export interface FraudStore {
  readFraud(): Promise<readonly KeptFraud[]>;
  keepFraud(fraud: KeptFraud): Promise<void>;
}
