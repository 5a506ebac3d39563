import {
  type Bar,
  CASE_STAGES,
  type CaseRecord,
  type CaseSilence,
  type CaseSubject,
  type CaseTarget,
  type Incident,
  type IncidentReport,
  latestEnd,
  type NetworkState,
  officersBarred,
  officersWhoMay,
  owedNext,
  ownerOfCase,
  quorumOf,
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
  /** Somebody has appealed: what the panel finds, or what stood before it when they find nothing, is the end of it. */
  readonly appealed?: true;
  /** The stages on its way, in their order: without those that its rules do not ask of it, or that it did without. */
  readonly way: readonly CaseRecord['stage'][];
  /** Steps that officers may take now, which of them may, and how many have to; of a finding, those who judge. */
  readonly next: readonly NextStep[];
  /** Officers who may not decide it, and why: they are concerned, of the house complained about, or have acted in it. */
  readonly barred: readonly { readonly officer: string; readonly why: Bar }[];
  readonly incidents: readonly IncidentView[];
};

export type NextStep = {
  readonly act: 'triage' | 'hold' | 'advance' | 'find';
  readonly may: readonly string[];
  readonly needed: number;
};

export type IncidentView = Incident & {
  readonly owed?: { readonly report: IncidentReport; readonly dueAt: number; readonly isLate: boolean };
};

export function viewCase(record: CaseRecord, state: Readonly<NetworkState>): CaseView {
  const { id, about, remedy, stage, openedAt, since, dueAt, joined, finding, target, escalated, appealed } = record;
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
    ...(appealed === undefined ? {} : { appealed }),
    way: wayOf(record),
    next: nextSteps(record, state),
    barred: stage === 'final' ? [] : officersBarred(state, record),
    incidents: incidents.map((incident) => viewIncident(incident, state.time)),
  };
}

const STEPS = ['triage', 'hold', 'advance', 'find'] as const;

function nextSteps(record: CaseRecord, state: Readonly<NetworkState>): NextStep[] {
  const steps = STEPS.map((act) => ({
    act,
    may: officersWhoMay(state, record, { act }),
    needed: quorumOf(record, { act }),
  }));
  return steps.filter(({ act, may }) => may.length > 0 && (act !== 'hold' || record.about === 'credential'));
}

function wayOf({ stage, terms, respondent, finding, appealed }: CaseRecord): CaseRecord['stage'][] {
  const hasAnswer = terms.track.answer !== undefined && respondent !== undefined;
  const left = CASE_STAGES.filter((one) => one !== 'answer' || hasAnswer || stage === one);
  const isOverUnappealed = stage === 'final' && finding !== undefined && appealed === undefined;
  return isOverUnappealed ? left.filter((one) => one !== 'appeal') : left;
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
