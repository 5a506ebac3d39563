import { type Asset, formatAmount } from '@holdfast/core';
import type { ProgramCard, Waiting } from './money-state.ts';
import { clockTime, describeDuration } from './words.ts';

/** `EUR 1,234.50`: minor units of money as people write it, with every digit of a currency's cents. */
export function formatMoney(amount: bigint, { code, decimals }: Asset): string {
  const [whole = '', part = ''] = formatAmount(amount, decimals).split('.');
  const cents = decimals <= 3 ? part.padEnd(decimals, '0') : part;
  return `${code} ${grouped(whole)}${cents === '' ? '' : `.${cents}`}`;
}

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ',');
}

export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

export const peopleOf = (count: number) => countOf(count, 'person', 'people');

/** When something is due, by the log's time: the hour, with the day where it is another one, and how long it is until then. */
export function describeDue(timeMs: number, logTime: number): string {
  const day = new Date(timeMs).toDateString();
  const isToday = day === new Date(logTime).toDateString();
  const at = isToday ? clockTime(timeMs) : `${day.slice(4, 10)}, ${clockTime(timeMs).slice(0, 5)}`;
  const leftMs = timeMs - logTime;
  // Kept together: a unit at the beginning of a line is read as something else.
  return leftMs > 0
    ? `${at} (in ${describeDuration(roughly(leftMs))})`.replaceAll(' ', '\u00a0').replace('\u00a0(', ' (')
    : at;
}

/** What is days away is not told by the minute: the words would change under the reader's eyes for nothing. */
function roughly(durationMs: number): number {
  const step = durationMs > 172_800_000 ? 86_400_000 : durationMs > 7_200_000 ? 3_600_000 : 1000;
  return Math.floor(durationMs / step) * step;
}

export type BudgetParts = {
  readonly paid: bigint;
  readonly aside: bigint;
  readonly planned: bigint;
  readonly left: bigint;
};

const totalOf = (sum: { readonly total: bigint } | undefined) => sum?.total ?? 0n;
const numberOf = (sum: { readonly count: number } | undefined) => sum?.count ?? 0;

/** Where a program's budget is: these four are all of it. */
export function splitBudget({ program, payments }: ProgramCard): BudgetParts {
  const paid = totalOf(payments.posted) + totalOf(payments.carried);
  const [aside, planned] = [totalOf(payments.reserved), totalOf(payments.planned)];
  return { paid, aside, planned, left: BigInt(program.budget) - paid - aside - planned };
}

/** How many people each part of the budget is for. */
export function countPeople({ payments }: ProgramCard): { paid: number; aside: number; planned: number } {
  const paid = numberOf(payments.posted) + numberOf(payments.carried);
  return { paid, aside: numberOf(payments.reserved), planned: numberOf(payments.planned) };
}

/** Who gets how much, in half a sentence. */
export function describeShares({ program: { allocation, asset } }: ProgramCard): string {
  const money = (digits: string) => formatMoney(BigInt(digits), asset);
  if (allocation.mode === 'instant') return `${money(allocation.amount)} each, paid at once`;
  switch (allocation.rule) {
    case 'equal-capped':
      return `the same for everybody admitted, at most ${money(allocation.cap)} each`;
    case 'pro-rata':
      return 'shared among everybody admitted, by a published weight';
    case 'lottery':
      return `${money(allocation.amount)} each, for as many as it lasts, drawn by lot`;
    default:
      return allocation satisfies never;
  }
}

/** Nothing waits, and nobody can appeal any more: then what was left has gone back. */
export function isOver({ program, payments, sealedAt }: ProgramCard, logTime: number): boolean {
  if (sealedAt === undefined || logTime < sealedAt.time + program.appealMs) return false;
  return [payments.planned, payments.reserved, payments.posted].every((sum) => numberOf(sum) === 0);
}

export type Standing = { readonly mark: 'yes' | 'wait' | 'no' | 'idle'; readonly word: string; readonly next: string };

export type StandingContext = {
  readonly logTime: number;
  readonly verifier: string;
  readonly waiting: readonly Waiting[];
};

/** Where a program is, in a word, and what happens next and when, in a sentence or two. */
export function describeStanding(card: ProgramCard, { logTime, verifier, waiting }: StandingContext): Standing {
  const { program, phase } = card;
  const due = (timeMs: number) => describeDue(timeMs, logTime);
  const { opensAt, closesAt } = program.window;
  switch (phase) {
    case 'announced':
      return { mark: 'idle', word: 'not open yet', next: `Next: it opens for applications at ${due(opensAt)}.` };
    case 'open':
      return { mark: 'yes', word: 'open for applications', next: openNext(card, due(closesAt)) };
    case 'closing':
      return {
        mark: 'wait',
        word: 'closed, being counted',
        next: `Nobody can apply any more. Next: how many applied is written into the log, by ${due(closesAt + program.intakeWithinMs)}.`,
      };
    case 'judging':
      return { mark: 'wait', word: 'being judged', next: judgingNext(card) };
    case 'drawing':
      return drawingStanding(card, logTime);
    case 'paying':
      return payingStanding(card, { logTime, verifier, waiting });
    default:
      return phase satisfies never;
  }
}

function openNext({ program }: ProgramCard, until: string): string {
  if (program.allocation.mode === 'instant')
    return `Who qualifies is paid at once. Applications are taken until ${until}.`;
  return `Coming early gains nothing: everybody is judged together. Next: applications close at ${until}.`;
}

