import { owedNext } from '../cases/incident.ts';
import { isManualAlarm } from '../cases/manual-rate.ts';
import type { OverviewFacts } from './facts.ts';
import type { FoundWrong } from './finding.ts';
import { LATE_TICKS } from './log-findings.ts';
import { sayDuration, sayMoment } from './moment.ts';

/** What officers owe: steps that are overdue, deadlines that were missed and their accounts; and too much by hand. */
export function peopleFindings(facts: OverviewFacts, now: number): FoundWrong[] {
  return [...overdueCases(facts, now), ...missed(facts), ...tooManual(facts)];
}

/** What is due happens with the next epoch: only while the log stands still does anything stay overdue. */
function overdueCases({ cases, tickMs }: OverviewFacts, now: number): FoundWrong[] {
  return cases
    .filter(({ dueAt }) => dueAt < now - LATE_TICKS * tickMs)
    .map(({ id, class: reason, dueAt, owner }) => ({
      code: 'case.missed',
      what: `The case ${id} (${reason}) has been overdue`,
      part: id,
      since: dueAt,
      affected: `by ${sayDuration(now - dueAt)}`,
      owner,
      resolves: 'with a step of its owner, or with the next epoch by what silence means',
      command: `npx holdfast case show ${id}`,
    }));
}

function missed({ incidents, logTime = 0 }: OverviewFacts): FoundWrong[] {
  return incidents.flatMap((incident): FoundWrong[] => {
    const owed = owedNext(incident, logTime);
    // Of what is decided by hand it is told as that.
    if (owed === undefined || (isManualAlarm(incident) && !owed.isLate)) return [];
    const { owner, dueAt, stage, id, class: reason } = incident;
    const of = incident.case ?? id;
    const common = { part: of, owner, command: 'npx holdfast case incidents' };
    if (owed.isLate) {
      const about = incident.case === undefined ? `the incident ${id}` : `a missed deadline of ${of}`;
      return [
        {
          ...{ ...common, code: 'incident.late' },
          what: `The ${accountOf(owed)} of ${about} has been late`,
          since: owed.dueAt,
          resolves: 'when it is given',
        },
      ];
    }
    const isReported = incident.case === undefined && stage === 'reported';
    return [
      {
        ...{ ...common, code: 'case.missed' },
        what: isReported
          ? `The incident ${id} (${reason}) has been reported`
          : `A deadline of ${of} (${stage}) has been missed`,
        since: dueAt,
        affected: `its ${accountOf(owed)} is due by ${sayMoment(owed.dueAt)}`,
        resolves: 'when it is accounted for and closed',
      },
    ];
  });
}

type Owed = NonNullable<ReturnType<typeof owedNext>>;

function accountOf({ report }: Owed): string {
  return report === 'close' ? 'close of the account' : `${report} account`;
}

/** While the rate is over its bound, and until it was accounted for where the rulebook has that filed. */
function tooManual({ isTooManual = false, manual, incidents, logTime = 0, host }: OverviewFacts): FoundWrong[] {
  const alarm = incidents.find((incident) => isManualAlarm(incident) && owedNext(incident, logTime) !== undefined);
  const owed = alarm && owedNext(alarm, logTime);
  if (!isTooManual && owed === undefined) return [];
  const { steward: owner = host, byHand = 0, all = 0 } = manual ?? {};
  const counted = isTooManual && all > 0 ? `${byHand} of ${all} outcomes were decided by people` : 'it is so no longer';
  const due = owed === undefined ? '' : `; its ${accountOf(owed)} is due by ${sayMoment(owed.dueAt)}`;
  return [
    {
      code: 'manual.too-much',
      what: 'More has been decided by hand than the rulebook allows',
      part: 'rulebook',
      ...(alarm === undefined ? {} : { since: alarm.at }),
      affected: `${counted}${due}`,
      owner: alarm?.owner ?? owner,
      resolves: `when the rules that are missing are written${owed === undefined ? '' : ', and it is accounted for'}`,
      command: owed === undefined ? 'npx holdfast case list' : 'npx holdfast case incidents',
    },
  ];
}
