/**
 * What a rulebook can have wrong. Closed: added to, never renamed. `error`: somebody is left with nobody or nothing, or what takes
 * several officers could be had from fewer. `warning`: it works, and somebody should have wanted it.
 */
export const FINDING_SEVERITIES = {
  /** More officers are needed than could approve. */
  'power.no-quorum': 'error',
  'power.alone': 'warning',
  /** One lost key, and nobody can use it. */
  'power.no-spare': 'warning',
  /** A case has the effect of a power by fewer officers than the power takes. */
  'power.bypassed': 'error',
  /** A case has an effect that nobody finds, after fewer officers had a part in it than the power takes. */
  'power.by-silence': 'warning',
  /** Cases have an effect that officers cannot decide on. */
  'power.only-by-case': 'warning',
  'role.nobody': 'warning',
  'class.no-words': 'warning',
  'class.unused': 'warning',
  /** Words in some languages: one of them does not have all that people are shown. */
  'words.incomplete': 'warning',
  'words.no-language': 'warning',
  'words.twice': 'warning',
  'suspend.no-expiry': 'error',
  'suspend.long': 'warning',
  'notice.none': 'error',
  'notice.short': 'warning',
  'guardian.amends': 'error',
  'guardian.none': 'warning',
  /** It fits into no entry of the log. */
  'rulebook.too-large': 'error',
  'cases.none': 'warning',
  /** A stage of a case belongs to a role that nobody has. */
  'case.no-owner': 'error',
  /** There are officers who could judge, but not once some of them have had a part before. */
  'case.nobody-left': 'error',
  /** It can happen that one steward finds what reviewers should. */
  'case.steward-alone': 'warning',
  'case.long': 'warning',
  /** Credentials may be held by a case for longer than they may be suspended. */
  'case.hold-longer': 'error',
  'case.hold-nobody': 'warning',
  /** A reason of cases that the power of its remedy does not accept. */
  'reason.no-grant': 'error',
  /** Upheld in time by everybody, it is late all the same. */
  'reason.deadline': 'error',
  'owner.never': 'warning',
  /** Rules from before there was such a thing: it does nothing here (`withAdditions`). */
  'manual.no-reason': 'warning',
  'manual.no-payments': 'warning',
  'power.no-tracing': 'warning',
  'suspend.again': 'warning',
} as const satisfies Readonly<Record<string, 'error' | 'warning'>>;

export type FindingCode = keyof typeof FINDING_SEVERITIES;

/** One thing about a rulebook that somebody should know before it is in force. */
export type RulebookFinding = {
  readonly code: FindingCode;
  readonly severity: 'error' | 'warning';
  readonly sentence: string;
  /** Where, with dots; things in lists by their names. */
  readonly path: string;
};

export function finding(code: FindingCode, sentence: string, path: string): RulebookFinding {
  return { code, severity: FINDING_SEVERITIES[code], sentence, path };
}
