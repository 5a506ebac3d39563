import {
  applyAccounts,
  applyTransfers,
  assert,
  type LedgerChanges,
  type LedgerView,
  type NewAccount,
  type TransferCommand,
} from '@holdfast/core';
import type { Touched } from '../../ports/ledger-store.ts';
import type { LedgerCall } from './call-queue.ts';

/** Calls folded together: what is to be written, and how each call is then told its part of the answers. */
export type FoldedBatch = { readonly changes: LedgerChanges; readonly deliver: () => void };

/** Everything that these calls name. */
export function touchedBy(calls: readonly LedgerCall[]): Touched {
  const accounts = calls.flatMap((call) => (call.kind === 'accounts' ? call.items : []));
  const commands = calls.flatMap((call) => (call.kind === 'transfers' ? call.items : []));
  return {
    assets: unique(accounts.map(({ asset }) => asset.code)),
    accounts: unique([...accounts.map(({ id }) => id), ...commands.flatMap(sidesOf)]),
    transfers: unique(
      commands.flatMap((command) => ('pending' in command ? [command.id, command.pending] : [command.id])),
    ),
  };
}

/** Folds calls of one kind into the view, in their order. */
export function foldCalls(view: LedgerView, calls: readonly LedgerCall[], now: number): FoldedBatch {
  const accounts: NewAccount[] = [];
  const commands: TransferCommand[] = [];
  for (const call of calls) {
    if (call.kind === 'accounts') accounts.push(...call.items);
    else commands.push(...call.items);
  }
  assert(accounts.length === 0 || commands.length === 0, 'a batch has calls of one kind');
  const opened = applyAccounts(view, accounts, now);
  const moved = applyTransfers(view, commands, now);
  return {
    changes: commands.length > 0 ? moved.changes : opened.changes,
    deliver() {
      let at = 0;
      for (const call of calls) {
        const end = at + call.items.length;
        if (call.kind === 'accounts') call.resolve(opened.results.slice(at, end));
        else call.resolve(moved.results.slice(at, end));
        at = end;
      }
    },
  };
}

function sidesOf(command: TransferCommand) {
  return 'debit' in command ? [command.debit, command.credit] : [];
}

function unique<Value>(values: readonly Value[]): Value[] {
  return [...new Set(values)];
}
