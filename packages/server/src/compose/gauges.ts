import {
  ADMISSION_CLASSES,
  type Finding,
  type Handoff,
  type ManualRate,
  OVERVIEW_CODES,
  type VerifierFact,
} from '@holdfast/core';
import type { Follower } from '@holdfast/verifier';
import type { DoorView } from '../http/admission/door.ts';
import type { HandoffSource } from '../http/handoffs.ts';
import { readHandoffs } from '../http/handoffs.ts';
import type { NetworkStatus } from '../http/status-page/status-state.ts';
import type { AssetAudit } from '../ports/ledger-store.ts';
import type { Backlog } from '../roles/distributor/intake-pace.ts';
import type { LedgerHealth, LedgerRole } from '../roles/ledger/ledger.ts';
import type { NetworkHealth } from '../roles/network/network-role.ts';
import type { GaugeSample } from '../seeing/registry.ts';

const PER_SECOND = 1000;

export function doorGauges({ classes, connections, loop }: DoorView): readonly GaugeSample[] {
  const lanes = ADMISSION_CLASSES.flatMap((name): GaugeSample[] => {
    const { inFlight, queued, limit, shed } = classes[name];
    return [
      { gauge: 'holdfast_door_in_flight', labels: { class: name }, value: inFlight },
      { gauge: 'holdfast_door_queued', labels: { class: name }, value: queued },
      { gauge: 'holdfast_door_limit', labels: { class: name }, value: limit },
      ...Object.entries(shed).map(
        ([why, value]): GaugeSample => ({ gauge: 'holdfast_door_shed', labels: { class: name, why }, value }),
      ),
    ];
  });
  return [
    ...lanes,
    { gauge: 'holdfast_door_connections', value: connections.open },
    { gauge: 'holdfast_loop_lag_seconds', value: loop.lagMs / PER_SECOND },
  ];
}

const startedSeconds = Math.round(Date.now() / PER_SECOND - process.uptime());

export function processGauges(): readonly GaugeSample[] {
  return [
    { gauge: 'holdfast_process_start_seconds', value: startedSeconds },
    { gauge: 'holdfast_process_memory_bytes', value: process.memoryUsage.rss() },
  ];
}

export function followerGauges(follower: string, { position, contradiction }: Follower, now: number): GaugeSample[] {
  const stopped: GaugeSample = {
    gauge: 'holdfast_feed_stopped',
    labels: { follower },
    value: contradiction === undefined ? 0 : 1,
  };
  if (position === undefined) return [stopped];
  const value = Math.max(0, now - position.time) / PER_SECOND;
  return [stopped, { gauge: 'holdfast_evidence_age_seconds', labels: { follower }, value }];
}

/** Of verifiers in other processes, as they say themselves. */
export function stoppedGauges(verifiers: readonly VerifierFact[]): readonly GaugeSample[] {
  return verifiers
    .filter(({ isAnswering }) => isAnswering)
    .map(({ id, contradiction }) => ({
      ...{ gauge: 'holdfast_feed_stopped', labels: { follower: id }, value: contradiction === undefined ? 0 : 1 },
    }));
}

export function networkGauges(health: NetworkHealth, tickMs: number, now: number): readonly GaugeSample[] {
  const { status, size, lastEpochAt, appendsWaiting, subscribers, witnesses } = health;
  return [
    { gauge: 'holdfast_log_size', value: size },
    { gauge: 'holdfast_log_running', value: status === 'running' ? 1 : 0 },
    { gauge: 'holdfast_log_epoch_age_seconds', value: Math.max(0, now - lastEpochAt) / PER_SECOND },
    { gauge: 'holdfast_log_tick_seconds', value: tickMs / PER_SECOND },
    { gauge: 'holdfast_log_appends_waiting', value: appendsWaiting },
    { gauge: 'holdfast_feed_subscribers', value: subscribers },
    ...witnesses.map(
      ({ witness, size: cosigned = 0 }): GaugeSample => ({
        ...{ gauge: 'holdfast_witness_behind_entries', labels: { witness }, value: Math.max(0, size - cosigned) },
      }),
    ),
  ];
}

/** Without its accounts, which stand on a database: that a ledger writes nothing is told while there is none. */
export function ledgerGauges({ status, waiting }: LedgerWord): readonly GaugeSample[] {
  return [
    { gauge: 'holdfast_ledger_running', value: status === 'running' ? 1 : 0 },
    ...(waiting === undefined ? [] : [{ gauge: 'holdfast_ledger_waiting', value: waiting } as const]),
  ];
}

