import type { Handoff, ManualRate, Party, Position } from '@holdfast/core';
import type {
  CaseView,
  IncidentView,
  OpenedProposal,
  ProgramAnswer,
  Proposal,
  RulebookInForce,
} from '@holdfast/server/answers';
import { queryOptions } from '@tanstack/react-query';
import { ask } from './ask.ts';

// What the pages read, each under the name by which it is kept and read again when the log has gone on.

/** Read again with every epoch. */
export const LIVE = 'live';

export type Session = { readonly role: 'admin' | null; readonly until?: number };
export type Readiness = { readonly ready: boolean; readonly parts: Readonly<Record<string, string>> };
export const session = queryOptions({
  queryKey: ['session'],
  queryFn: () => ask<Session>('/console-session'),
  staleTime: 60_000,
});

export const rulebook = live('rulebook', () => ask<RulebookInForce>('/rulebook'));
export const parties = live('parties', () =>
  ask<{ readonly position?: Position; readonly parties: readonly Party[] }>('/parties'),
);
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
export const incidents = live('incidents', () => ask<{ readonly incidents: readonly IncidentView[] }>('/incidents'));
export const handoffs = live('handoffs', () =>
  ask<{ readonly count: number; readonly more: number; readonly handoffs: readonly OpenHandoff[] }>('/handoffs'),
);
export const programs = live('programs', () => ask<{ readonly programs: readonly ProgramAnswer[] }>('/programs'));
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
