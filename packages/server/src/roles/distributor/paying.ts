import {
  assert,
  type Confirmation,
  confirmationOf,
  defaultOf,
  type Position,
  type Program,
  type ProgramRecord,
  parseAmount,
  type Ruled,
  rulingOn,
  rulingsOf,
  type Transfer,
} from '@holdfast/core';
import {
  type KeptApplication,
  type Payment,
  type PaymentState,
  settledByEntry,
} from '../../ports/distributor-store.ts';
import type { GivenVerdict } from '../../ports/verification.ts';
import { SILENT, type Signals } from '../../seeing/signals.ts';
import { type Books, booksOf, isDone } from './accounts.ts';
import type { DistributorBounds } from './config.ts';
import type { DoubtRuling, Doubts } from './doubts.ts';
import { reportFailure } from './failures.ts';
import { mapAtMost } from './judging.ts';
import { openApplication } from './kept-application.ts';
import type { DistributorPorts } from './neighbours.ts';
import { createRounds } from './rounds.ts';

type Due = KeptApplication & { readonly payment: Payment };
type Change = {
  readonly application: string;
  readonly from: PaymentState;
  readonly to: PaymentState;
  readonly settledBy?: string;
};

export interface Paying {
  /**
   * Sets aside what is planned, as far as the program's bound on reserves allows. Says how many were set aside. Goes round,
   * as `confirm` does.
   */
  reserve(record: ProgramRecord): Promise<number>;
  /**
   * Asks again about a few of those set aside, and pays or frees them. Of those that get no answer, and whose time to be
   * confirmed is over by the log's `time`, the program's stated default decides; what the log rules goes before both. Goes round: who has to wait holds up nobody
   * behind. Says how many moved.
   */
  confirm(record: ProgramRecord, seal: Position, time: number): Promise<number>;
  /** Pays one that is set aside, by this verdict on what has come in the place of its credential. */
  postBy(record: ProgramRecord, due: Due, by: Pick<GivenVerdict, 'id'>): Promise<void>;
}

/** Unix milliseconds at which the program's default decides about what is set aside: it has had its time since it was. */
export function defaultAt({ program, sealedAt }: ProgramRecord, { at }: Payment): number {
  return Math.max(sealedAt?.time ?? 0, at) + program.confirm.withinMs;
}

