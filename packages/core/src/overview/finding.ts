/** Everything that an overview can say is wrong, the worst first. Codes are public: added, never renamed. */
export const OVERVIEW_CODES = [
  'log.fraud',
  'log.stopped',
  'ledger.stopped',
  'ledger.not-zero',
  'database.away',
  'disk.full',
  'clock.jumped',
  'log.waiting',
  'log.silent',
  'ledger.waiting',
  'witness.contradicts',
  'disagreement.unexplained',
  'verifier.contradicted',
  'verifier.away',
  'verifier.behind',
  'part.silent',
  'issuer.not-accredited',
  'part.not-ready',
  'key.ended',
  'key.missing',
  'list.ending',
  'backlog.late',
  'handoff.overdue',
  'payment.refused',
  'incident.late',
  'case.missed',
  'check.silent',
  'witness.away',
  'webhook.away',
  'outcome.undelivered',
  'feed.channel-away',
  'telemetry.away',
  'manual.too-much',
] as const;
export type OverviewCode = (typeof OVERVIEW_CODES)[number];

/** One thing that is wrong. Nothing in it is about a person: parts, parties, programs, cases and counts are named. */
export type Finding = {
  readonly code: OverviewCode;
  /** A clause without its time: "South has stopped reading". */
  readonly what: string;
  /** Which part it is that is wrong: a role, a party, a program, a case. */
  readonly part: string;
  /** Unix milliseconds. */
  readonly since: number;
  /** What else waits or stands on it, in words: "14 payments are reserved". */
  readonly affected?: string;
  /** Who has to act. */
  readonly owner: string;
  /** When it is over: "when it reads again". */
  readonly resolves: string;
  /** What to type to see it, or to mend it. */
  readonly command: string;
};

/** A finding whose beginning may not be known by itself; then it is since when it is seen. */
export type FoundWrong = Omit<Finding, 'since'> & { readonly since?: number };

/** Under which name one finding is the same from one look to the next. */
export function findingKey({ code, part }: Pick<Finding, 'code' | 'part'>): string {
  return `${code} ${part}`;
}
