import {
  type CaseMatter,
  type CaseRecord,
  latestEnd,
  type NetworkState,
  ownerOfCase,
  type Rulebook,
  type Wording,
  wordingOfRoles,
  wordsOfOwner,
} from '@holdfast/core';
import type { KeptFile, KeptStep } from '../../../ports/case-store.ts';
import { silenceOf } from './case-view.ts';

/** A case as whoever filed it is told of it, whether it is in the log already, is there, or has left it. */
export function caseMatter(
  file: Pick<KeptFile, 'case' | 'filedAt'>,
  step: Pick<KeptStep, 'outcome'> | undefined,
  state: Readonly<NetworkState>,
  promisedBy: number,
): CaseMatter {
  const { filedAt } = file;
  const record = state.docket.cases.get(file.case);
  if (record !== undefined) return { of: 'case', filedAt, ...openMatter(record, state) };
  const { outcome } = step ?? {};
  // In the log, and not read from there yet: whoever looks in that moment would find a case that had ended before it began.
  const isUnread = outcome !== undefined && 'entry' in outcome && outcome.entry >= state.tree.size;
  if (step !== undefined && (outcome === undefined || isUnread))
    return { of: 'case', filedAt, state: 'recorded', promisedBy };
  return { of: 'case', filedAt, state: 'closed' };
}

function openMatter(record: CaseRecord, { rulebook }: Readonly<NetworkState>) {
  const { stage, since, dueAt, finding, appealed } = record;
  return {
    state: 'open',
    ...{ stage, since, dueAt },
    owner: wordingOfOwner(record, rulebook?.body),
    onSilence: silenceOf(record),
    latestEnd: latestEnd(record),
    ...(finding === undefined || isWithdrawn(record) ? {} : { finding: { upheld: finding.upheld, by: finding.by } }),
    isAppealed: appealed === true,
  } as const;
}

/** Officers and parties by their names, which are the same in every language; roles in the words of the rulebook. */
function wordingOfOwner(record: CaseRecord, rulebook: Rulebook | undefined): Wording | string {
  const owner = ownerOfCase(record);
  return 'roles' in owner && rulebook !== undefined ? wordingOfRoles(rulebook, owner.roles) : wordsOfOwner(owner);
}

/** Taken back: it ended where it was found, and no finding of anybody's does that before it could be appealed against. */
function isWithdrawn({ stage, since, finding }: CaseRecord): boolean {
  return stage === 'final' && finding?.by === 'silence' && finding.at === since;
}
