import {
  type Bar,
  type CaseRecord,
  type CaseSilence,
  type CaseSubject,
  type CaseTarget,
  type Incident,
  type IncidentReport,
  latestEnd,
  type NetworkState,
  officersBarred,
  owedNext,
  ownerOfCase,
  type Remedy,
  textOfClass,
  wordsOfOwner,
} from '@holdfast/core';

/** A case as anyone may see it: nothing in it says whom it is about. */
export type CaseView = {
  readonly id: string;
  readonly about: CaseSubject;
  readonly class: string;
  /** The rulebook's public words for the class. */
  readonly text: string;
  readonly remedy: Remedy;
  readonly stage: CaseRecord['stage'];
  /** Who has to act now, in words: officers by name, roles, or the respondent. */
  readonly owner: string;
  /** Unix milliseconds, by the time of epochs. */
  readonly openedAt: number;
  readonly since: number;
  readonly dueAt: number;
  /** What follows if nobody acts until then. */
  readonly onSilence: CaseSilence | 'passed-on' | 'redrawn' | 'final' | 'ends';
  /** Whatever anybody does or leaves, it is final by then; only an outage of the network moves it. */
  readonly latestEnd: number;
  readonly joined: number;
  /** Steps taken so far: an approval of the next one is bound to it. */
  readonly taken: number;
  readonly held: boolean;
  readonly finding?: NonNullable<CaseRecord['finding']>;
  readonly target?: CaseTarget;
  readonly escalated?: true;
  /** Officers who may not decide it, and why: they are concerned, of the house complained about, or have acted in it. */
  readonly barred: readonly { readonly officer: string; readonly why: Bar }[];
  readonly incidents: readonly IncidentView[];
};

export type IncidentView = Incident & {
  readonly owed?: { readonly report: IncidentReport; readonly dueAt: number; readonly isLate: boolean };
};

export function viewCase(record: CaseRecord, state: Readonly<NetworkState>): CaseView {
  const { id, about, remedy, stage, openedAt, since, dueAt, joined, finding, target, escalated } = record;
  const { rulebook, docket } = state;
  const incidents = [...docket.incidents.values()].filter((incident) => incident.case === id);
  return {
    ...{ id, about, class: record.class, remedy, stage, openedAt, since, dueAt, joined, taken: record.acts },
    text: rulebook === undefined ? record.class : textOfClass(rulebook.body, record.class),
    owner: wordsOfOwner(ownerOfCase(record)),
    onSilence: silenceOf(record),
    latestEnd: latestEnd(record),
    held: [...docket.held.values()].includes(id),
    ...(finding === undefined ? {} : { finding }),
    ...(target === undefined ? {} : { target }),
    ...(escalated === undefined ? {} : { escalated }),
    barred: stage === 'final' ? [] : officersBarred(state, record),
    incidents: incidents.map((incident) => viewIncident(incident, state.time)),
  };
}

export function viewIncident(incident: Incident, time: number): IncidentView {
  const owed = owedNext(incident, time);
  return owed === undefined ? incident : { ...incident, owed };
}

export function silenceOf({ stage, vouched, alternates, terms, target, remedy }: CaseRecord): CaseView['onSilence'] {
  const { track } = terms;
  const canUphold = target !== undefined || remedy === 'none';
  switch (stage) {
    case 'filed':
      return 'passed-on';
    case 'triaged':
      return vouched && (track.triaged.onSilence !== 'uphold' || canUphold) ? track.triaged.onSilence : 'proceed';
    case 'answer':
      return track.answer?.onSilence === 'uphold' && !canUphold ? 'proceed' : (track.answer?.onSilence ?? 'proceed');
    case 'review':
      if (alternates > 0) return 'redrawn';
      return track.review.onSilence === 'uphold' && canUphold ? 'uphold' : 'dismiss';
    case 'decided':
    case 'appeal':
      return 'final';
    case 'final':
      return 'ends';
    default:
      return stage satisfies never;
  }
}
