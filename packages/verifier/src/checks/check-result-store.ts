import type { CheckFinding } from '@holdfast/core';

/** A result as it is kept, and the party whose word it is when it is not the checker's own. */
export type KeptResult = {
  readonly found: Extract<CheckFinding, { ok: true }>;
  readonly party?: string;
};

/** Results kept for each check beyond which `remove` takes those kept first. */
export const MAX_STORED_RESULTS = 100_000;

/**
 * What external checks have said, beyond the life of a process: a result is evidence with an age, and a restart makes it
 * neither older nor younger. Nothing depends on it: what is not there is asked again.
 * Durability: `keep` resolves once a crash cannot lose it; half of one is never read. Consistency: of one check and credential
 * the last kept. Idempotency: keeping it again changes nothing but when it was kept. Concurrency: any. Retries: none; whoever
 * cannot read asks the checker. Bounds: `MAX_STORED_RESULTS` of each check, held to by `remove`.
 */
export interface CheckResultStore {
  /** `check`: a digest of its whole setting, since another setting is another check; `at`: unix milliseconds. */
  keep(check: string, credential: string, result: KeptResult, at: number): Promise<void>;
  read(check: string, credential: string): Promise<KeptResult | undefined>;
  /** Forgets the results of all other checks. */
  retain(checks: readonly string[]): Promise<void>;
  /** Forgets at most `limit` kept before `before`, or that are too many of their check; says how many. */
  remove(before: number, limit: number): Promise<number>;
}