export function createPaying(ports: DistributorPorts, bounds: DistributorBounds, doubts?: Doubts): Paying {
  const { store, ledger, verification, clock, report } = ports;
  const toReserve = createRounds(store, 'planned', bounds.maxPerRound);
  const toConfirm = createRounds(store, 'reserved', bounds.maxPerRound);

  async function reserve({ program }: ProgramRecord): Promise<number> {
    const books = booksOf(program);
    const planned = await toReserve(program.id);
    if (planned.length === 0) return 0;
    const due = await affordable(program, books, planned);
    if (due.length === 0) return 0;
    const targets = await Promise.all(due.map((one) => accountFor(ports, books, one)));
    const opened = await ledger.createAccounts(distinct(targets));
    assert(
      opened.every(({ answer }) => isDone(answer)),
      'an account of a destination is opened once',
    );
    const { results: answers } = await ledger.transfer(
      due.map(({ application, payment }, i) => ({
        kind: 'pending',
        id: books.transfers.reserve(application),
        debit: books.budget.id,
        credit: (targets[i] ?? books.rail).id,
        amount: parseAmount(payment.amount),
      })),
    );
    for (const { id, answer } of answers) {
      // What the ledger refuses here contradicts the draw: nobody is paid less in silence, a person has to look.
      if (!isDone(answer)) report({ code: 'payment.refused', program: program.id, detail: `${id}: ${answer}` });
    }
    const done = due.filter((_, i) => isDone(answers[i]?.answer ?? ''));
    return move(
      program.id,
      done.map(({ application }) => ({ application, from: 'planned', to: 'reserved' })),
    );
  }

  /**
   * Those for whom there is room by what the ledger holds: of a reserve whose answer was lost nothing is written down here, and
   * what goes beyond the bound the ledger refuses for ever. What it knows already is asked again, and takes no room.
   */
  async function affordable(program: Program, { budget, transfers }: Books, planned: readonly Due[]): Promise<Due[]> {
    const [[account], known] = await Promise.all([
      ledger.readAccounts([budget.id]),
      ledger.readTransfers(planned.map(({ application }) => transfers.reserve(application))),
    ]);
    const room = BigInt(program.reserveMax) - (account?.debitsPending ?? 0n);
    const isKnown = (_: Due, i: number) => known[i] !== undefined;
    return [
      ...planned.filter(isKnown),
      ...fitting(
        planned.filter((one, i) => !isKnown(one, i)),
        room,
      ),
    ];
  }

  async function move(program: string, changes: readonly Change[]): Promise<number> {
    if (changes.length === 0) return 0;
    const moved = await store.advance(program, changes, clock.now());
    tellMoved(ports.signals ?? SILENT, program, moved.length, changes);
    return moved.length;
  }

  /** Pays or frees in the ledger first: it has the last word on what happened, also after a crash between the two. */
  async function end(
    books: Books,
    due: readonly Due[],
    ways: readonly Way[],
    { program, ended }: { readonly program: string; readonly ended: ReadonlyMap<string, Way['to']> },
  ): Promise<number> {
    if (ways.length === 0) return 0;
    const amounts = new Map(due.map(({ application, payment }) => [application, payment.amount]));
    const { results: answers } = await ledger.transfer(
      ways.map(({ application, to }) => {
        const pending = books.transfers.reserve(application);
        if (to === 'voided') return { kind: 'void', id: books.transfers.void(application), pending };
        // The amount is said, so that the ledger's signature is over it.
        const amount = parseAmount(amounts.get(application));
        return { kind: 'post', id: books.transfers.post(application), pending, amount };
      }),
    );
    const isOver = ({ application, to }: Way, i: number) =>
      isDone(answers[i]?.answer ?? '') || ended.get(application) === to;
    const changes = ways.filter(isOver).map((way): Change => ({ ...way, from: 'reserved' }));
    for (const [i, way] of ways.entries()) {
      const refused = `${way.application}: ${answers[i]?.answer}`;
      if (!isOver(way, i)) report({ code: 'payment.refused', program, detail: refused });
    }
    const moved = await move(program, changes);
    await forget(due.filter(({ application }) => changes.some((change) => change.application === application)));
    return moved;
  }

  /** The verifier need keep nothing any more. Should it not hear of it, its own retention ends it. */
  async function forget(done: readonly KeptApplication[]): Promise<void> {
    await mapAtMost(done, bounds.maxVerifications, async ({ judgement }) => {
      if (judgement?.verdict !== undefined) await verification.settled(judgement.verdict).catch(() => undefined);
    });
  }

  /** What cases of their own say of these; whoever has none is not there. */
  async function doubtsAbout(some: readonly Due[]): Promise<ReadonlyMap<string, DoubtRuling>> {
    if (doubts === undefined) return new Map();
    const rulings = await mapAtMost(some.filter(isHeld), bounds.maxVerifications, async (one) => {
      const ruling = await doubts.rulingOn(one);
      return ruling === undefined ? [] : [[one.application, ruling] as const];
    });
    return new Map(rulings.flat());
  }

  /**
   * Whom a verifier that has read far enough still doubts, people have to look at; and everybody of whom half their time is over,
   * since silence would send the money back.
   */
  async function fileDoubts(
    record: ProgramRecord,
    some: readonly Due[],
    { time, answered }: { readonly time: number; readonly answered: ReadonlySet<string> },
  ): Promise<void> {
    if (doubts === undefined) return;
    const isHalf = ({ payment }: Due) => time >= defaultAt(record, payment) - record.program.confirm.withinMs / 2;
    const due = some.filter((one) => isHeld(one) && (answered.has(one.application) || isHalf(one)));
    for (const one of due) await doubts.file(record, one);
  }

  /** Why what has ended did: a crash may have come before that was written down, and people are told by it. */
  async function endedBy(
    due: readonly Due[],
    of: { readonly ended: ReadonlyMap<string, Way['to']>; readonly said: readonly Way[]; readonly seal: Position },
  ): Promise<readonly Way[]> {
    const over = due.filter(({ application }) => of.ended.has(application));
    return mapAtMost(over, bounds.maxVerifications, async (one): Promise<Way> => {
      const { application } = one;
      const to = of.ended.get(application) ?? 'voided';
      const isIt = (way: Way | undefined) => way?.application === application && way.to === to;
      const why = of.said.find(isIt) ?? wayOf(await askAgain(ports, one, of.seal));
      return why !== undefined && isIt(why) ? why : { application, to };
    });
  }

  return {
    reserve,
    async postBy({ program }, due, { id }) {
      const way: Way = { application: due.application, to: 'posted', settledBy: id };
      const ended = await readEnded(ports, booksOf(program), [due]);
      await end(booksOf(program), [due], [way], { program: program.id, ended });
    },
    async confirm(record, seal, time) {
      const { program } = record;
      const books = booksOf(program);
      const due = await toConfirm(program.id);
      if (due.length === 0) return 0;
      const ended = await readEnded(ports, books, due);
      const rulings = rulingsOf(ports.follower.state, program.id);
      const ruled = due.flatMap(({ application }): Way[] =>
        wayRuled(application, rulingOn(rulings, program.id, application)),
      );
      const isRuled = ({ application }: Due) => rulingOn(rulings, program.id, application) !== undefined;
      // What was ruled does not wait for a verifier, and what a case is about waits for the case.
      const unruled = due.filter((one) => !isRuled(one));
      const doubted = await doubtsAbout(unruled);
      const isOpen = ({ application }: Due) => !ended.has(application) && doubted.get(application)?.way !== 'void';
      const open = unruled.filter(isOpen);
      const asked = await mapAtMost(open, bounds.maxVerifications, (one) => askAgain(ports, one, seal));
      const waiting = open.filter((_, i) => asked[i]?.confirmation === 'wait');
      await fileDoubts(record, waiting, {
        time,
        answered: new Set(asked.flatMap(({ by, application }) => (by === '' ? [] : [application]))),
      });
      const ways = asked.flatMap((answer, i): Way[] => {
        const one = open[i];
        const isDue = one && !doubted.has(one.application) && time >= defaultAt(record, one.payment);
        const way = wayOf(answer) ?? (isDue ? defaultFor(program, one) : undefined);
        return way === undefined ? [] : [way];
      });
      const dismissed = [...doubted].flatMap(([application, ruling]): Way[] =>
        ruling.way === 'void' ? [{ application, to: 'voided', settledBy: ruling.settledBy }] : [],
      );
      const said = [...ruled, ...dismissed];
      // What has ended already is asked for once more: its receipt may have been lost with the answer.
      const known = await endedBy(due, { ended, said, seal });
      const now = said.filter(({ application }) => !ended.has(application));
      return end(books, due, [...known, ...now, ...ways], { program: program.id, ended });
    },
  };
}

