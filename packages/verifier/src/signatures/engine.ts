import type { SignatureCheck } from '@holdfast/core';

/**
 * Runs the signature checks that core lists. A port: the contract is `engine.contract.ts`.
 *
 * - Answers: one boolean per check, in the order given. A key or signature that is malformed, of another kind, out of
 *   range or of small order gives false, never an exception: a forgery is an answer.
 * - Failures: an engine that cannot do its work throws `signature.unavailable`, `signature.overloaded`,
 *   `signature.interrupted` or `signature.closed`. None of them says anything about a signature; the caller retries
 *   or answers `unknown`.
 * - Every engine gives the same answer to the same check, or equal bases would not give equal verdicts: what the
 *   platforms judge differently is refused beforehand by `isStrictCheck`.
 * - Concurrency: any number of calls at once. Repeating a call is free of effects.
 */
export interface SignatureEngine {
  verify(checks: readonly SignatureCheck[]): Promise<readonly boolean[]>;
}
