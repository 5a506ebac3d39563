import { assert, bindingDigest } from '@holdfast/core';
import type { FiledCase, FiledCases } from './filed-cases.ts';
import type { DistributorPorts } from './neighbours.ts';
import type { AttemptView, SettlementHandoff } from './settling/settlement-view.ts';

/**
 * Payments outside of which nobody knows what became of them: their bank has kept silent beyond its time, or contradicts itself,
 * or has paid a part. Where the rulebook says for which reason, each is a case about that attempt; as long as nobody has found
 * out, one that was dismissed or let lie is followed by the next.
 */
export interface Unanswered {
  /** Files what is not filed yet, the longest open first. Safe to repeat. */
  look(open: readonly SettlementHandoff[]): Promise<void>;
  /** The case about it, if there is one; of several the last. */
  read(open: SettlementHandoff): Promise<FiledCase | undefined>;
}

const LOOK_EVERY_MS = 30_000;
/** A case takes days at least: after so many somebody has to do something else than wait for the next. */
const MAX_CASES = 20;

type Titles = (program: string) => string | undefined;

export function createUnanswered(
  { clock }: Pick<DistributorPorts, 'clock'>,
  cases: FiledCases,
  titleOf: Titles,
): Unanswered {
  let againMs = Number.NEGATIVE_INFINITY;

  /** The last case about this attempt, and the matter of the next one where there is to be one. */
  async function lastOf(open: SettlementHandoff): Promise<{ readonly last?: string; readonly next?: string }> {
    let last: string | undefined;
    for (let number = 1; number <= MAX_CASES; number += 1) {
      const matter = `unanswered.${attemptOf(open).id}.${number}`;
      const { state, record } = await cases.find(matter);
      const named = last === undefined ? {} : { last };
      if (state === 'unfiled') return { ...named, next: matter };
      last = matter;
      // What was upheld is carried out by what the log says; what the governor has refused it would refuse again.
      const isNothing = record?.stage === 'final' && record.finding?.upheld !== true;
      if (!isNothing) return { last };
    }
    return last === undefined ? {} : { last };
  }

  return {
    async look(all) {
      if (clock.monotonic() < againMs) return;
      againMs = clock.monotonic() + LOOK_EVERY_MS;
      const reason = cases.reasonFor('payment');
      if (reason === undefined) return;
      for (const open of all.filter(({ owner }) => owner === 'officers')) {
        const { next } = await lastOf(open);
        const program = programOf(open);
        const title = titleOf(program);
        if (next === undefined || title === undefined) continue;
        const draft = {
          ...({ kind: 'case', about: 'payment', class: reason, remedy: 'release' } as const),
          // Of one attempt: what becomes of the next one is another matter.
          subject: { program, digest: subjectOf(open) },
          statement: statementOf(title, open),
        };
        await cases.file(next, draft, program);
      }
    },
    async read(open) {
      if (open.owner !== 'officers') return undefined;
      const { last } = await lastOf(open);
      return last === undefined ? undefined : cases.read(last);
    },
  };
}

/** The last of which nobody knows, or that contradicts itself; else the last of all, which contradicts the others. */
function attemptOf({ attempts }: SettlementHandoff): AttemptView & { readonly number: number } {
  const at = attempts.findLastIndex(({ state }) => state === 'unknown' || state === 'conflict' || state === 'partly');
  const number = at === -1 ? attempts.length : at + 1;
  const attempt = attempts[number - 1];
  assert(attempt !== undefined, 'nobody asks officers about a payment that was not sent');
  return { ...attempt, number };
}

function programOf({ transferId }: SettlementHandoff): string {
  return transferId.split('.')[1] ?? '';
}

function subjectOf(open: SettlementHandoff): string {
  const about = { program: programOf(open), payment: open.transferId, attempt: attemptOf(open).number };
  return bindingDigest({ act: 'settle', ...about });
}

const HAS = {
  unknown: 'has not said what became of it',
  partly: 'has paid a part of it',
  conflict: 'contradicts itself about it',
} as const;

/** What officers read: only they are told which payment it is, and the bank knows it by the attempt's name. */
function statementOf(title: string, open: SettlementHandoff): string {
  const { transferId, rail, amount, asset } = open;
  const { id, number } = attemptOf(open);
  const has = open.state in HAS ? HAS[open.state as keyof typeof HAS] : HAS.unknown;
  return [
    `Nobody knows what became of a payment of ${title}: ${rail} ${has}.`,
    `${amount} minor units of ${asset.code} (${asset.decimals} decimals), attempt ${number}, which ${rail} knows as ${id}.`,
    'Find out there. Uphold with remedy release: it has arrived. Uphold with remedy return: it has not, and is not sent again.',
    `Name it when you triage or find: --payment ${transferId}`,
    'To send it once more takes a decision: holdfast program settle --retry. Dismissed or let lie, it stays unknown and is',
    'a case again.',
  ].join('\n');
}
