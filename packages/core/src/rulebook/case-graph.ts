import {
  type CaseRules,
  type CaseSubject,
  ownerOf,
  REMEDIES_FOR,
  type Remedy,
  type Track,
  trackOf,
} from './case-rules.ts';
import { grantOf, type Power, type Rulebook } from './rulebook.ts';

/** One kind of case that the rules know: somebody complains about a subject, for a reason, and asks for a remedy. */
export type CaseKind = {
  readonly class: string;
  readonly subject: CaseSubject;
  readonly remedy: Remedy;
  readonly track: Track;
  /** The role that owns it. */
  readonly owner: string;
  readonly deadlineMs: number;
};

/** Every kind of case there can be under these rules. */
export function caseKinds(rules: CaseRules): CaseKind[] {
  return rules.reasons.flatMap(({ class: reasonClass, subjects, remedies, deadlineMs }) =>
    subjects.flatMap((subject) =>
      remedies
        .filter((remedy) => REMEDIES_FOR[subject].includes(remedy))
        .flatMap((remedy) => {
          const track = trackOf(rules, { class: reasonClass, subject, remedy });
          const owner = ownerOf(rules, reasonClass, subject);
          return track === undefined ? [] : [{ class: reasonClass, subject, remedy, track, owner, deadlineMs }];
        }),
    ),
  );
}

/** The power by which officers do what a remedy does: the first of these that the rulebook grants. */
const POWERS_OF: Readonly<Record<Remedy, readonly Power[]>> = {
  revoke: ['revoke'],
  lift: ['lift'],
  reinstate: ['reinstate'],
  withdraw: ['withdraw', 'accredit'],
  admit: ['release'],
  release: ['release'],
  return: ['return', 'release'],
  revise: ['revise', 'release'],
  none: [],
};

export function grantOfRemedy(rulebook: Rulebook, remedy: Remedy) {
  for (const power of POWERS_OF[remedy]) {
    const grant = grantOf(rulebook, power);
    if (grant !== undefined) return grant;
  }
  return undefined;
}

/** Where a case can stand, as far as it decides where it can go. The rest of what is on record decides nothing. */
export type CasePoint = {
  readonly kind: CaseKind;
  readonly stage: 'filed' | 'triaged' | 'answer' | 'review' | 'decided' | 'appeal' | 'final';
  /** An officer has said that there is something to it. */
  readonly vouched: boolean;
  /** What takes effect is named: until an officer has named it, silence cannot uphold. */
  readonly named: boolean;
  /** Different officers who have had a part in what is found now. */
  readonly officers: number;
  /** Reviewers drawn so far without a finding. */
  readonly round: number;
  readonly finding?: { readonly upheld: boolean; readonly by: 'officers' | 'silence' };
};

/** One way on. `silence`: nobody did anything until it was due, and the stage that it leaves was waited out. */
export type CaseStep = { readonly by: 'officers' | 'silence' | 'person'; readonly to: CasePoint };

/** What of the rulebook and its officers decides the ways through a case. */
export type CaseGround = {
  readonly kinds: readonly CaseKind[];
  /** A complaint is about a party or person who may answer. */
  readonly hasRespondent: boolean;
  /** Officers whom a hold takes; undefined where nobody may. */
  readonly holdQuorum: number | undefined;
  /** From this round of drawing on it can happen that too few are left, and one steward finds instead. */
  readonly stewardFrom: number;
};

export function startOf(kind: CaseKind): CasePoint {
  return { kind, stage: 'filed', vouched: false, named: false, officers: 0, round: 0 };
}

/** How long a case stands at a point at most, extension included; nothing comes after the end. */
export function dueMsOf({ kind, stage }: CasePoint): number {
  const { track } = kind;
  switch (stage) {
    case 'answer':
      return track.answer === undefined ? 0 : track.answer.dueMs + track.answer.extensionMs;
    case 'final':
      return 0;
    case 'filed':
    case 'triaged':
    case 'review':
    case 'decided':
    case 'appeal':
      return track[stage].dueMs;
    default:
      return stage satisfies never;
  }
}

/** All ways on from a point: none from the end, and from every other one by silence. */
export function stepsFrom(point: CasePoint, ground: CaseGround): readonly CaseStep[] {
  switch (point.stage) {
    case 'filed':
      return [
        silence({ ...point, stage: 'triaged' }),
        // Whoever filed it asks for nothing more.
        person({ ...found(point, false, 'silence'), stage: 'final' }),
        ...triages(point, ground),
        ...holds(point, ground),
        ...escalations(point),
      ];
    case 'triaged':
      return fromTriaged(point, ground);
    case 'answer': {
      const word = point.kind.track.answer?.onSilence ?? 'proceed';
      return [
        silence(afterWord(point, word, reviewOf(point))),
        person(reviewOf(point)),
        ...holds(point, ground),
        ...escalations(point),
      ];
    }
    case 'review':
      return fromReview(point, ground);
    case 'decided':
      return [silence({ ...point, stage: 'final' }), person({ ...point, stage: 'appeal' })];
    case 'appeal':
      return [silence({ ...point, stage: 'final' }), ...rulings(point)];
    case 'final':
      return [];
    default:
      return point.stage satisfies never;
  }
}