type LedgerWord = Pick<LedgerHealth, 'status'> & Partial<Pick<LedgerHealth, 'waiting'>>;

export function moneyGauges({ assets }: Awaited<ReturnType<LedgerRole['audit']>>): readonly GaugeSample[] {
  return assets.flatMap(moneyOf);
}

/** Each code that an overview can have, also while it has none: what is gone is told as 0. */
export function findingGauges(findings: readonly Pick<Finding, 'code'>[]): readonly GaugeSample[] {
  return OVERVIEW_CODES.map((code) => {
    const value = findings.filter((finding) => finding.code === code).length;
    return { gauge: 'holdfast_findings', labels: { code }, value };
  });
}

/** All of an asset: what every account owes and is owed is the same sum, or the ledger is wrong. */
function moneyOf({ asset, ...sums }: AssetAudit): readonly GaugeSample[] {
  const { debitsPosted, creditsPosted, debitsPending, creditsPending } = sums;
  const of = (state: 'posted' | 'pending', debits: bigint, credits: bigint): readonly GaugeSample[] => [
    { gauge: 'holdfast_money_minor_units', labels: { asset, state }, value: Number(debits - credits) },
    { gauge: 'holdfast_money_moved_minor_units', labels: { asset, state }, value: Number(credits) },
  ];
  return [...of('posted', debitsPosted, creditsPosted), ...of('pending', debitsPending, creditsPending)];
}

export function backlogGauges(backlogs: readonly Backlog[]): readonly GaugeSample[] {
  return backlogs.flatMap(({ program, waiting, clearsInMs }): GaugeSample[] => [
    { gauge: 'holdfast_backlog_applications', labels: { program }, value: waiting },
    ...(clearsInMs === undefined
      ? []
      : [{ gauge: 'holdfast_backlog_clears_seconds', labels: { program }, value: clearsInMs / PER_SECOND } as const]),
  ]);
}

export async function handoffGauges(sources: readonly HandoffSource[], now: number): Promise<readonly GaugeSample[]> {
  const { handoffs } = await readHandoffs(sources);
  const groups = new Map<string, Handoff[]>();
  for (const one of handoffs) {
    const key = `${one.what} ${one.next}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].flatMap((group): GaugeSample[] => {
    const [first] = group;
    if (first === undefined) return [];
    const labels = { what: first.what, next: first.next };
    const oldest = Math.min(...group.map(({ since }) => since));
    return [
      { gauge: 'holdfast_handoffs_open', labels, value: group.reduce((sum, { count }) => sum + count, 0) },
      { gauge: 'holdfast_handoff_oldest_seconds', labels, value: Math.max(0, now - oldest) / PER_SECOND },
    ];
  });
}

const MILLE = 1000;

export function manualGauges(rate: ManualRate | undefined): readonly GaugeSample[] {
  if (rate === undefined) return [];
  const { perMille = 0, mostPerMille } = rate;
  return [
    { gauge: 'holdfast_manual_rate', value: perMille / MILLE },
    { gauge: 'holdfast_manual_rate_most', value: mostPerMille / MILLE },
  ];
}

export function statusGauges({
  promises,
  cases,
  disagreements,
  verifiers,
  now,
}: NetworkStatus): readonly GaugeSample[] {
  const compared = disagreements ?? { compared: 0, differing: 0, unexplained: 0 };
  return [
    ...verifiers.flatMap(({ name: verifier, readAt }): GaugeSample[] =>
      readAt === undefined
        ? []
        : [
            {
              gauge: 'holdfast_verifier_age_seconds',
              labels: { verifier },
              value: Math.max(0, now - readAt) / PER_SECOND,
            },
          ],
    ),
    { gauge: 'holdfast_promises_open', value: promises.open - promises.overdue },
    { gauge: 'holdfast_promises_broken', value: promises.overdue },
    { gauge: 'holdfast_revocations_late', value: promises.lateRevocations },
    { gauge: 'holdfast_cases_open', value: cases.open },
    { gauge: 'holdfast_cases_overdue', value: cases.overdue },
    { gauge: 'holdfast_answers_compared', value: compared.compared },
    { gauge: 'holdfast_disagreements_explained', value: compared.differing - compared.unexplained },
    // Where nobody could be compared there is no figure: 0 would say that nobody disagrees.
    ...(disagreements === undefined
      ? []
      : [{ gauge: 'holdfast_disagreements_unexplained', value: compared.unexplained } as const]),
  ];
}
