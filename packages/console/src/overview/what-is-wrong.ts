import type { IncidentView } from '@holdfast/server/answers';
import type { OpenHandoff, Readiness, VerifierAnswer } from '../api/queries.ts';
import { dateOf, durationOf } from '../parts/time-words.ts';

/** What an overview is made of, as it was read; what could not be read is missing. */
export type Seen = {
  /** Unix milliseconds, by this browser. */
  readonly now: number;
  readonly tickMs: number;
  readonly readiness?: Readiness;
  readonly verifiers: readonly { readonly id: string; readonly answer?: VerifierAnswer; readonly isAsked: boolean }[];
  readonly handoffs: readonly OpenHandoff[];
  readonly incidents: readonly IncidentView[];
  readonly isTooManual: boolean;
};

export type Wrong = { readonly sentence: string; readonly to: string };

/** A verifier this many ticks behind is told of: one lost epoch is nothing. */
const LATE_TICKS = 3;

/** Everything that is wrong, what matters most first: what is it, since when, whose it is, and when it resolves. */
export function whatIsWrong(seen: Seen): readonly Wrong[] {
  return [
    ...wrongParts(seen),
    ...wrongLog(seen),
    ...wrongVerifiers(seen),
    ...overdue(seen),
    ...owed(seen),
    ...manual(seen),
  ];
}

/** One sentence for the top of the page. */
export function summaryOf(seen: Seen): string {
  const [first, ...others] = whatIsWrong(seen);
  if (first !== undefined) {
    const more = others.length === 0 ? '' : ` And ${others.length} more.`;
    return `${first.sentence}${more}`;
  }
  const parts = Object.keys(seen.readiness?.parts ?? {}).length;
  return parts === 0
    ? 'Nothing is known yet.'
    : `Nothing is wrong: ${parts} parts are ready, ${seen.verifiers.length} verifiers have read on, nothing is overdue.`;
}

function wrongParts({ readiness }: Seen): Wrong[] {
  return Object.entries(readiness?.parts ?? {})
    .filter(([, state]) => state !== 'ready')
    .map(([part, state]) => ({ sentence: `The part ${part} is not ready: ${state}.`, to: '/health' }));
}

function newestOf({ verifiers }: Seen): number | undefined {
  const times = verifiers.map(({ answer }) => answer?.position?.time).filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.max(...times);
}

function wrongLog(seen: Seen): Wrong[] {
  const newest = newestOf(seen);
  const lateMs = (LATE_TICKS + 1) * seen.tickMs;
  if (newest === undefined || seen.now - newest <= lateMs) return [];
  const since = `No epoch was read by anybody since ${dateOf(newest)} (${durationOf(seen.now - newest)})`;
  return [{ sentence: `${since}; owner: whoever runs the log, or the clocks differ.`, to: '/log' }];
}

function wrongVerifiers(seen: Seen): Wrong[] {
  const newest = newestOf(seen) ?? 0;
  return seen.verifiers.flatMap(({ id, answer, isAsked }) => {
    const name = answer?.name ?? id;
    if (answer === undefined) {
      return isAsked ? [{ sentence: `Verifier ${name} does not answer; owner: whoever runs it.`, to: '/health' }] : [];
    }
    const read = answer.position?.time;
    if (read === undefined) return [{ sentence: `Verifier ${name} has read nothing yet.`, to: '/health' }];
    if (newest - read < LATE_TICKS * seen.tickMs) return [];
    const resolves = 'what it is asked to pay is reserved, and goes on when it reads again';
    const since = `Verifier ${name} stopped reading at ${dateOf(read)}`;
    return [{ sentence: `${since}; ${resolves}; owner: ${answer.party ?? id}.`, to: '/health' }];
  });
}

function overdue({ handoffs, now }: Seen): Wrong[] {
  return handoffs
    .filter(({ dueBy }) => dueBy !== undefined && dueBy < now)
    .map(({ what, count, of, owner, since, dueBy = 0 }) => ({
      sentence: `${count} ${what}${count === 1 ? '' : 's'} of ${of} wait since ${dateOf(since)} and were due ${durationOf(now - dueBy)} ago; owner: ${owner}.`,
      to: '/handoffs',
    }));
}

function owed({ incidents }: Seen): Wrong[] {
  return incidents
    .filter(({ owed: account }) => account?.isLate === true)
    .map(({ owner, case: of, owed: account }) => ({
      sentence: `The ${account?.report ?? ''} account of a missed deadline is late since ${dateOf(account?.dueAt ?? 0)}; owner: ${owner}.`,
      to: of === undefined ? '/cases' : `/cases/${of}`,
    }));
}

function manual({ isTooManual }: Seen): Wrong[] {
  return isTooManual
    ? [{ sentence: 'More is decided by hand than the rulebook allows: rules are missing.', to: '/cases' }]
    : [];
}
