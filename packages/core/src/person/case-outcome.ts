import type { CaseStage } from '../cases/case-record.ts';
import type { CaseSilence } from '../rulebook/case-rules.ts';
import { NOBODY, ownedBy, type PersonAct, type PersonOutcome } from './person-outcome.ts';
import type { Phrase } from './phrase.ts';
import type { Wording } from './wording.ts';

/** A case as whoever filed it is told of it. Times in unix milliseconds. */
export type CaseMatter = {
  readonly of: 'case';
  readonly filedAt: number;
} /** It is kept, and not in the log yet. */ & (
  | { readonly state: 'recorded'; readonly promisedBy: number }
  /** It has left the state: it ended long ago. */
  | { readonly state: 'closed' }
  | {
      readonly state: 'open';
      readonly stage: CaseStage;
      readonly owner: Wording | string;
      readonly since: number;
      readonly dueAt: number;
      readonly onSilence: CaseSilence | 'passed-on' | 'redrawn' | 'final' | 'ends';
      readonly latestEnd: number;
      readonly finding?: { readonly upheld: boolean; readonly by: 'officers' | 'silence' };
      /** It was appealed against: that is possible once. */
      readonly isAppealed: boolean;
    }
);
type Open = Extract<CaseMatter, { state: 'open' }>;

/** What whoever filed a case is told. Pure. */
export function outcomeOfCase(matter: CaseMatter): PersonOutcome {
  if (matter.state === 'open') return ofOpen(matter);
  const code = `case.${matter.state}`;
  const said = { code, since: matter.filedAt, what: { code: `${code}.what` }, why: [{ code: `${code}.why` }] };
  if (matter.state === 'closed') {
    return { ...said, mood: 'over', by: [{ code: 'case.by.over' }], owner: NOBODY, ...noAppeal('appeal.over') };
  }
  const by = [{ code: 'case.recorded.by', values: { date: { date: matter.promisedBy } } }];
  return { ...said, mood: 'waiting', by, owner: NOBODY, ...noAppeal('appeal.later') };
}

function ofOpen(matter: Open): PersonOutcome {
  const { stage, since, finding, dueAt, latestEnd, onSilence, owner } = matter;
  const isFound = finding !== undefined && (stage === 'decided' || stage === 'final');
  const code = stage === 'final' && !isFound ? 'closed' : isFound ? (finding.upheld ? 'won' : 'lost') : stage;
  const isOver = stage === 'final';
  return {
    code: `case.${code}${isFound && isOver ? '.final' : ''}`,
    mood: isFound ? (finding.upheld ? 'good' : 'bad') : isOver ? 'over' : 'waiting',
    since,
    what: { code: `case.${code}.what` },
    why: [isFound ? { code: `case.found.${finding.by}` } : { code: `case.${code}.why` }],
    by: [
      { code: `case.by.${onSilence.replace('-', '_')}`, values: { date: { date: dueAt } } },
      ...(isOver ? [] : [{ code: 'case.by.end', values: { date: { date: latestEnd } } }]),
    ],
    owner: isOver ? NOBODY : ownedBy(owner),
    appeal: appealOf(matter),
    acts: actsOf(matter),
  };
}

function appealOf({ stage, isAppealed }: Open): Phrase {
  if (stage === 'decided' && !isAppealed) return { code: 'appeal.appeal' };
  return { code: stage === 'final' || isAppealed ? 'appeal.over' : 'appeal.later' };
}

function actsOf({ stage, isAppealed }: Open): readonly PersonAct[] {
  if (stage === 'final') return [];
  return stage === 'decided' && !isAppealed ? ['appeal', 'withdraw'] : ['withdraw'];
}

function noAppeal(code: string): Pick<PersonOutcome, 'appeal' | 'acts'> {
  return { appeal: { code }, acts: [] };
}
