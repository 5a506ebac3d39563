import { z } from 'zod';
import {
  BARRED_SUBJECTS,
  CASE_SUBJECTS,
  caseRulesSchema,
  REMEDIES,
  type Track,
  trackSchema,
} from '../rulebook/case-rules.ts';
import { caseTargetSchema } from './act.ts';

export const CASE_STAGES = ['filed', 'triaged', 'answer', 'review', 'decided', 'appeal', 'final'] as const;
export type CaseStage = (typeof CASE_STAGES)[number];

/** How long a case that has ended, and an incident that is closed, stay in the state: long enough to be looked up. */
export const KEPT_AFTER_END_MS = 92 * 86_400_000;

const name = z.string().min(1).max(500);
const timeMs = z.int().min(0);
const officers = z.array(name).max(1024).readonly();

/** The rules that were in force when the case was opened, and are its rules to the end. */
const termsSchema = z.object({
  track: trackSchema,
  steward: name,
  outage: caseRulesSchema.shape.outage,
  incidents: caseRulesSchema.shape.incidents,
  /** Who may hold, and how many of them it takes; absent: nobody may. */
  hold: z
    .object({ roles: z.array(name).max(16), quorum: z.int().min(1) })
    .readonly()
    .exactOptional(),
  barsDeciders: z.literal(true).exactOptional(),
  barsDecidersOf: z.array(z.enum(BARRED_SUBJECTS)).readonly().exactOptional(),
});
export type CaseTerms = z.infer<typeof termsSchema>;

/** A case as everybody who has read this far sees it. Never changed in place: each step is a new record. */
export const caseRecordSchema = z
  .object({
    id: name,
    /** Entry that opened it. */
    entry: z.int().min(0),
    openedAt: timeMs,
    /** Index of the rulebook that was in force then. */
    rulebook: z.int().min(0),
    terms: termsSchema,
    about: z.enum(CASE_SUBJECTS),
    class: name,
    remedy: z.enum(REMEDIES),
    subject: name,
    /** The role that owns it while nobody else does. */
    role: name,
    respondent: name.exactOptional(),
    against: z.int().min(0).exactOptional(),
    stage: z.enum(CASE_STAGES),
    /** When this stage began and when its silence takes effect; of a final case, when it leaves the state. */
    since: timeMs,
    dueAt: timeMs,
    /** Whether an officer has said that there is something to it, and for which reason. */
    vouched: z.boolean(),
    joined: z.int().min(0),
    /** Steps taken so far. */
    acts: z.int().min(0),
    /** Officers whose decision it is about, who take no part at all. */
    conflicted: officers,
    /** The party whose it turned out to be: its officers take no part either. */
    house: name.exactOptional(),
    /** Officers who have taken part, and judge nothing more of it. */
    acted: officers,
    /** Everybody who has been asked to review. */
    drawn: officers,
    /** Those asked now; absent until the next epoch draws them, empty where there was nobody to draw. */
    asked: officers.exactOptional(),
    /** How often alternates can still be drawn. */
    alternates: z.int().min(0),
    extended: z.literal(true).exactOptional(),
    /** What takes effect if it is upheld, as far as an officer has named it. */
    target: caseTargetSchema.readonly().exactOptional(),
    hold: z.object({ until: timeMs, officers }).readonly().exactOptional(),
    /** It was held once; a second time is for those who judge. */
    held: z.literal(true).exactOptional(),
    finding: z
      .object({ upheld: z.boolean(), by: z.enum(['officers', 'silence']), at: timeMs })
      .readonly()
      .exactOptional(),
    appealed: z.literal(true).exactOptional(),
    /** Officers contradicted each other about it. */
    escalated: z.literal(true).exactOptional(),
  })
  .readonly();
export type CaseRecord = z.infer<typeof caseRecordSchema>;

export function isOpen(record: CaseRecord): boolean {
  return record.stage !== 'final';
}

/** Whether its credential is suspended on account of it: held, or found to be revoked and not yet final. */
export function isHolding(record: CaseRecord): boolean {
  const { stage, target, hold, finding, remedy } = record;
  if (stage === 'final' || target?.of !== 'credential') return false;
  return hold !== undefined || (finding?.upheld === true && remedy === 'revoke');
}

/** What was missed, by whom, and how far it got: becomes an incident. */
export type Missed = { readonly stage: CaseStage | 'hold'; readonly owner: string; readonly dueAt: number };

/** Who has to act now: officers by name once they are asked, or everybody with one of these roles, or the respondent. */
export type CaseOwner =
  | { readonly officers: readonly string[] }
  | { readonly roles: readonly string[] }
  | { readonly respondent: string };

/** Total: at every stage that is not final somebody owns it. */
export function ownerOfCase(record: CaseRecord): CaseOwner {
  const { stage, terms, role, vouched, respondent, asked } = record;
  switch (stage) {
    case 'filed':
    case 'decided':
    case 'final':
      return { roles: [role] };
    case 'triaged':
      return { roles: [vouched ? role : terms.steward] };
    case 'answer':
      return { respondent: respondent ?? 'holder' };
    case 'review':
      if (asked === undefined) return { roles: terms.track.review.roles };
      return asked.length > 0 ? { officers: asked } : { roles: [terms.steward] };
    case 'appeal':
      return { roles: terms.track.appeal.roles };
    default:
      return stage satisfies never;
  }
}

export function wordsOfOwner(owner: CaseOwner): string {
  if ('officers' in owner) return owner.officers.join(', ');
  return 'roles' in owner ? owner.roles.join(', ') : owner.respondent;
}

/**
 * The latest time at which this case is final, whatever anybody does or leaves from now on; only an outage of the network
 * makes it later, or a triage that finds another reason.
 */
export function latestEnd(record: CaseRecord): number {
  const { track } = record.terms;
  // The steward may look at what nobody has at the last moment, and the authority has its time all the same.
  const lateMs = record.vouched ? 0 : track.triaged.dueMs;
  const rest = answerMs(record) + reviewMs(track, record.alternates + 1) + endMs(track);
  const afterwards: Readonly<Record<CaseStage, number>> = {
    filed: track.triaged.dueMs + lateMs + rest,
    triaged: lateMs + rest,
    answer: reviewMs(track, record.alternates + 1) + extensionMs(record) + endMs(track),
    review: reviewMs(track, record.alternates) + endMs(track),
    decided: track.appeal.dueMs,
    appeal: 0,
    final: 0,
  };
  return record.stage === 'final' ? record.since : record.dueAt + afterwards[record.stage];
}

function answerMs({ terms, respondent }: CaseRecord): number {
  const { answer } = terms.track;
  return answer === undefined || respondent === undefined ? 0 : answer.dueMs + answer.extensionMs;
}

function extensionMs({ terms, extended }: CaseRecord): number {
  return extended ? 0 : (terms.track.answer?.extensionMs ?? 0);
}

function reviewMs(track: Track, times: number): number {
  return track.review.dueMs * times;
}

function endMs(track: Track): number {
  return track.decided.dueMs + track.appeal.dueMs;
}
