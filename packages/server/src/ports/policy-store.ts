/** One policy that a verifier was given while it ran. */
export type PolicyRecord = {
  /** base64url SHA-256 over the canonical policy, as in the basis of every verdict under it. */
  readonly digest: string;
  /** The policy as canonical JSON. */
  readonly text: string;
  /** Unix milliseconds. */
  readonly since: number;
};

/** Policies kept; the oldest are forgotten first, never the one in force. */
export const MAX_POLICIES = 1000;

/**
 * The policies of one verifier, newest in force.
 * Durability: `replace` resolves once a crash cannot undo it. Consistency: of two replacements at once that expect the same
 * policy, one is answered true; whoever reads afterwards reads that one. Idempotency: none; a repeat expects what is not there
 * any more, is answered false, and changes nothing. Concurrency: any. Retries: the caller, after reading again.
 */
export interface PolicyStore {
  /** Undefined: the verifier was never given one. */
  readCurrent(): Promise<PolicyRecord | undefined>;
  /** One that is or was in force; undefined when it is not kept. */
  read(digest: string): Promise<PolicyRecord | undefined>;
  /** Puts `next` in force if `expected` is: its digest, or undefined when none was ever given. */
  replace(next: PolicyRecord, expected: string | undefined): Promise<boolean>;
}
