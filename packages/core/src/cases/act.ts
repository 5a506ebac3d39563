import { z } from 'zod';
import { bindingDigest } from '../governance/decision.ts';
import { programIdSchema } from '../program/program.ts';
import { CASE_SUBJECTS, REMEDIES } from '../rulebook/case-rules.ts';

const name = z.string().min(1).max(500);
const digest = z.string().length(43);
const approvals = z.array(z.string().max(1024)).min(1).max(9);

/** What a finding takes effect on. Named once it is about to be public anyway, so that every follower can carry it out. */
export const caseTargetSchema = z.discriminatedUnion('of', [
  z.object({ of: z.literal('credential'), list: name, index: z.int().min(0) }),
  /** Without a type: everything that the issuer is accredited for. */
  z.object({ of: z.literal('issuer'), party: name, type: name.optional() }),
  /** `digest`: of the application; only they know it who made it and who received it. */
  z.object({ of: z.literal('application'), program: programIdSchema, digest }),
  /** `digest`: of the instruction (program/instruction.ts). */
  z.object({ of: z.literal('payment'), program: programIdSchema, digest }),
  z.object({ of: z.literal('program'), program: programIdSchema }),
]);
export type CaseTarget = z.infer<typeof caseTargetSchema>;

/** Roots over salted leaves, as in decisions: what is sealed can be opened to those concerned, and erased. */
const evidence = digest;

/** One step of somebody in a case. What an officer does carries approvals over `caseActDigest`. */
export const caseActSchema = z.discriminatedUnion('act', [
  z.object({
    act: z.literal('open'),
    about: z.enum(CASE_SUBJECTS),
    class: name,
    remedy: z.enum(REMEDIES),
    /** A handle of what it is about, the same for the same thing and this network; made with a key that only it has. */
    subject: digest,
    /** The party complained about, or `holder`, who may answer. */
    respondent: name.optional(),
    /** Entry of the decision complained about: who took it judges nothing here. */
    against: z.int().min(0).optional(),
    evidence,
  }),
  /** Another complaint about the same. */
  z.object({ act: z.literal('join'), evidence }),
  /** Somebody has looked: it is one, perhaps for another reason than was given; or it is none. */
  z.object({
    act: z.literal('triage'),
    admit: z.boolean(),
    class: name.optional(),
    remedy: z.enum(REMEDIES).optional(),
    /** What silence of the authority would take effect on. */
    target: caseTargetSchema.optional(),
    approvals,
  }),
  /** The credential is suspended while the case goes on, within the bounds of its track. */
  z.object({ act: z.literal('hold'), target: caseTargetSchema, approvals }),
  /** The authority has found what it could: it goes on to the answer or the review. */
  z.object({ act: z.literal('advance'), approvals }),
  /** By the respondent: a party signs it with its statement key (typ `approval+jwt`, like an officer). */
  z.object({ act: z.literal('answer'), evidence, signed: z.string().max(1024).optional() }),
  z.object({ act: z.literal('extend') }),
  /** By those asked to review, or by the panel of the appeal. */
  z.object({
    act: z.literal('find'),
    upheld: z.boolean(),
    target: caseTargetSchema.optional(),
    reasons: digest,
    approvals,
  }),
  z.object({ act: z.literal('appeal'), evidence }),
  /** By whoever filed it: nothing more is asked for. */
  z.object({ act: z.literal('withdraw') }),
]);
export type CaseAct = z.infer<typeof caseActSchema>;

/**
 * What an officer (or the respondent) signs to take this step: bound to the network, the case, and to how many steps it has
 * had, so that no signature counts in another place or twice.
 */
export function caseActDigest(of: {
  readonly genesis: string;
  readonly case: string;
  /** `CaseRecord.acts` when the step is taken. */
  readonly step: number;
  readonly act: CaseAct;
}): string {
  const { approvals: _approvals, signed: _signed, ...act } = { approvals: undefined, signed: undefined, ...of.act };
  return bindingDigest({ genesis: of.genesis, case: of.case, step: of.step, act });
}
