import type { Json, WantedFreshness } from '@holdfast/core';

/** How a request for a presentation ended. */
export type PresentationOutcome =
  /** The wallet answered and there is a verdict, whatever it says. */
  | { readonly state: 'done'; readonly verdictId: string }
  /** There is none: the code says why, `detail` what the wallet said about it, cut to its bound. */
  | { readonly state: 'failed'; readonly code: string; readonly detail?: string };

/** One request for a presentation (OpenID4VP 1.0), from the moment a relying party asks for it. */
export type PresentationSession = {
  /** The relying party's handle. The wallet never learns it. */
  readonly id: string;
  /** The wallet's handle, in the addresses it is given. */
  readonly requestId: string;
  /** Id of the verifier that asks. */
  readonly verifier: string;
  /** Unix milliseconds. */
  readonly createdAt: number;
  /** Unix milliseconds from which no answer is taken any more. */
  readonly expiresAt: number;
  readonly nonce: string;
  readonly state: string;
  /** DCQL. */
  readonly query: Json;
  readonly want: {
    readonly class: 'pay' | 'view';
    readonly freshness: WantedFreshness;
    readonly amount?: string;
  };
  /** Absent while it waits for the wallet. */
  readonly outcome?: PresentationOutcome;
};

/**
 * A verifier's open requests. One store belongs to one verifier.
 * Durability: `create` and `complete` resolve once a crash cannot lose them. Consistency: a session is read as written;
 * of several `complete` on one session exactly one is taken, and it stays. Idempotency: repeating `create` throws
 * `presentation.exists`; repeating `complete` answers false. Concurrency: any. Retries: the caller; never after false.
 */
export interface PresentationStore {
  /**
   * Throws `presentation.too-many` when `maxOpen` sessions wait for a wallet at `session.createdAt`; callers at once may
   * pass the bound by their number.
   */
  create(session: PresentationSession, maxOpen: number): Promise<void>;
  read(id: string): Promise<PresentationSession | undefined>;
  readByRequest(requestId: string): Promise<PresentationSession | undefined>;
  /** Compare and set: false, and nothing changed, unless the session still waits. */
  complete(requestId: string, outcome: PresentationOutcome): Promise<boolean>;
  /** Forgets at most `limit` sessions that expired before `before`; says how many. */
  remove(before: number, limit: number): Promise<number>;
}
