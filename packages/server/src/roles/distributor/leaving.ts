import {
  bindingDigest,
  CodedError,
  type Destination,
  type Handoff,
  type Instruction,
  type OpenHandoffs,
  type Program,
  type ProgramRecord,
  payoutTransfer,
} from '@holdfast/core';
import { booksOf } from './accounts.ts';
import type { Carried } from './carrying.ts';
import type { FiledCase } from './filed-cases.ts';
import type { DistributorFollower, DistributorPorts } from './neighbours.ts';
import { createRefusals } from './refusals.ts';
import type { SettlementHandoff } from './settling/settlement-view.ts';
import type { ReconcileReport, Settling, SubmitReport } from './settling/settling.ts';
import type { Unanswered } from './unanswered.ts';

export type SettleReport = SubmitReport & ReconcileReport;

/** The way of money out of this ledger. */
export interface Leaving {
  /** Throws, with the rail's own code, for a destination to which no rail would carry this program's money. */
  assertReachable(program: Program, destination: Destination): void;
  /** Hands posted payments to the rails; gives those that a rail has taken on, now or before. */
  handOver(record: ProgramRecord, lines: readonly Carried[]): Promise<readonly string[]>;
  /** Sends what is planned, and takes in what rails have answered. */
  settle(): Promise<SettleReport>;
  /** The longest open first, and how many there are beyond those. */
  handoffs(): Promise<OpenHandoffs>;
  /**
   * Forgets where the money of a program went that has ended. Says whether there is anything left to forget later: payments
   * of which it is not known that they arrived.
   */
  forget(program: Program): Promise<boolean>;
  /**
   * Does to one payment what officers have decided. Throws `settlement.decision-missing` for an instruction that the log has
   * no decision on, `settlement.decision-used` for one that was carried out or overruled since, `settlement.act` for one that
   * settlement cannot carry out, and what settling throws. `settlement.decision-used` also for one that was decided when
   * another decision than the last was the last word on its attempt. The same again changes nothing.
   */
  act(instruction: Instruction): Promise<void>;
}

export function createLeaving(
  { report, clock, signals }: Pick<DistributorPorts, 'report' | 'clock' | 'signals'>,
  follower: DistributorFollower,
  settling: Settling,
  unanswered?: Unanswered,
): Leaving {
  const refusals = createRefusals(clock);

  /** What a later decision has said of the attempt stands: whoever repeats an earlier one does not bring it back. */
  async function assertNotOverruled(instruction: Instruction, entry: number): Promise<void> {
    const { payment, attempt, after } = instruction;
    const ruledBy = (await settling.find(payment))?.attempts[attempt - 1]?.decision;
    if (after !== undefined && ruledBy !== after && ruledBy !== bindingDigest(instruction)) {
      throw new CodedError('settlement.decision-used', 'Another decision is the last word on this attempt by now.');
    }
    const later = ruledBy === undefined ? undefined : follower.state.exceptions.get(ruledBy);
    if (later !== undefined && later.entry > entry) {
      throw new CodedError('settlement.decision-used', 'A later decision about this attempt stands in the log.');
    }
  }

  return {
    assertReachable(program, destination) {
      if (destination.kind === 'internal') return;
      const { allocation, asset, budget, title: reference } = program;
      const amount = BigInt('amount' in allocation ? allocation.amount : (allocation.cap ?? budget));
      const why = settling.check({ transferId: `reach.${program.id}`, destination, amount, asset, reference });
      if (why !== undefined) throw new CodedError(why.code, why.message);
    },
    async handOver({ program }, posted) {
      const { transfers } = booksOf(program);
      const lines = posted.filter(({ application }) => refusals.isDue(transfers.post(application)));
      const planned = await settling.plan(
        lines.map(({ application, payment, sent }) => ({
          transferId: transfers.post(application),
          destination: sent.application.destination,
          amount: payment.amount,
          asset: program.asset,
          reference: program.title,
        })),
      );
      for (const one of planned) {
        if (one.answer !== 'refused') refusals.forget(one.transferId);
        else if (refusals.isTold(one.transferId))
          report({ code: one.code, program: program.id, detail: `${one.transferId}: ${one.message}` });
      }
      return lines.flatMap(({ application }, i) => (planned[i]?.answer === 'refused' ? [] : [application]));
    },
    async settle() {
      const submitted = await settling.submitDue();
      const { changed, failures } = await settling.reconcile();
      const answered = { taken: submitted.accepted, changed: changed.length };
      if (answered.taken + answered.changed > 0) signals?.paymentsAnswered(answered);
      await unanswered?.look((await settling.openHandoffs()).handoffs);
      return { accepted: submitted.accepted, changed, failures: [...submitted.failures, ...failures] };
    },
    async handoffs() {
      const { handoffs: open, counts } = await settling.openHandoffs();
      const all = Object.values(counts).reduce((sum, count) => sum + count, 0) - counts.accepted;
      const handoffs = await Promise.all(open.map(async (one) => handoffOf(one, await unanswered?.read(one))));
      return { handoffs, more: Math.max(0, all - open.length) };
    },
    async forget(program) {
      for (;;) {
        const { erased, left } = await settling.erase(payoutTransfer(program.id, ''));
        if (erased === 0) return left > 0;
      }
    },
    async act(instruction) {
      const { act, payment, attempt, program } = instruction;
      const decision = bindingDigest(instruction);
      const decided = follower.state.exceptions.get(decision);
      const isOfProgram = decided?.kind === 'payment' && decided.program === program;
      // Whoever may return money has not been given the power to send any.
      const isMeant = isOfProgram && (decided.power === undefined || act === 'cancel');
      if (!isMeant) {
        throw new CodedError('settlement.decision-missing', 'No decision of officers in the log allows exactly this.');
      }
      await assertNotOverruled(instruction, decided.entry);
      if (act === 'retry') await settling.retry(payment, { decision, attempt });
      else if (act === 'settle') await settling.rule(payment, attempt, 'accepted', decision);
      else if (act === 'cancel') await settling.rule(payment, attempt, 'rejected', decision);
      else throw new CodedError('settlement.act', 'A payment on its way out is not redirected: cancel it first.');
    },
  };
}

/** `filed`: the case about it, by when its owner has to have acted. */
function handoffOf(open: SettlementHandoff, filed: FiledCase | undefined): Handoff {
  const { transferId, giver, receiver, owner, amount, since, dueAt, state } = open;
  const dueBy = filed?.dueAt ?? dueAt;
  return {
    ...{ what: 'settlement', of: transferId, giver, receiver, owner, count: 1, amount, since },
    ...(dueBy === undefined ? {} : { dueBy }),
    ...(filed?.case === undefined ? {} : { case: filed.case }),
    next: state === 'planned' || state === 'submitted' ? 'answered' : 'looked-at',
  };
}
