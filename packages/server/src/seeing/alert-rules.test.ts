import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { NO_PROMTOOL, PROMTOOL, promtool, readAlertRules } from '../../test/promtool.ts';
import { EVENTS, type EventKind } from './events.ts';
import { counterOf } from './metrics.ts';

const RULES = fileURLToPath(new URL('../../../../deploy/prometheus/alerts.yml', import.meta.url));

type Moments = { readonly series: string; readonly values: string };

/** An hour in which all is well, two hours in which it is not, and two after it was mended; one value a minute. */
function turned(series: string, well: string, ill: string): Moments {
  return { series, values: `${well}x59 ${ill}x119 ${well}x119` };
}

/** A counter that is born with its first event, of a process that was started again to mend it. */
function born(series: string, ill: string): Moments {
  return { series, values: `_x60 ${ill}x119 _x120` };
}

/** For each alert what a process shows when it is so. */
const ILL: Readonly<Record<string, readonly Moments[]>> = {
  Unreachable: [turned('up{job="holdfast"}', '1', '0')],
  FoundWrong: [turned('holdfast_findings{code="verifier.away"}', '0', '1')],
  PartStopped: [born('holdfast_part_stopped_total{part="network",why="network"}', '1')],
  LogStopped: [turned('holdfast_log_running', '1', '0')],
  EpochsLate: [
    turned('holdfast_log_epoch_age_seconds', '1', '60+60'),
    { series: 'holdfast_log_tick_seconds', values: '5x300' },
  ],
  EvidenceOld: [turned('holdfast_verifier_age_seconds{verifier="South"}', '3', '60+60')],
  FeedStopped: [turned('holdfast_feed_stopped{follower="north"}', '0', '1')],
  WitnessContradicts: [born('holdfast_witness_failed_total{witness="w",why="forked"}', '1+12')],
  WitnessBehind: [turned('holdfast_witness_behind_entries{witness="w"}', '2', '1001+12')],
  UnexplainedDisagreement: [turned('holdfast_disagreements_unexplained', '0', '1')],
  MoneyDoesNotSum: [turned('holdfast_money_minor_units{asset="EUR",state="posted"}', '0', '-1')],
  LedgerStopped: [turned('holdfast_ledger_running', '1', '0')],
  PromisesBroken: [turned('holdfast_promises_broken', '0', '3')],
  RevocationsLate: [turned('holdfast_revocations_late', '0', '0+1')],
  EffectSlow: [
    born('holdfast_decisions_took_effect_after_seconds_bucket{follower="south",le="5"}', '0'),
    born('holdfast_decisions_took_effect_after_seconds_bucket{follower="south",le="10"}', '1+1'),
    born('holdfast_decisions_took_effect_after_seconds_bucket{follower="south",le="+Inf"}', '1+1'),
  ],
  CasesOverdue: [turned('holdfast_cases_overdue', '0', '1')],
  ManualRate: [
    turned('holdfast_manual_rate', '0.1', '0.6'),
    { series: 'holdfast_manual_rate_most', values: '0.5x300' },
  ],
  HandoffOld: [turned('holdfast_handoff_oldest_seconds{what="settlement",next="looked-at"}', '60', '86401+60')],
  Shedding: [born('holdfast_request_shed_total{class="verify",why="queue"}', '1+120')],
  Backlog: [turned('holdfast_backlog_clears_seconds{program="p"}', '60', '4000')],
  VerdictsRefused: [born('holdfast_verdict_refused_total{verifier="south",why="database"}', '1+60')],
  CanaryFailed: [born('holdfast_canary_failed_total{verifier="south",fault="x"}', '1')],
  ChecksSilent: [born('holdfast_check_silent_total{verifier="south",check="registry"}', '1+60')],
  RequestFailed: [born('holdfast_request_failed_total{class="verify"}', '1')],
  FoundLate: [turned('holdfast_findings{code="witness.away"}', '0', '1')],
  PartTroubled: [born('holdfast_part_troubled_total{part="issuer",why="database"}', '1+6')],
  WebhooksFailing: [born('holdfast_webhook_failed_total{owner="a",why="http"}', '1+6')],
  PeopleNotTold: [born('holdfast_person_not_told_total{why="notify"}', '1')],
  Late: [turned('holdfast_loop_lag_seconds', '0.01', '0.9')],
  NotTold: [turned('holdfast_export_dropped{signal="logs"}', '0', '0+40')],
  NumbersMissing: [turned('holdfast_reading_failed', '0', '1')],
  NobodyLooks: [{ series: 'holdfast_answers_compared', values: '0x59 _x120 0x120' }],
  HandlesOpened: [born('holdfast_handles_opened_total{role="issuer"}', '1')],
};
const ALL = Object.keys(ILL);
/** Told of what happened once, for a while; all others last as long as it does. */
const PASSING = ['CanaryFailed', 'HandlesOpened', 'PeopleNotTold', 'RequestFailed'];

/** A file of tests as promtool has them; JSON is YAML. */
function fileOf(
  looks: readonly { readonly minute: number; readonly among: readonly string[]; readonly fires: boolean }[],
) {
  const checks = looks.map(({ minute, among, fires }) => ({
    expr: `group by (alertname) (ALERTS{alertstate="firing",alertname=~"Holdfast(${among.join('|')})"})`,
    eval_time: `${minute}m`,
    exp_samples: fires ? among.map((alert) => ({ labels: `{alertname="Holdfast${alert}"}`, value: 1 })) : [],
  }));
  const world = Object.values(ILL).flat();
  return JSON.stringify({
    ...{ rule_files: [RULES], evaluation_interval: '1m' },
    tests: [{ interval: '1m', input_series: world, promql_expr_test: checks }],
  });
}

function run(text: string) {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-rules-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'tests.json');
  writeFileSync(file, text);
  return promtool(['test', 'rules', file]);
}

test('each alert has what makes it fire', () => {
  expect(Object.keys(ILL)).toEqual(readAlertRules().map(({ name }) => name));
});

test('whatever is an error has an alert of its own', () => {
  const errors = Object.entries<EventKind>(EVENTS).filter(([, { level }]) => level === 'error');
  const expressions = readAlertRules().map(({ expression }) => expression);
  for (const [event] of errors) {
    const { name } = counterOf(event as keyof typeof EVENTS);
    expect(
      expressions.some((expression) => expression.includes(name)),
      name,
    ).toBe(true);
  }
});

test('none fires while all is well, each when it is not, of counters that are born with it too, and none when it is mended', (context) => {
  if (PROMTOOL === undefined) return context.skip(NO_PROMTOOL);
  const lasting = ALL.filter((alert) => !PASSING.includes(alert));
  const looks = [
    { minute: 59, among: ALL, fires: false },
    { minute: 65, among: PASSING, fires: true },
    { minute: 150, among: lasting, fires: true },
    { minute: 270, among: ALL, fires: false },
  ];
  const { status, said } = run(fileOf(looks));
  expect(said).toContain('SUCCESS');
  expect(status).toBe(0);
  expect(run(fileOf([{ minute: 5, among: ['Late'], fires: true }])).said).toContain('FAILED');
});
