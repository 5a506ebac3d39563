import { z } from 'zod';

/** What a case can be about. A complaint about a decision is a case about what it decided, naming the decision. */
export const CASE_SUBJECTS = ['credential', 'application', 'payment', 'issuer', 'program'] as const;
export type CaseSubject = (typeof CASE_SUBJECTS)[number];

/** Subjects of which followers know who decided on them, besides credentials: an issuer's entry, a program, one payment. */
export const BARRED_SUBJECTS = ['issuer', 'program', 'payment'] as const satisfies readonly CaseSubject[];
export type BarredSubject = (typeof BARRED_SUBJECTS)[number];

/** What can be asked for in a case, and so what happens when it is upheld. */
export const REMEDIES = [
  'revoke',
  'lift',
  'reinstate',
  'withdraw',
  'admit',
  'release',
  'return',
  'revise',
  'none',
] as const;
export type Remedy = (typeof REMEDIES)[number];

/** The remedies that there can be for each subject; `none` asks for an answer only. */
export const REMEDIES_FOR: Readonly<Record<CaseSubject, readonly Remedy[]>> = {
  credential: ['revoke', 'lift', 'reinstate', 'none'],
  application: ['admit', 'none'],
  payment: ['release', 'return', 'none'],
  issuer: ['withdraw', 'none'],
  program: ['revise', 'none'],
};

/** Remedies that take something away and so protect others; the rest give something back or let something through. */
export const PROTECTIVE_REMEDIES: ReadonlySet<Remedy> = new Set(['revoke', 'withdraw', 'return']);

/** What a stage's silence means: the case goes on, or ends there as if somebody had found so. */
export const CASE_SILENCES = ['proceed', 'uphold', 'dismiss'] as const;
export type CaseSilence = (typeof CASE_SILENCES)[number];

const DAY_MS = 86_400_000;
const name = z.string().min(1).max(200);
const roles = z.array(name).min(1).max(16);
/** A stage takes some time, and none is longer than a quarter: every path through a case is finite and short. */
const dueMs = z
  .int()
  .min(1)
  .max(92 * DAY_MS);

export const trackSchema = z.object({
  id: name,
  /** From filing until somebody has looked at it. Silence: it passes to the steward as it stands. */
  filed: z.object({ dueMs }),
  /** From the triage of an officer, who says which reason it is, until a preliminary finding. */
  triaged: z.object({ dueMs, onSilence: z.enum(CASE_SILENCES) }),
  /** For the one complained about. The extension is granted once, by itself, to whoever asks in time. */
  answer: z
    .object({
      dueMs,
      extensionMs: z
        .int()
        .min(0)
        .max(92 * DAY_MS),
      onSilence: z.enum(CASE_SILENCES),
    })
    .optional(),
  /** One officer of these roles, drawn; then as many others, drawn again, as there are alternates. */
  review: z.object({
    roles,
    quorum: z.int().min(1).max(5),
    dueMs,
    alternates: z.int().min(0).max(3),
    onSilence: z.enum(['uphold', 'dismiss']),
  }),
  /** How long the finding may be appealed against before it is final. */
  decided: z.object({ dueMs }),
  /** A panel of these roles. Silence: the finding stands. */
  appeal: z.object({ roles, quorum: z.int().min(1).max(9), dueMs }),
  /** The longest that a credential may be held while its case goes on; absent: it may not be. */
  holdMs: dueMs.optional(),
});
export type Track = z.infer<typeof trackSchema>;

const reasonSchema = z.object({
  /** One of the rulebook's public classes. */
  class: name,
  subjects: z.array(z.enum(CASE_SUBJECTS)).min(1).max(CASE_SUBJECTS.length),
  /** What may be asked for this reason. */
  remedies: z.array(z.enum(REMEDIES)).min(1).max(REMEDIES.length),
  track: name,
  /** From filing to effect when it is upheld: what an issuer's or an officer's promptness is measured against. */
  deadlineMs: dueMs,
});
export type CaseReason = z.infer<typeof reasonSchema>;

const ownerSchema = z.object({
  classes: z.array(name).min(1).max(64).optional(),
  subjects: z.array(z.enum(CASE_SUBJECTS)).min(1).max(CASE_SUBJECTS.length).optional(),
  role: name,
});

