import { assert } from '../errors.ts';
import { move, refuseMovement, type Sides } from './movement.ts';
import { answerRepeat } from './repeat.ts';
import type {
  Transfer,
  TransferAnswer,
  TransferCommand,
  TransferRefusal,
  TransferResult,
  TransferState,
} from './transfer.ts';
import {
  changesOf,
  createDraft,
  findAccount,
  findTransfer,
  type LedgerChanges,
  type LedgerDraft,
  type LedgerView,
} from './view.ts';

type Command<Kind extends TransferCommand['kind']> = Extract<TransferCommand, { readonly kind: Kind }>;
type Pending = Transfer & { readonly command: Command<'pending'> };

/** What a command comes to: its own state, or why it is refused. */
type Outcome = TransferState | TransferRefusal;

/**
 * Folds transfers into a ledger, one after the other. Pure: one batch of them does what as many batches of one would at
 * the same time. Each new id is kept with its answer, so that a repeat is told the same.
 */
export function applyTransfers(
  view: LedgerView,
  commands: readonly TransferCommand[],
  now: number,
): { readonly changes: LedgerChanges; readonly results: readonly TransferResult[] } {
  const draft = createDraft(view, now);
  const results = commands.map((command) => ({ id: command.id, answer: applyTransfer(draft, command) }));
  return { changes: changesOf(draft), results };
}

function applyTransfer(draft: LedgerDraft, command: TransferCommand): TransferAnswer {
  const known = findTransfer(draft, command.id);
  if (known !== undefined) return answerRepeat(known, command);
  const outcome = outcomeOf(draft, command);
  const state: TransferState = typeof outcome === 'string' ? { state: 'refused', why: outcome } : outcome;
  draft.transfers.set(command.id, { command, at: draft.time, ...state });
  return state.state === 'refused' ? `refused-${state.why}` : 'created';
}

function outcomeOf(draft: LedgerDraft, command: TransferCommand): Outcome {
  switch (command.kind) {
    case 'posted':
    case 'pending':
      return applyMovement(draft, command);
    case 'post':
    case 'void':
      return applyEnd(draft, command);
    default:
      return command satisfies never;
  }
}

function applyMovement(draft: LedgerDraft, command: Command<'posted' | 'pending'>): Outcome {
  const { kind, amount } = command;
  if (amount === 0n) return 'amount-zero';
  if (command.debit === command.credit) return 'accounts-same';
  const debit = findAccount(draft, command.debit);
  if (debit === undefined) return 'debit-account-unknown';
  const credit = findAccount(draft, command.credit);
  if (credit === undefined) return 'credit-account-unknown';
  if (debit.asset.code !== credit.asset.code) return 'assets-differ';
  if (kind === 'pending' && isDue(command, draft.time)) return 'expiry-past';
  const refusal = refuseMovement({ debit, credit }, amount, kind);
  if (refusal !== undefined) return refusal;
  if (kind === 'pending') {
    move(draft, { debit, credit }, { posted: 0n, pending: amount });
    return { state: 'pending' };
  }
  move(draft, { debit, credit }, { posted: amount, pending: 0n });
  return { state: 'posted', amount };
}

function applyEnd(draft: LedgerDraft, command: Command<'post' | 'void'>): Outcome {
  if (command.kind === 'post' && command.amount === 0n) return 'amount-zero';
  const pending = findTransfer(draft, command.pending);
  if (pending === undefined || pending.state === 'refused') return 'pending-unknown';
  if (!isPendingKind(pending)) return 'pending-not-pending';
  if (pending.state !== 'pending') return refusalOfEnded(pending);
  // At its time it is over, whether the ledger has come to free it or not: no answer depends on when it does.
  if (isDue(pending.command, draft.time)) return 'pending-expired';
  const reserved = pending.command.amount;
  const ended = { at: draft.time, by: command.id };
  if (command.kind === 'void') {
    endPending(draft, pending, { state: 'voided', ended }, 0n);
    return { state: 'voided' };
  }
  const amount = command.amount ?? reserved;
  if (amount > reserved) return 'exceeds-pending';
  endPending(draft, pending, { state: 'posted', amount, ended }, amount);
  return { state: 'posted', amount };
}

function refusalOfEnded(pending: Pending): TransferRefusal {
  switch (pending.state) {
    case 'posted':
      return 'pending-already-posted';
    case 'voided':
      return 'pending-already-voided';
    default:
      return 'pending-expired';
  }
}

/**
 * Frees every pending transfer of the view whose time has come: the whole of it, both sides. Pure; a transfer that is not
 * due, or not pending any more, is left alone.
 */
export function expirePending(view: LedgerView, now: number): LedgerChanges {
  const draft = createDraft(view, now);
  for (const transfer of view.transfers.values()) {
    if (transfer.state !== 'pending' || !isPendingKind(transfer) || !isDue(transfer.command, draft.time)) continue;
    endPending(draft, transfer, { state: 'expired', ended: { at: draft.time } }, 0n);
  }
  return changesOf(draft);
}

/** All that was reserved leaves `pending` on both sides; `posted` of it stays moved. */
function endPending(draft: LedgerDraft, pending: Pending, state: TransferState, posted: bigint): void {
  const { command, at } = pending;
  move(draft, sidesOf(draft, command), { posted, pending: -command.amount });
  draft.transfers.set(command.id, { command, at, ...state });
}

function sidesOf(draft: LedgerDraft, command: Command<'pending'>): Sides {
  const debit = findAccount(draft, command.debit);
  const credit = findAccount(draft, command.credit);
  assert(debit !== undefined && credit !== undefined, 'the accounts of a transfer are there as long as it is');
  return { debit, credit };
}

function isDue({ expiresAt }: Command<'pending'>, time: number): boolean {
  return expiresAt !== undefined && expiresAt <= time;
}

function isPendingKind(transfer: Transfer): transfer is Pending {
  return transfer.command.kind === 'pending';
}
