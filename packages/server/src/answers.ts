// The answers of our HTTP interface as types, for clients: what the routes send, said once. Nothing here runs.
import type { z } from 'zod';
import type {
  applicationAnswer,
  listsAnswer,
  noticesAnswer,
  outcomesAnswer,
  programAnswer,
  settleAnswer,
  settlementAnswer,
} from './http/distributor/answers.ts';

export type { OffersAnswer } from './http/issuer/operator-routes.ts';
export type { LedgerAuditAnswer } from './http/ledger/answers.ts';
export type { Course } from './http/overview/trace-routes.ts';
export type { OpenedFile } from './roles/governor/cases/case-files.ts';
export type { CaseView, IncidentView } from './roles/governor/cases/case-view.ts';
export type { StepDraft, StepView } from './roles/governor/cases/steps.ts';
export type { OpenedProposal, RulebookInForce } from './roles/governor/governor.ts';
export type { Proposal } from './roles/governor/proposal.ts';
export type { ProposalRequest } from './roles/governor/request.ts';
export type { CredentialTrace, TraceEvent } from './roles/overview/credential-trace.ts';
export type { DecisionTrace } from './roles/overview/decision-book.ts';
export type { Disagreement, Disagreements } from './roles/overview/disagreements.ts';
export type { OverviewView } from './roles/overview/overview-desk.ts';

export type ProgramAnswer = z.infer<typeof programAnswer>;
export type ApplicationAnswer = z.infer<typeof applicationAnswer>;
export type ListsAnswer = z.infer<typeof listsAnswer>;
export type SettlementAnswer = z.infer<typeof settlementAnswer>;
export type OutcomesAnswer = z.infer<typeof outcomesAnswer>;
export type NoticesAnswer = z.infer<typeof noticesAnswer>;
export type SettleAnswer = z.infer<typeof settleAnswer>;
