import type { Handoff, IssuerRecord, ManualRate, Party, Position, TrustMatrix } from '@holdfast/core';
import type {
  CaseView,
  Course,
  CredentialTrace,
  DecisionTrace,
  Disagreements,
  IncidentView,
  LedgerAuditAnswer,
  OpenedFile,
  OpenedProposal,
  OverviewView,
  ProgramAnswer,
  Proposal,
  RulebookInForce,
  StepView,
} from '@holdfast/server/answers';
import { queryOptions } from '@tanstack/react-query';
import { ask } from './ask.ts';

// What the pages read, each under the name by which it is kept and read again when the log has gone on.

/** Read again with every epoch. */
export const LIVE = 'live';

export type Scope = 'see' | 'work' | 'apply' | 'admin';
export type OperatorRole = 'viewer' | 'clerk' | 'operator' | 'admin';
export type Session = {
  readonly role: OperatorRole | null;
  readonly may: readonly Scope[];
  readonly name?: string;
  /** Whose doors alone are open. */
  readonly party?: string;
  readonly until?: number;
  /** Where one can log in as well. */
  readonly oidc?: string;
  /** Roles that answer at this origin; absent: all of a network. */
  readonly roles?: readonly string[];
  /** With `roles`: the parties that they are. */
  readonly parties?: readonly Pick<Party, 'id' | 'kind' | 'name'>[];
};
export type Readiness = { readonly ready: boolean; readonly parts: Readonly<Record<string, string>> };
export const session = queryOptions({
  queryKey: ['session'],
  queryFn: () => ask<Session>('/console-session'),
  staleTime: 60_000,
});

export const rulebook = live('rulebook', () => ask<RulebookInForce>('/rulebook'));
/** Those of the network; where no governor answers, those that run here, and of them no more than who they are. */
export const parties = queryOptions({
  queryKey: [LIVE, 'parties'],
  queryFn: async ({ client }): Promise<{ readonly position?: Position; readonly parties: readonly Party[] }> => {
    const { roles, parties: own = [] } = await client.ensureQueryData(session);
    if (roles === undefined || roles.includes('governor')) return ask('/parties');
    return { parties: own.map((party) => ({ ...party, keys: [], accreditations: [] })) };
  },
});
export const decisions = live('decisions', () => ask<{ readonly decisions: readonly Proposal[] }>('/decisions'));
export const decision = (id: string) => live(`decision ${id}`, () => ask<Proposal>(`/decisions/${id}`));
/** What the digests of a decision stand for never changes. */
export const openings = (id: string) =>
  queryOptions({
    queryKey: ['openings', id],
    queryFn: () => ask<OpenedProposal>(`/decisions/${id}/openings`),
    staleTime: Number.POSITIVE_INFINITY,
  });
export const cases = live('cases', () =>
  ask<{ readonly cases: readonly CaseView[]; readonly manual: ManualRate | null }>('/cases'),
);
export const oneCase = (id: string) => live(`case ${id}`, () => ask<CaseView>(`/cases/${encodeURIComponent(id)}`));
export const caseSteps = (id: string) =>
  live(`steps ${id}`, () => ask<{ readonly steps: readonly StepView[] }>(`/cases/${encodeURIComponent(id)}/steps`));
export const caseFiles = (id: string) =>
  live(`files ${id}`, () => ask<{ readonly files: readonly OpenedFile[] }>(`/cases/${encodeURIComponent(id)}/files`));
export const incidents = live('incidents', () => ask<{ readonly incidents: readonly IncidentView[] }>('/incidents'));
export const handoffs = live('handoffs', () =>
  ask<{ readonly count: number; readonly more: number; readonly handoffs: readonly OpenHandoff[] }>('/handoffs'),
);
export const programs = live('programs', () => ask<{ readonly programs: readonly ProgramAnswer[] }>('/programs'));
export const program = (id: string) =>
  live(`program ${id}`, () => ask<ProgramAnswer>(`/programs/${encodeURIComponent(id)}`));