const silence = (to: CasePoint): CaseStep => ({ by: 'silence', to });
const person = (to: CasePoint): CaseStep => ({ by: 'person', to });
const byOfficers = (to: CasePoint, more: number): CaseStep => ({
  by: 'officers',
  to: { ...to, officers: to.officers + more },
});

/** An officer admits it, perhaps for another reason that there is for its subject, or rejects it. */
function triages(point: CasePoint, { kinds }: CaseGround): CaseStep[] {
  const others = kinds.filter(({ subject }) => subject === point.kind.subject);
  return [
    ...others.map((kind) => byOfficers({ ...point, kind, stage: 'triaged', vouched: true, named: true }, 1)),
    byOfficers(found(point, false, 'officers'), 1),
  ];
}

/** Whoever holds it names it. It is once, and nothing that the rest of the course depends on. */
function holds(point: CasePoint, { holdQuorum }: CaseGround): CaseStep[] {
  const { track, subject } = point.kind;
  if (holdQuorum === undefined || track.holdMs === undefined || subject !== 'credential' || point.named) return [];
  return [byOfficers({ ...point, named: true }, holdQuorum)];
}

/** Officers contradict the hold of others: it is with the reviewers at once, who need not have been told that there is something to it. */
function escalations(point: CasePoint): CaseStep[] {
  return point.named && point.kind.subject === 'credential'
    ? [byOfficers({ ...reviewOf(point), vouched: true }, 0)]
    : [];
}

function fromTriaged(point: CasePoint, ground: CaseGround): CaseStep[] {
  const on = ground.hasRespondent && point.kind.track.answer !== undefined ? answerOf(point) : reviewOf(point);
  const aside = [...holds(point, ground), ...escalations(point)];
  // Nobody has vouched for it: its silence takes nothing from anybody, and the steward may still look at it.
  if (!point.vouched) return [silence(on), ...triages(point, ground), byOfficers(on, 1), ...aside];
  return [
    silence(afterWord(point, point.kind.track.triaged.onSilence, on)),
    byOfficers(on, 0),
    ...holds(point, ground),
  ];
}

function afterWord(point: CasePoint, word: 'proceed' | 'uphold' | 'dismiss', on: CasePoint): CasePoint {
  if (word === 'uphold' && canTakeEffect(point)) return found(point, true, 'silence');
  return word === 'dismiss' ? found(point, false, 'silence') : on;
}

function canTakeEffect({ named, kind }: CasePoint): boolean {
  return named || kind.remedy === 'none';
}

function fromReview(point: CasePoint, ground: CaseGround): CaseStep[] {
  const { quorum, alternates, onSilence } = point.kind.track.review;
  const unfound = found(point, onSilence === 'uphold' && canTakeEffect(point), 'silence');
  const afterwards = point.round >= alternates ? unfound : { ...point, round: point.round + 1 };
  const findings = (officers: number) =>
    [true, false].map((upheld) => byOfficers({ ...found(point, upheld, 'officers'), named: true }, officers));
  // Where too few are left nobody else is drawn.
  const bySteward = point.round >= ground.stewardFrom ? [...findings(1), silence(unfound)] : [];
  return [silence(afterwards), ...findings(quorum), ...bySteward, ...holds(point, ground)];
}

/** A panel finds anew: of those before it, whoever reviewed has no part in what it finds. */
function rulings(point: CasePoint): CaseStep[] {
  const { quorum } = point.kind.track.appeal;
  const judged = { ...point, stage: 'final', named: true } as const;
  return [true, false].map((upheld) => {
    const officers = upheld === point.finding?.upheld ? point.officers + quorum : quorum;
    return { by: 'officers', to: { ...judged, officers, finding: { upheld, by: 'officers' } } };
  });
}

function answerOf(point: CasePoint): CasePoint {
  return { ...point, stage: 'answer' };
}

function reviewOf(point: CasePoint): CasePoint {
  return { ...point, stage: 'review', round: 0 };
}

function found(point: CasePoint, upheld: boolean, by: 'officers' | 'silence'): CasePoint {
  return { ...point, stage: 'decided', finding: { upheld, by } };
}
