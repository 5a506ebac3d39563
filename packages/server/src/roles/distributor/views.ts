import type { Program, ProgramPhase, ProgramSlots } from '@holdfast/core';
import type { PaymentSums } from '../../ports/distributor-store.ts';
import type { ExceptionView } from './exceptions.ts';
import type { FiledCase } from './filed-cases.ts';
import type { VersionsView } from './version-view.ts';

/** A program as anybody may see it. */
export type ProgramView = {
  readonly program: Program;
  /** Binding digest of the rules in force: what officers signed and what every new application names. */
  readonly digest: string;
  readonly phase: ProgramPhase;
  /** Entries of the log, by what they say. */
  readonly entries: {
    readonly program: number;
    readonly intake?: number;
    readonly seal?: number;
    readonly draw?: number;
  };
  readonly applications: {
    readonly all: number;
    readonly unjudged: number;
    readonly admitted: number;
    readonly refused: number;
  };
  readonly payments: PaymentSums;
  /** What the log allows beside the rules, newest first; absent where there is nothing of it. */
  readonly exceptions?: readonly ExceptionView[];
  /** Absent where the rules never changed, and do not wait to. */
  readonly versions?: VersionsView;
  /** When whom is expected; absent where early is better. */
  readonly slots?: ProgramSlots;
};

/** One application as whoever knows its digest may see it: its applicant, and those to whom they show it. */
export type ApplicationView = {
  readonly application: string;
  readonly state: 'acknowledged' | 'judged' | 'admitted' | 'refused';
  /** Of a refusal; words for people are in spec/reasons.json. */
  readonly code?: string;
  /** Entry of the log that admitted it whatever the rules said. */
  readonly exception?: number;
  /** It is in doubt, and people look at it: which case, and by when whoever has it has to have acted. */
  readonly review?: FiledCase;
  readonly payment?: { readonly state: string; readonly amount: bigint; readonly at: number };
};
