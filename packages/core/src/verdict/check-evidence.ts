/**
 * What follows when an external check has no answer that may be used. `unknown`: the verdict is unknown. `reserve` and
 * `advance`: it is as valid as it is without the check, and allows at most that.
 */
export const SILENCES = ['unknown', 'reserve', 'advance'] as const;
export type Silence = (typeof SILENCES)[number];

/** What a policy asks of one external check, as far as a verdict depends on it. */
export type CheckRule = {
  /** Lower-case letters, digits and hyphens. */
  readonly id: string;
  /** How old a result may be, in milliseconds. */
  readonly maxAgeMs: number;
  readonly onSilence: Silence;
};

/** What a checker has said of one credential: a result, or the code of why there is none. */
export type CheckFinding =
  | {
      readonly ok: true;
      readonly result: 'passed' | 'failed';
      /** When the checker knew it, unix milliseconds; never later than we were told. */
      readonly asOf: number;
      /** Who says so: the checker, or the party whose word for it is accepted. */
      readonly source: string;
      /** The signed statement that it was read from, where there is one: compact JWS. */
      readonly proof?: string;
    }
  | { readonly ok: false; readonly why: string };

/** One external check as evidence: the rule it is judged by, and what was found. */
export type CheckEvidence = CheckRule & { readonly found: CheckFinding };
