/** What became of the money of a rehearsal. */
export type MoneyFigures = {
  readonly programs: number;
  readonly ended: number;
  /** Sent by anybody, and accepted. */
  readonly applications: number;
  readonly acknowledged: number;
  /** Payments that have arrived, and those that went back. */
  readonly paid: number;
  readonly voided: number;
  readonly violations: number;
};

/** What one person got of one program whose shares leave nothing to chance. */
export type PersonOutcome = {
  readonly program: string;
  readonly person: number;
  /** Absent where the first that came counts. */
  readonly application: string | undefined;
  readonly outcome: string;
  /** Minor units as decimal digits. */
  readonly amount: string;
};