/** How complaints, appeals and manual reviews go: who owns them, how long each step may take, what its silence means. */
export const caseRulesSchema = z
  .object({
    /** The role that owns what nobody else does, and what others let lie. */
    steward: name,
    /** Who owns a new case, by reason and subject: the first that applies; after all of them the steward. */
    owners: z.array(ownerSchema).max(64),
    reasons: z.array(reasonSchema).min(1).max(64),
    tracks: z.array(trackSchema).min(1).max(8),
    /** Two epochs further apart than this: the network was away, and every open clock gets that time back and the grace. */
    outage: z.object({
      gapMs: z.int().min(60_000).max(DAY_MS),
      graceMs: z
        .int()
        .min(0)
        .max(7 * DAY_MS),
    }),
    /**
     * Officers who lift so soon what others, and none of them, had suspended contradict them: it stays suspended, and a case
     * for this reason, about lifting it, opens by itself.
     */
    contradiction: z
      .object({
        withinMs: z
          .int()
          .min(1)
          .max(14 * DAY_MS),
        class: name,
      })
      .optional(),
    /**
     * Whoever decided what a case turns out to be about judges nothing in it, also where whoever filed it named no decision:
     * followers find them by the change that the target bears.
     */
    barsDeciders: z.literal(true).optional(),
    /**
     * The same of these subjects, for decisions taken while this is in force. And whatever a case is about, officers of the
     * party whose it is judge nothing in it.
     */
    barsDecidersOf: z
      .array(z.enum(BARRED_SUBJECTS))
      .min(1)
      .max(BARRED_SUBJECTS.length)
      .refine((subjects) => new Set(subjects).size === subjects.length, 'a subject is named once')
      .optional(),
    /** What is owed once a deadline is missed: a first account, and the whole one, from then. */
    incidents: z.object({ preliminaryMs: dueMs, fullMs: dueMs }),
    /** How many of so many outcomes people may have to decide by hand before that is itself reported. */
    manual: z.object({
      perMille: z.int().min(0).max(1000),
      windowMs: dueMs,
      /**
       * The reason for which roles file by themselves what they cannot decide: an applicant in doubt, a check that is by hand.
       * With it, a rate above the bound is an incident of the steward's, which files itself. Absent: neither.
       */
      class: name.optional(),
      /**
       * The reason for which a payment is filed of which nobody knows what became of it: about payments, and with `release`.
       * Absent: it opens no case.
       */
      payments: name.optional(),
      /** Fewer cases than that in a window are no alarm, however few outcomes there were; default 1. */
      least: z.int().min(1).max(100_000).optional(),
    }),
    /** Most open cases at a time. */
    maxOpen: z.int().min(1).max(100_000),
  })
  .refine(({ tracks }) => new Set(tracks.map(({ id }) => id)).size === tracks.length, 'a track is described once')
  .refine(
    ({ reasons }) => new Set(reasons.map((reason) => reason.class)).size === reasons.length,
    'a reason is given once',
  )
  .refine(
    ({ tracks, reasons }) => reasons.every((reason) => tracks.some(({ id }) => id === reason.track)),
    'every reason names a track that there is',
  )
  .refine(
    ({ reasons }) =>
      reasons.every(({ subjects, remedies }) =>
        remedies.every((remedy) => subjects.some((subject) => REMEDIES_FOR[subject].includes(remedy))),
      ),
    'every remedy is one for a subject of its reason',
  )
  .refine(
    ({ manual, reasons }) => manual.class === undefined || reasons.some((reason) => reason.class === manual.class),
    'what roles file is for a reason that there is',
  )
  .refine(
    (rules) =>
      rules.manual.payments === undefined ||
      trackOf(rules, { class: rules.manual.payments, subject: 'payment', remedy: 'release' }) !== undefined,
    'payments are filed for a reason for which one can be released',
  )
  .refine(
    (rules) =>
      rules.contradiction === undefined ||
      trackOf(rules, { class: rules.contradiction.class, subject: 'credential', remedy: 'lift' }) !== undefined,
    'contradictions are for a reason about which a credential can be lifted',
  );
export type CaseRules = z.infer<typeof caseRulesSchema>;

/** The track of a case, or undefined where the rules have no such case. */
export function trackOf(
  rules: { readonly reasons: readonly CaseReason[]; readonly tracks: readonly Track[] },
  ask: { class: string; subject: CaseSubject; remedy: Remedy },
): Track | undefined {
  const reason = rules.reasons.find((candidate) => candidate.class === ask.class);
  if (reason === undefined || !reason.subjects.includes(ask.subject) || !reason.remedies.includes(ask.remedy))
    return undefined;
  if (!REMEDIES_FOR[ask.subject].includes(ask.remedy)) return undefined;
  return rules.tracks.find(({ id }) => id === reason.track);
}

/** Total: there is somebody for every reason and subject, in the last resort the steward. */
export function ownerOf(rules: CaseRules, reasonClass: string, subject: CaseSubject): string {
  const owner = rules.owners.find(
    ({ classes, subjects }) =>
      (classes === undefined || classes.includes(reasonClass)) &&
      (subjects === undefined || subjects.includes(subject)),
  );
  return owner?.role ?? rules.steward;
}
