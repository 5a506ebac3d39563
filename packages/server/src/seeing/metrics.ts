import type { Attribute } from './attributes.ts';
import { dottedName, EVENTS, type EventKind, type EventName } from './events.ts';

/** One number of a process, with the labels it has. Durations are in seconds, as Prometheus counts them. */
export type Metric = {
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
};

function gauge<const Labels extends readonly string[]>(help: string, ...labels: Labels) {
  return { help, labels };
}

/** What is read when it is asked for, from the role that knows it. */
export const GAUGES = {
  holdfast_log_size: gauge('Entries that the log has signed.'),
  holdfast_log_running: gauge('1 while the log takes statements.'),
  holdfast_log_epoch_age_seconds: gauge('Since the last epoch.'),
  holdfast_log_tick_seconds: gauge('How often the rulebook promises an epoch.'),
  holdfast_log_appends_waiting: gauge('Appends that wait to be written.'),
  holdfast_feed_subscribers: gauge('Followers that are pushed to.'),
  holdfast_witness_behind_entries: gauge('Entries that a witness has not cosigned yet.', 'witness'),
  holdfast_witness_log_size: gauge('Entries of a log that this witness has cosigned.', 'log'),
  holdfast_evidence_age_seconds: gauge('How old what a follower stands on is.', 'follower'),
  holdfast_verifier_age_seconds: gauge(
    'How old what a verifier has read is, also of one in another process.',
    'verifier',
  ),
  holdfast_feed_stopped: gauge('1 when a follower was shown two histories and reads no more.', 'follower'),
  holdfast_door_in_flight: gauge('Requests that are worked on.', 'class'),
  holdfast_door_queued: gauge('Requests that wait.', 'class'),
  holdfast_door_limit: gauge('Requests of a class that may be worked on at once, now.', 'class'),
  holdfast_door_shed: gauge('Requests told to come back since the process began.', 'class', 'why'),
  holdfast_door_connections: gauge('Open connections.'),
  holdfast_loop_lag_seconds: gauge('How late the event loop of the process is.'),
  holdfast_backlog_applications: gauge('Applications that wait to be judged.', 'program'),
  holdfast_backlog_clears_seconds: gauge('When, at the present pace, nothing waits any more.', 'program'),
  holdfast_handoffs_open: gauge('Crossings that are not complete.', 'what', 'next'),
  holdfast_handoff_oldest_seconds: gauge('Age of the oldest crossing of a kind.', 'what', 'next'),
  holdfast_promises_open: gauge('Promises with a time that is still to come.'),
  holdfast_promises_broken: gauge('Promises whose time is over.'),
  holdfast_revocations_late: gauge('Revocations that took effect after their bound.'),
  holdfast_cases_open: gauge('Cases that are open.'),
  holdfast_cases_overdue: gauge('Cases whose step is overdue.'),
  holdfast_manual_rate: gauge('Share of outcomes that people decided by hand.'),
  holdfast_manual_rate_most: gauge('The most that the rulebook has for it.'),
  holdfast_answers_compared: gauge('Latest answers of two verifiers on the same credential.'),
  holdfast_disagreements_explained: gauge('Answers that differ because one had read further.'),
  holdfast_disagreements_unexplained: gauge('Answers that differ and whose bases do not say why. Must be 0.'),
  holdfast_money_minor_units: gauge('Debits less credits; the sum over all accounts. Must be 0.', 'asset', 'state'),
  holdfast_money_moved_minor_units: gauge('Credits of all accounts.', 'asset', 'state'),
  holdfast_ledger_running: gauge('1 while the ledger writes.'),
  holdfast_ledger_waiting: gauge('Transfers that wait to be written.'),
  holdfast_findings: gauge('What the overview says is wrong now, by its codes.', 'code'),
  holdfast_reading_failed: gauge('Readings for this page that failed or took too long, this time.'),
  holdfast_export_dropped: gauge('What was not taken outside since the process began.', 'signal'),
  holdfast_process_start_seconds: gauge('When the process began, in Unix seconds.'),
  holdfast_process_memory_bytes: gauge('Memory of the process that is resident.'),
} as const satisfies Readonly<Record<string, { readonly help: string; readonly labels: readonly string[] }>>;

export type GaugeName = keyof typeof GAUGES;

/** What one role knows of the whole network, not of its own process alone: whoever shows the whole says it for the role. */
export const NETWORK_GAUGES = [
  'holdfast_log_size',
  'holdfast_log_running',
  'holdfast_log_epoch_age_seconds',
  'holdfast_log_tick_seconds',
  'holdfast_witness_behind_entries',
  'holdfast_ledger_running',
  'holdfast_money_minor_units',
  'holdfast_money_moved_minor_units',
  'holdfast_backlog_applications',
  'holdfast_backlog_clears_seconds',
] as const satisfies readonly GaugeName[];

/** Counted for each event; never more labels than words, names and areas of codes. */
export function counterOf(event: EventName): Metric {
  const { sentence, attributes } = kindOf(event);
  const name = `${baseOf(event)}_total`;
  return { name, kind: 'counter', help: `How often: ${sentence}`, labels: labelsOf(attributes) };
}

/** How much an event is about: `count` of it is added up. */
export function sumsOf(event: EventName): readonly (Metric & { readonly attribute: string })[] {
  const { sentence, attributes } = kindOf(event);
  return Object.entries(attributes)
    .filter(([, { kind }]) => kind === 'count')
    .map(([attribute]) => ({
      ...{ attribute, name: `${baseOf(event)}_${attribute}_total`, kind: 'counter' as const },
      ...{ help: `How many in all: ${sentence}`, labels: labelsOf(attributes) },
    }));
}

/** The durations that an event carries. */
export function histogramsOf(event: EventName): readonly (Metric & { readonly attribute: string })[] {
  const { sentence, attributes } = kindOf(event);
  return Object.entries(attributes)
    .filter(([, { kind }]) => kind === 'ms')
    .map(([attribute]) => ({
      ...{ attribute, name: `${baseOf(event)}_${attribute.replace(/Ms$/, '')}_seconds`, kind: 'histogram' as const },
      ...{ help: sentence, labels: labelsOf(attributes).filter((label) => label !== 'why') },
    }));
}

/** Everything that `/metrics` may show. */
export function metricsList(): readonly Metric[] {
  const events = Object.keys(EVENTS) as EventName[];
  return [
    ...events.flatMap((event) => [counterOf(event), ...sumsOf(event), ...histogramsOf(event)]),
    ...Object.entries(GAUGES).map(([name, { help, labels }]) => ({ name, kind: 'gauge' as const, help, labels })),
  ].map(({ name, kind, help, labels }) => ({ name, kind, help, labels }));
}

function kindOf(event: EventName): EventKind {
  return EVENTS[event];
}

function baseOf(event: EventName): string {
  return `holdfast_${dottedName(event).replace(/[.-]/g, '_')}`;
}

function labelsOf(attributes: Readonly<Record<string, Attribute>>): readonly string[] {
  return Object.entries(attributes)
    .filter(([, { kind }]) => kind === 'word' || kind === 'name' || kind === 'code')
    .map(([key]) => key);
}
