import { owedNext } from '../cases/incident.ts';
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
    if (owed === undefined) return [];
    const { owner, dueAt, stage, id } = incident;
    const of = incident.case ?? id;
    const common = { part: of, owner, command: 'npx holdfast case incidents' };
    const account = owed.report === 'close' ? 'close of the account' : `${owed.report} account`;
    if (owed.isLate) {
      return [
        {
          ...{ ...common, code: 'incident.late' },
          what: `The ${account} of a missed deadline of ${of} has been late`,
          since: owed.dueAt,
          resolves: 'when it is given',
        },
      ];
    }
    return [
      {
        ...{ ...common, code: 'case.missed' },
        what: `A deadline of ${of} (${stage}) has been missed`,
        since: dueAt,
        affected: `its ${account} is due by ${sayMoment(owed.dueAt)}`,
        resolves: 'when it is accounted for and closed',
      },
    ];
  });
}

function tooManual({ isTooManual, host }: OverviewFacts): FoundWrong[] {
  if (isTooManual !== true) return [];
  return [
    {
      code: 'manual.too-much',
      what: 'More has been decided by hand than the rulebook allows',
      part: 'rulebook',
      affected: 'people have become a part of the design',
      owner: host,
      resolves: 'when the rules that are missing are written',
      command: 'npx holdfast case list',
    },
  ];
}
