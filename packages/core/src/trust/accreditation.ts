import type { Party } from '../fold/statement.ts';

type Accreditation = Party['accreditations'][number];

/** Whether an accreditation counts at a time of the log: within its time, or as long after it as an exception says. */
export function isInForce(entry: Accreditation, time: number): boolean {
  return entry.from <= time && (time < (entry.until ?? Number.MAX_SAFE_INTEGER) || isExcepted(entry, time));
}

/** Whether it counts by an exception alone. */
export function isExcepted({ from, until, exception }: Accreditation, time: number): boolean {
  return until !== undefined && from <= time && time >= until && exception !== undefined && time < exception.until;
}