/** Of all programs under way: who waits, and how fast they are looked at. */
export const load = live('load', () => ask<{ readonly backlogs: readonly Backlog[] }>('/load'));
export type Backlog = {
  readonly program: string;
  readonly waiting: number;
  readonly perSecond?: number;
  readonly clearsInMs?: number;
};
export const trust = live('trust', () => ask<TrustMatrix>('/trust/matrix'));
/** What is wrong, the worst first. */
export const overview = live('overview', () => ask<OverviewView>('/overview'));
export const traceDecisions = live('trace', () =>
  ask<{ readonly decisions: readonly DecisionTrace[] }>('/trace/decisions'),
);
export const traceDecision = (entry: string) =>
  live(`trace ${entry}`, () => ask<DecisionTrace>(`/trace/decision/${encodeURIComponent(entry)}`));
export const traceCredential = (handle: Readonly<Record<string, string>>) => {
  const query = String(new URLSearchParams(handle));
  return live(`timeline ${query}`, () => ask<CredentialTrace>(`/trace/credential?${query}`));
};
export const disagreements = live('disagreements', () => ask<Disagreements>('/trace/disagreements'));
export const ages = live('ages', () =>
  ask<{ readonly points: readonly { readonly at: number; readonly ages: Readonly<Record<string, number>> }[] }>(
    '/trace/ages',
  ),
);
/** What people decided by hand, what was promised and late, and who waited, over time. */
export const course = live('course', () => ask<Course>('/trace/course'));
/** Every account is added up for it: asked for now and then, not with every epoch. */
export const ledgerAudit = queryOptions({
  queryKey: ['ledger audit'],
  queryFn: () => ask<LedgerAuditAnswer>('/ledger/audit'),
  staleTime: 15_000,
  refetchInterval: 30_000,
});
/** Everything that the log says of one issuer. */
export const issuerRecord = (issuer: string) =>
  live(`record ${issuer}`, () => ask<IssuerRecord>(`/trust/issuers/${encodeURIComponent(issuer)}/record`));
/** A part that is not ready makes the answer a refusal; which part it is stands in it all the same. */
export const readiness = live('readiness', async (): Promise<Readiness> => {
  const response = await fetch('/readyz', { signal: AbortSignal.timeout(10_000) });
  return (await response.json()) as Readiness;
});

/** Amounts travel as decimal digits: numbers of JSON lose what they can hold. */
export type OpenHandoff = Omit<Handoff, 'amount'> & { readonly amount?: string };

function live<T>(name: string, queryFn: () => Promise<T>) {
  return queryOptions({ queryKey: [LIVE, name], queryFn });
}

/** What a verifier says of itself. */
export type VerifierAnswer = {
  readonly id: string;
  readonly name: string;
  readonly party?: string;
  readonly position?: Position;
};
export const verifier = (id: string) =>
  live(`verifier ${id}`, () => ask<VerifierAnswer>(`/v/${encodeURIComponent(id)}`));

/** Whose keys open the doors, and who is logged in: what an admin is shown. */
export const operatorKeys = live('operator keys', () =>
  ask<{
    readonly keys: readonly {
      readonly name: string;
      readonly role: OperatorRole;
      readonly party?: string;
      readonly createdAt: number;
    }[];
  }>('/operator-keys'),
);
/** Somebody who is logged in at the console. Times in unix milliseconds. */
export type OperatorSession = {
  readonly id: string;
  readonly name: string;
  readonly role: OperatorRole;
  readonly by: 'admin' | 'key' | 'oidc' | 'officer';
  readonly beganAt: number;
  readonly until: number;
  readonly isOwn: boolean;
};
export const operatorSessions = live('operator sessions', () =>
  ask<{ readonly sessions: readonly OperatorSession[] }>('/console-sessions'),
);
