import { CASE_SUBJECTS, caseTargetSchema, INCIDENT_REPORTS, MAX_PARTY_FILING_LENGTH, REMEDIES } from '@holdfast/core';
import { z } from 'zod';
import { MAX_CASE_EVIDENCE, MAX_STATEMENT_LENGTH } from '../../roles/governor/cases/filing.ts';

const name = z.string().min(1).max(500);
const digest = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
const statement = z.string().min(1).max(MAX_STATEMENT_LENGTH);
const presentation = z.string().min(1).max(65_536);

const subject = z.union([
  z.strictObject({ list: name, index: z.int().min(0) }),
  z.strictObject({ issuer: name }),
  z.strictObject({ program: name, digest: digest.optional() }),
]);

/** What somebody files; without a presentation it takes an operator's key. */
export const filingBody = z.strictObject({
  about: z.enum(CASE_SUBJECTS),
  class: name,
  remedy: z.enum(REMEDIES),
  subject: subject.optional(),
  respondent: name.optional(),
  against: z.int().min(0).optional(),
  statement,
  evidence: z
    .array(z.strictObject({ class: name, digest }))
    .max(MAX_CASE_EVIDENCE)
    .optional(),
  contact: z.string().min(1).max(300).optional(),
  presentation: presentation.optional(),
});
export type FilingBody = z.infer<typeof filingBody>;

/** What a party has signed (`party-filing.ts` of core). */
export const partyFilingBody = z.strictObject({ filing: z.string().min(1).max(MAX_PARTY_FILING_LENGTH) });

/** A step of somebody concerned: by the code of whoever filed, by presenting, signed by a party, or at the desk. */
export const responseBody = z.strictObject({
  act: z.enum(['answer', 'extend', 'appeal', 'withdraw']),
  statement: statement.optional(),
  salt: z
    .string()
    .regex(/^[A-Za-z0-9_-]{22}$/)
    .optional(),
  code: z.string().min(1).max(100).optional(),
  presentation: presentation.optional(),
  signed: z.string().min(1).max(1024).optional(),
});
export type ResponseBody = z.infer<typeof responseBody>;

export const stepBody = z.discriminatedUnion('act', [
  z.strictObject({
    act: z.literal('triage'),
    admit: z.boolean(),
    class: name.optional(),
    remedy: z.enum(REMEDIES).optional(),
    target: caseTargetSchema.optional(),
  }),
  z.strictObject({ act: z.literal('hold'), target: caseTargetSchema }),
  z.strictObject({ act: z.literal('advance') }),
  z.strictObject({
    act: z.literal('find'),
    upheld: z.boolean(),
    target: caseTargetSchema.optional(),
    reasons: statement,
  }),
]);

/** An account of an incident, whose text stays with whoever wrote it. */
export const accountBody = z.strictObject({
  incident: z.string().min(1).max(1100),
  report: z.enum(INCIDENT_REPORTS),
  digest,
  outstanding: z
    .strictObject({ done: z.int().min(0), remaining: z.int().min(0), etaMs: z.int().min(0).exactOptional() })
    .optional(),
});

export const caseParams = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{1,120}$/) });
export const stepParams = caseParams.extend({ step: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/) });
export const casesQuery = z.object({ open: z.enum(['true', 'false']).optional() });
