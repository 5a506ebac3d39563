import type { EntryLine, Position } from '@holdfast/core';
import type { Money } from './money-state.ts';

/** What one verifier says of itself; without a position it has read nothing, or does not answer. */
export type VerifierCard = {
  readonly id: string;
  readonly name: string;
  readonly isAnswering: boolean;
  readonly position?: Position;
  /** As of when a quorum of witnesses has confirmed it (unix milliseconds), or that none has; absent where none are named. */
  readonly witnessedAt?: number | null;
};

/** What the page knows when it is made. `now` in unix milliseconds. */
export type PageState = {
  readonly now: number;
  readonly title: string;
  readonly verifiers: readonly VerifierCard[];
  readonly money: Money;
  /** Newest first. */
  readonly entries: readonly EntryLine[];
  /** Present in development, where officers' sealed keys lie on this machine. */
  readonly officers: readonly string[];
};

/** What to write into the forms again, so that nobody pastes or chooses twice. Never a passphrase. */
export type Filled = {
  readonly credential?: string;
  readonly verifier?: string;
  readonly label?: string;
  readonly officer?: string;
};
