import { z } from 'zod';
import type { CaseRecord, Missed } from './case-record.ts';
import { CASE_STAGES } from './case-record.ts';

const name = z.string().min(1).max(1100);
const timeMs = z.int().min(0);

/** What was missed, what is still outstanding, and what is owed about it. Never changed in place. */
export const incidentSchema = z
  .object({
    id: name,
    /** The case whose deadline was missed; absent: the governor reports something else. */
    case: name.exactOptional(),
    class: name,
    stage: z.enum([...CASE_STAGES, 'hold', 'reported']),
    /** Who let it pass: officers, roles, or the respondent. */
    owner: z.string().max(4096),
    /** The deadline, and the time of the epoch at which it was found missed. */
    dueAt: timeMs,
    at: timeMs,
    preliminaryDueAt: timeMs,
    fullDueAt: timeMs,
    /** Entries of what was reported. */
    preliminary: z.int().min(0).exactOptional(),
    full: z.int().min(0).exactOptional(),
    closedAt: timeMs.exactOptional(),
    /** As last reported: how many are done, how many are not, and when they will be. */
    outstanding: z
      .object({ done: z.int().min(0), remaining: z.int().min(0), etaMs: timeMs.exactOptional() })
      .readonly()
      .exactOptional(),
  })
  .readonly();
export type Incident = z.infer<typeof incidentSchema>;

/** The incident of a deadline that a case has passed: it files itself. */
export function incidentOf(record: CaseRecord, missed: Missed, at: number): Incident {
  const { preliminaryMs, fullMs } = record.terms.incidents;
  const { stage, owner, dueAt } = missed;
  const due = { preliminaryDueAt: at + preliminaryMs, fullDueAt: at + fullMs };
  const outstanding = { done: 0, remaining: 1 };
  return {
    id: `${record.id} ${stage} ${dueAt}`,
    case: record.id,
    class: record.class,
    stage,
    owner,
    dueAt,
    at,
    ...due,
    outstanding,
  };
}

export const INCIDENT_REPORTS = ['preliminary', 'full', 'update', 'close'] as const;
export type IncidentReport = (typeof INCIDENT_REPORTS)[number];

/** The incident with one more report, or undefined where that comes out of order: nothing is closed that is not explained. */
export function reportOn(
  incident: Incident,
  report: { readonly report: IncidentReport; readonly outstanding?: Incident['outstanding'] | undefined },
  at: { readonly entry: number; readonly time: number },
): Incident | undefined {
  if (incident.closedAt !== undefined) return undefined;
  const next = report.outstanding === undefined ? incident : { ...incident, outstanding: report.outstanding };
  switch (report.report) {
    case 'preliminary':
      return incident.preliminary === undefined ? { ...next, preliminary: at.entry } : undefined;
    case 'full':
      return incident.full === undefined ? { ...next, full: at.entry } : undefined;
    case 'update':
      return next;
    case 'close':
      return incident.full === undefined ? undefined : { ...next, closedAt: at.time };
    default:
      return report.report satisfies never;
  }
}

/** What is owed about it next, and whether it is late. Undefined once it is closed. */
export function owedNext(
  incident: Incident,
  time: number,
): { readonly report: IncidentReport; readonly dueAt: number; readonly isLate: boolean } | undefined {
  if (incident.closedAt !== undefined) return undefined;
  const [report, dueAt] =
    incident.full !== undefined
      ? (['close', incident.fullDueAt] as const)
      : incident.preliminary === undefined
        ? (['preliminary', incident.preliminaryDueAt] as const)
        : (['full', incident.fullDueAt] as const);
  return { report, dueAt, isLate: dueAt <= time };
}