function judgingNext({ judgedAt }: ProgramCard): string {
  const at = judgedAt === undefined ? 'at one point of the log' : `as of one point of the log, #${judgedAt.size - 1}`;
  return `All applications are judged ${at}, so when somebody applied makes no difference. Next, within a moment: who is admitted and who is refused is sealed in the log.`;
}

function drawingStanding({ program, sealedAt }: ProgramCard, logTime: number): Standing {
  const drawing = { mark: 'wait', word: 'being drawn' } as const;
  const { beacon } = program;
  if (beacon === undefined || sealedAt === undefined) {
    return {
      mark: 'wait',
      word: 'shares being worked out',
      next: 'Next, within a moment: the shares are written into the log.',
    };
  }
  if (beacon.kind === 'drand') {
    const from = describeDue(sealedAt.time + beacon.stepMs, logTime);
    return {
      ...drawing,
      next: `The lot is drawn by a public source of chance that nobody here controls. Next: its number of ${from}.`,
    };
  }
  const rounds = beacon.parties[0]?.commitments.length ?? 1;
  const round = Math.floor((logTime - sealedAt.time) / beacon.revealWithinMs);
  if (round >= rounds) {
    return {
      mark: 'no',
      word: 'no draw',
      next: 'Who was to draw the lot kept silent, so there is no draw. Next: officers decide.',
    };
  }
  const parties = beacon.parties.map(({ id }) => id).join(' and ');
  const until = describeDue(sealedAt.time + (round + 1) * beacon.revealWithinMs, logTime);
  return {
    ...drawing,
    next: `The lists stand, and nobody can be added. Next: ${parties} each reveal a secret they had committed to before; together they draw the lot. Time for it: until ${until}.`,
  };
}

function payingStanding(card: ProgramCard, context: StandingContext): Standing {
  const { program, sealedAt } = card;
  const { aside, planned } = countPeople(card);
  const { logTime, verifier } = context;
  if (aside > 0) {
    const otherwise = program.confirm.otherwise === 'return' ? 'goes back to the program' : 'is paid';
    const until =
      sealedAt === undefined
        ? ''
        : ` What nobody has confirmed by ${describeDue(sealedAt.time + program.confirm.withinMs, logTime)} ${otherwise}.`;
    return {
      mark: 'wait',
      word: 'money set aside',
      next: `Set aside for ${peopleOf(aside)}: nobody else can get it, and it is not paid yet. Next: ${verifier} reads on and says whether each credential still holds; then it is paid, or freed if one was revoked.${until}`,
    };
  }
  if (planned > 0) {
    return {
      mark: 'wait',
      word: 'being paid',
      next: `Next, within a moment: the money of ${peopleOf(planned)} is set aside.`,
    };
  }
  if (isOver(card, logTime)) {
    return {
      mark: 'idle',
      word: 'over',
      next: 'What was left has gone back to where it came from, and what people sent in is erased.',
    };
  }
  const end = sealedAt === undefined ? '' : ` Next: ${endNext(describeDue(sealedAt.time + program.appealMs, logTime))}`;
  if (countPeople(card).paid === 0) return { mark: 'idle', word: 'nothing to pay', next: `Nobody was entitled.${end}` };
  return { mark: 'yes', word: 'paid', next: `${paidWords(program.id, context)}${end}` };
}

function endNext(when: string): string {
  return `at ${when} the program ends. What is left then goes back, and what people sent in is erased.`;
}

/** Paid by this ledger is not yet on the account of a bank. */
function paidWords(program: string, { waiting }: StandingContext): string {
  const isAtBank = waiting.some((one) => one.what === 'settlement' && one.program === program);
  return isAtBank
    ? 'Everybody who was entitled is paid here; for some, a bank has yet to answer (see below).'
    : 'Everybody who was entitled is paid.';
}

const WHAT: Readonly<Record<string, string>> = {
  application: 'application',
  verification: 'application',
  transfer: 'payment',
  settlement: 'payment',
  decision: 'decision',
};

const NEXT: Readonly<Record<string, string>> = {
  'taken-in': 'to be counted in the log',
  judged: 'to be judged',
  sealed: 'to be sealed in the log',
  drawn: 'for the draw',
  reserved: 'to be set aside',
  confirmed: 'to be confirmed',
  returned: 'for the budget to go back: nobody was drawn',
  'handed-over': 'to be handed over to the bank',
  answered: 'for the bank’s answer',
  appended: 'to be written into the log',
  approved: 'for more officers to sign',
  'looked-at': 'for a person to look at it',
  'carried-out': 'to be done, as it was ruled',
  'ruled-otherwise': 'for the organiser to settle it otherwise: it came too late',
  filed: 'to be filed as a case',
  'accounted-for': 'for an account of what went wrong',
  'taken-up': 'for its holder to take it up',
};

/** `12 payments of winter-relief, EUR 1,200.00, wait to be confirmed`. */
export function describeWaiting({ what, program, next, count, isMore, amount }: Waiting): string {
  const many = `${isMore ? 'at least ' : ''}${countOf(count, WHAT[what] ?? 'matter')}`;
  const of = program === undefined ? '' : ` of ${program}`;
  const money = amount === undefined ? '' : `, ${formatMoney(amount.total, amount.asset)},`;
  return `${many}${of}${money} ${count === 1 ? 'waits' : 'wait'} ${NEXT[next] ?? 'to go on'}`;
}
