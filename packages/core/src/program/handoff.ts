/** What has to happen next for a crossing to be complete. */
export const HANDOFF_NEXT = [
  'taken-in',
  'judged',
  'sealed',
  'drawn',
  'reserved',
  'confirmed',
  'returned',
  'handed-over',
  'answered',
  'approved',
  'appended',
  'looked-at',
  'taken',
  'sent-again',
  'carried-out',
  'ruled-otherwise',
  'filed',
  'taken-up',
  'accounted-for',
] as const;
export type HandoffNext = (typeof HANDOFF_NEXT)[number];

export const HANDOFF_KINDS = [
  'application',
  'verification',
  'transfer',
  'settlement',
  'decision',
  'event',
  'exception',
  'review',
  'incident',
] as const;

/**
 * A crossing that is not complete: the giver owns it until the receiver's acceptance is back. Those of one kind that wait
 * for the same are one, with how many they are and since when the oldest waits.
 */
export type Handoff = {
  readonly what: (typeof HANDOFF_KINDS)[number];
  /** What it belongs to: a program, a decision; of a settlement its transfer, of events the webhook. */
  readonly of: string;
  readonly giver: string;
  readonly receiver: string;
  /** Who has to act now. */
  readonly owner: string;
  readonly count: number;
  /** Minor units, where money is on its way. */
  readonly amount?: bigint;
  /** Unix milliseconds. */
  readonly since: number;
  /** Unix milliseconds: by then it is over, or somebody broke a promise. */
  readonly dueBy?: number;
  /** The case that people decide it in. */
  readonly case?: string;
  readonly next: HandoffNext;
};

/** What a role has open. `more`: how many crossings beyond those listed, which are the oldest of their kind. */
export type OpenHandoffs = { readonly handoffs: readonly Handoff[]; readonly more: number };