/** What was moved already is moved once: the count is what the store says. */
function tellMoved(signals: Signals, program: string, moved: number, changes: readonly Change[]): void {
  if (moved === 0) return;
  const of = (state: PaymentState) => Math.min(moved, changes.filter(({ to }) => to === state).length);
  const [reserved, posted, voided] = [of('reserved'), of('posted'), of('voided')];
  if (reserved > 0) signals.paymentsReserved({ program, count: reserved });
  if (posted > 0) signals.paymentsPosted({ program, count: posted });
  if (voided > 0) signals.paymentsVoided({ program, count: voided });
}

function wayRuled(application: string, ruled: Ruled | undefined): Way[] {
  if (ruled === undefined || ruled.way === 'hold') return [];
  const settledBy = settledByEntry(ruled.entry);
  return [{ application, to: ruled.way === 'post' ? 'posted' : 'voided', settledBy }];
}

function wayOf({ application, confirmation, by }: Answer): Way | undefined {
  if (confirmation === 'wait') return undefined;
  return { application, to: confirmation === 'post' ? 'posted' : 'voided', settledBy: by };
}

/** Its verdict was `unknown`. */
function isHeld({ judgement }: Due): boolean {
  return judgement === undefined || !('candidacy' in judgement) || judgement.candidacy.held;
}

function defaultFor(program: ProgramRecord['program'], one: Due): Way {
  const { application } = one;
  return { application, to: defaultOf(program, isHeld(one)) === 'post' ? 'posted' : 'voided' };
}

type Way = { readonly application: string; readonly to: 'posted' | 'voided'; readonly settledBy?: string };

/** What fits into the room that is left, in the order given. */
function fitting(due: readonly Due[], room: bigint): Due[] {
  let left = room;
  return due.filter(({ payment }) => {
    if (payment.amount > left) return false;
    left -= payment.amount;
    return true;
  });
}

async function accountFor(ports: DistributorPorts, books: Books, one: Due) {
  assert(one.sealed !== undefined, 'what is not paid is not erased');
  const { application } = await openApplication(ports.sealer, one, one.sealed);
  return books.accountOf(application.destination);
}

function distinct<Item extends { readonly id: string }>(items: readonly Item[]): Item[] {
  return [...new Map(items.map((item) => [item.id, item])).values()];
}

/** Of those set aside, the ones that the ledger has paid or freed already: a crash came before it was written down. */
async function readEnded(
  { ledger }: DistributorPorts,
  books: Books,
  due: readonly Due[],
): Promise<Map<string, 'posted' | 'voided'>> {
  const transfers = await ledger.readTransfers(due.map(({ application }) => books.transfers.reserve(application)));
  return new Map(
    due.flatMap(({ application }, i) => {
      const end = endOf(transfers[i]);
      return end === undefined ? [] : [[application, end] as const];
    }),
  );
}

function endOf(transfer: Transfer | undefined): 'posted' | 'voided' | undefined {
  if (transfer?.state === 'posted') return 'posted';
  return transfer?.state === 'voided' || transfer?.state === 'expired' ? 'voided' : undefined;
}

type Answer = { readonly application: string; readonly confirmation: Confirmation; readonly by: string };

/** Silence is no answer: whoever cannot be asked, or no longer knows, leaves the money where it is. */
async function askAgain(
  ports: DistributorPorts,
  { application, judgement, program }: Due,
  seal: Position,
): Promise<Answer> {
  const verdict = judgement?.verdict;
  if (verdict === undefined) return { application, confirmation: 'wait', by: '' };
  try {
    const given = await ports.verification.confirm(verdict, seal);
    return { application, confirmation: confirmationOf(given.verdict, seal, ports.follower.state), by: given.id };
  } catch (error) {
    reportFailure(ports, program, error);
    return { application, confirmation: 'wait', by: '' };
  }
}
