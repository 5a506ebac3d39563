import type { Json, Position, Verdict, WantedFreshness } from '@holdfast/core';

/** What somebody who pays asks a verifier about one presentation. */
export type VerificationQuestion = {
  /** As the wallet sent it; whatever is wrong with it is a reason in the verdict. */
  readonly presentation: string;
  /** Given, the presentation must be bound to it by its holder's key. */
  readonly nonce?: string;
  readonly audience?: string;
  /** DCQL, parsed before: the verdict says whether the presentation answers it. */
  readonly query?: Json;
  readonly want: {
    readonly class: 'pay' | 'view';
    /** `at` a position its verdict is the same whenever it is asked, and allows at most to reserve; see `WantedFreshness`. */
    readonly freshness: WantedFreshness;
    /** Minor units as decimal digits. */
    readonly amount?: string;
  };
  /**
   * Class `pay` only, else `standing.only-pay`: the verifier keeps, sealed, what `confirm` needs, until `settled` or until
   * its stated retention ends (180 days). Nothing is kept of a verdict that can only stay a no (`invalid`, `revoked`,
   * `expired`). Throws `standing.too-many` when it keeps as many as it may.
   */
  readonly keepStanding?: boolean;
  /**
   * The asker's own name for this question, 1 to 255 visible characters without a space. Asked again under the same key,
   * the verifier repeats its first answer, also when that was `unknown`: one verdict and one standing, however often an
   * answer was lost on the way. To have it judged anew is another question, with a key of its own.
   */
  readonly key?: string;
  /** How long the verifier may wait for its network and for strangers, milliseconds; default 300, at most 10,000. */
  readonly deadlineMs?: number;
};

export type GivenVerdict = {
  /** The verdict's handle at that verifier: with it the standing is confirmed and settled, and the verdict replayed. */
  readonly id: string;
  /** The signed verdict: compact JWS, `typ: verdict+jwt`. */
  readonly jws: string;
  /** What is signed in it. */
  readonly verdict: Verdict;
};

/**
 * One verifier, as whoever pays sees it. Every answer is a verdict; `unknown`, also because the verifier is behind, is one.
 *
 * Durability: a verdict that was answered is kept by its verifier, signed and replayable, and so is its standing; both
 * survive a crash right after the answer. Consistency: a verdict names the position it was judged at; `confirm` answers one
 * at `atLeast` or later, or `unknown`. Idempotency: `verify` under a `key` repeats its first answer, and throws
 * `verify.key-conflict` when the same key comes with another question; without a key each call is a verdict of its own.
 * Each `confirm` is a verdict of its own, and changes nothing. `settled` may be repeated, also for what was never kept.
 * Concurrency: any, also `confirm` of one standing at once; one that is under way when its standing is settled may still
 * answer. The verifier sheds what is too much. Retries: the caller, after `verifier.unreachable` (absent, too slow, or gone
 * half way: what was asked may have happened, so `verify` with its key), `verify.overloaded`, and any other code whose
 * `retry` is `later`; backing off is the caller's too. Silence is no answer: it never means no.
 * Codes that are final: `standing.erased`, `standing.not-kept`, `verdict.not-found`, `verify.key-conflict`, and
 * `verifier.answer` for an answer that is not what this verifier, by the key its network accredits, would have signed.
 */
export interface Verification {
  verify(question: VerificationQuestion): Promise<GivenVerdict>;
  /**
   * Judges the standing of a verdict again: the same path, class `pay`, the same amount, no nonce and no query, since what
   * was disclosed is not kept. Its verdict says whether the credential still stands, at `atLeast` or later. Throws
   * `standing.erased` after `settled` or retention, `standing.not-kept`, `verdict.not-found`.
   */
  confirm(verdictId: string, atLeast: Position): Promise<GivenVerdict>;
  /** The money is posted or voided: the standing is erased. Resolves once it is. */
  settled(verdictId: string): Promise<void>;
  /**
   * The latest it has read of each network beside its own, sorted by log: from then on it can judge `at` these positions
   * (`recognised`). Only its word: nobody has signed it.
   */
  otherPositions(): Promise<readonly Position[]>;
}
