import type { JsonObject } from '@holdfast/core';
import type { CredentialTrace, DecisionTrace, TraceEvent } from '@holdfast/server/answers';
import { formatDateTime, formatDuration } from '../output.ts';

/** Each stamp and how long after the one before it came. */
export function decisionLines(decision: DecisionTrace): string[] {
  const { entry, power, class: reason, count, received, authorised, logged, cosigned, published, effects } = decision;
  const stamps: readonly (readonly [string, number | undefined])[] = [
    ['received', received],
    ['authorised', authorised],
    ['logged', logged],
    ['cosigned', cosigned],
    ['published', published],
  ];
  const readers = effects.map(
    ({ verifier, at, lagMs }) =>
      `  ${`read by ${verifier}`.padEnd(16)} ${formatDateTime(at)}  ${laterOf(lagMs)} after the log`,
  );
  let before = received;
  const lines = stamps.map(([name, at]) => {
    if (at === undefined) return `  ${name.padEnd(16)} not seen here`;
    const later = at - before;
    before = at;
    return `  ${name.padEnd(16)} ${formatDateTime(at)}  ${name === 'received' ? '' : `+${laterOf(later)}`}`.trimEnd();
  });
  const targets = `${count} target${count === 1 ? '' : 's'}`;
  const seen = effects.length === 0 ? ['  who had read it when is known only of what this server saw come'] : [];
  return [`decision #${entry}: ${power} (${reason}), ${targets}`, ...lines, ...readers, ...seen];
}

function laterOf(ms: number): string {
  return Math.abs(ms) < 10_000 ? `${ms} ms` : formatDuration(ms);
}

const WHAT: Readonly<Record<TraceEvent['what'], string>> = {
  issued: 'issued by',
  presented: 'shown to',
  decided: 'decided by',
  changed: 'changed by',
  'first-effect': 'takes effect at',
};

export function eventLine({
  at,
  what,
  by,
  outcome,
  verdict,
  seenUpTo,
  entry,
  power,
  class: reason,
}: TraceEvent): string {
  const parts = [
    outcome === undefined ? undefined : outcome.toUpperCase(),
    power === undefined ? undefined : `${power} (${reason})`,
    entry === undefined ? undefined : `#${entry}`,
    seenUpTo === undefined ? undefined : `seen up to #${seenUpTo}`,
    verdict,
  ].filter((part) => part !== undefined);
  return `${formatDateTime(at)}  ${WHAT[what]} ${by}: ${parts.join(', ')}`.replace(/: $/, '');
}

/** Of several parties' own timelines one, for whoever holds the credential and so may join them. */
export function joinTraces(traces: readonly CredentialTrace[]): CredentialTrace {
  const decisions = new Map(traces.flatMap((trace) => trace.decisions).map((decision) => [decision.entry, decision]));
  const events = new Map(traces.flatMap((trace) => trace.events).map((event) => [JSON.stringify(event), event]));
  return { events: [...events.values()].sort((a, b) => a.at - b.at), decisions: [...decisions.values()] };
}

export function readTrace(answer: JsonObject): CredentialTrace {
  return answer as unknown as CredentialTrace;
}
