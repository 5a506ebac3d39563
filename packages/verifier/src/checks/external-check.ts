import type { JsonObject } from '@holdfast/core';

/** What a checker is told of a credential, and no more. */
export type CheckQuestion = {
  /** The id under which the policy names the check. */
  readonly check: string;
  /** base64url SHA-256 of what the issuer signed. */
  readonly credential: string;
  readonly type: string;
  readonly issuer: string;
  /** Those claims that the policy shows to this checker; none unless it says so. */
  readonly claims: JsonObject;
  /** For reviews alone, which may become a case: its place in a list of the network's. */
  readonly place?: { readonly list: string; readonly index: number };
  /** Milliseconds for which an answer is waited for. */
  readonly deadlineMs: number;
};

export type CheckAnswer =
  | {
      readonly state: 'passed' | 'failed';
      /** When the checker knew it, unix milliseconds. */
      readonly asOf: number;
      /** The signed statement that it was read from: compact JWS. */
      readonly proof?: string;
    }
  /** Nobody knows yet. By `by`, unix milliseconds, it will have been answered, whatever anyone does. */
  | { readonly state: 'pending'; readonly by: number };

/**
 * Somebody else's yes or no about one credential: a register, a screening, a person. The contract is
 * `external-check.contract.ts`.
 *
 * - Answers: a value. Whoever has no answer throws one of `check.unreachable`, `check.answer-invalid`; anything else that is
 *   thrown counts as `check.unreachable`. No failure is ever a yes.
 * - Time: gives up when `signal` aborts; the caller does not wait for that. It has no queue, pool or retry of its own: those
 *   are the caller's, one set for each check.
 * - Consistency: an answer is as old as its `asOf` says, and it is never younger than the moment it is given.
 * - Idempotency: asking again is free of effects, but for what asking opens (a review), which is opened once for a
 *   credential. Concurrency: any number of questions at once; the caller keeps to one for each credential.
 */
export interface ExternalCheck {
  /** What stands in verdicts as the source of its answers. */
  readonly source: string;
  ask(question: CheckQuestion, signal: AbortSignal): Promise<CheckAnswer>;
}
