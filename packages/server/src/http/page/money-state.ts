import type { Asset, ProgramRecord } from '@holdfast/core';
import type { ProgramView } from '../../roles/distributor/views.ts';

/** A program as the page shows it: what anybody may see, and the two positions that its dates count from. */
export type ProgramCard = ProgramView & Pick<ProgramRecord, 'judgedAt' | 'sealedAt'>;

/** Handovers of one kind that wait for the same, together: how many, and since when the oldest. Names nobody. */
export type Waiting = {
  readonly what: string;
  /** The program, where they belong to one. */
  readonly program?: string;
  /** Who has to act, in a word for people. */
  readonly owner: string;
  readonly next: string;
  readonly count: number;
  /** Some of them are not counted. */
  readonly isMore: boolean;
  readonly amount?: { readonly total: bigint; readonly asset: Asset };
  /** Unix milliseconds. */
  readonly since: number;
  readonly dueBy?: number;
};

/**
 * `not-granted`: the rulebook gives nobody the power to release money. `silent`: it could not be read just now, and what was
 * read before is not shown as new.
 */
export type Money =
  | { readonly state: 'not-granted' | 'silent' }
  | {
      readonly state: 'read';
      /** Of the last epoch, unix milliseconds: what is due happens by this time, and by no other. */
      readonly logTime: number;
      readonly verifier: string;
      readonly programs: readonly ProgramCard[];
      /** Programs that are not shown. */
      readonly more: number;
      readonly waiting: readonly Waiting[];
    };
