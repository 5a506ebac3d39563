/** The signer's name for the distributor's statement key. */
export const DISTRIBUTOR_KEY = 'distributor';

/** What programs name as their organiser, and what the network knows its distributor by. */
export function organiserOf(origin: string): string {
  return `${origin}/programs`;
}

export type DistributorConfig = {
  /** The party that it is in its network. */
  readonly id: string;
  readonly name: string;
  /** The verifier that it asks, as people know it. */
  readonly verifier: string;
  readonly bounds?: Partial<DistributorBounds>;
};

export type DistributorBounds = {
  /** Applications that wait to be written at once; beyond, `application.overloaded`. */
  readonly maxWaiting: number;
  /** Applications in one write. */
  readonly maxBatch: number;
  /** Latest answers that are at hand for whoever sends the same again. */
  readonly maxRecent: number;
  /** Characters of one presentation. */
  readonly maxPresentationLength: number;
  /** Verdicts asked for at once. */
  readonly maxVerifications: number;
  /** Payments looked at in one round of a program. */
  readonly maxPerRound: number;
  /** How often what has left is sent to the rails, and their answers are taken in. */
  readonly settleEveryMs: number;
  /** How long the work waits when there was nothing to do, unless an epoch comes before. */
  readonly restMs: number;
  /**
   * By the log's time after the position of an intake: how long a verifier is waited for that has yet to work out what a
   * recognised network said then. After it, whoever that network attests is judged without it.
   */
  readonly waitForOthersMs: number;
};

export const DEFAULT_DISTRIBUTOR_BOUNDS: DistributorBounds = {
  maxWaiting: 5_000,
  maxBatch: 500,
  maxRecent: 10_000,
  maxPresentationLength: 32_768,
  maxVerifications: 8,
  maxPerRound: 100,
  settleEveryMs: 10_000,
  restMs: 1_000,
  waitForOthersMs: 3_600_000,
};
