import type { IgnoredEvidence, Json, Position, Stages, Verdict, WantedFreshness } from '@holdfast/core';

/** What a relying party asks. Exactly one of `credential` and `presentation`. */
export type Question = {
  readonly credential?: string;
  readonly presentation?: string;
  /** Given, the text must be bound to it by its holder's key. */
  readonly nonce?: string;
  readonly audience?: string;
  /** Default: to show somebody in, however fresh the rulebook wants it. */
  readonly want?: { readonly class: 'pay' | 'view'; readonly freshness: WantedFreshness; readonly amount?: string };
  /** DCQL. */
  readonly query?: Json;
  readonly deadlineMs?: number;
  /** Class `pay` only: keep what `confirm` needs. */
  readonly keepStanding?: boolean;
  /** The asker's name for this question: asked again under it, the first answer is repeated. */
  readonly key?: string;
  /** Whether the log may be folded again for the position it is asked `at`; default true. */
  readonly mayRefold?: boolean;
  /** Signed check results and verdicts of others: see `acceptFrom` of the policy. */
  readonly evidence?: readonly string[];
  /** Positions the asker has seen: they can only raise how far we read. */
  readonly seen?: readonly Position[];
  /** Too many ask: the answer is from what is at hand, nobody is asked, and nothing is kept of it. */
  readonly isShed?: boolean;
  /** Where the store is full or away: a verdict that is kept nowhere rather than none. */
  readonly mayBeUnkept?: boolean;
};

export type SignedVerdict = {
  readonly id: string;
  /** Compact JWS, `typ: verdict+jwt`. */
  readonly jws: string;
  readonly verdict: Verdict;
  readonly durationMs: number;
  readonly stages?: Stages;
  /** Unix milliseconds by which a verdict that follows this one has been given, whatever anyone does. */
  readonly promisedBy?: number;
  /** What was handed along and not used. */
  readonly ignored?: readonly IgnoredEvidence[];
  readonly shed?: true;
};
