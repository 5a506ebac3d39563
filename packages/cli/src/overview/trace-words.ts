import type { JsonObject } from '@holdfast/core';
import { formatDateTime, formatDuration } from '../output.ts';

/** What `GET /trace/decision/{entry}` answers. */
export type DecisionAnswer = {
  readonly entry: number;
  readonly power: string;
  readonly class: string;
  readonly count: number;
  readonly received: number;
  readonly authorised: number;
  readonly logged: number;
  readonly cosigned?: number;
  readonly published?: number;
  readonly effects: readonly { readonly verifier: string; readonly at: number; readonly lagMs: number }[];
};

/** What `GET /trace/credential` answers. */
export type CredentialAnswer = {
  readonly events: readonly EventAnswer[];
  readonly decisions: readonly DecisionAnswer[];
};
export type EventAnswer = {
  readonly at: number;
  readonly what: 'issued' | 'presented' | 'decided' | 'changed' | 'first-effect';
  readonly by: string;
  readonly outcome?: string;
  readonly verdict?: string;
  readonly seenUpTo?: number;
  readonly entry?: number;
  readonly power?: string;
  readonly class?: string;
};

/** Each stamp and how long after the one before it came. */
export function decisionLines(decision: DecisionAnswer): string[] {
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

const WHAT: Readonly<Record<EventAnswer['what'], string>> = {
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
}: EventAnswer): string {
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
export function joinTraces(traces: readonly CredentialAnswer[]): CredentialAnswer {
  const decisions = new Map(traces.flatMap((trace) => trace.decisions).map((decision) => [decision.entry, decision]));
  const events = new Map(traces.flatMap((trace) => trace.events).map((event) => [JSON.stringify(event), event]));
  return { events: [...events.values()].sort((a, b) => a.at - b.at), decisions: [...decisions.values()] };
}

export function readTrace(answer: JsonObject): CredentialAnswer {
  return answer as unknown as CredentialAnswer;
}
