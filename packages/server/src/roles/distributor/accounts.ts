import {
  type AccountId,
  assert,
  CodedError,
  type Destination,
  holderAccount,
  type NewAccount,
  type Program,
  type ProgramRecord,
  parseAccountId,
  parseAmount,
  parseTransferId,
  payoutTransfer,
  type TransferId,
  versionsOf,
} from '@holdfast/core';
import type { Ledger } from '../../ports/ledger.ts';

/** The accounts of one program, and the names of its transfers: made of what is known before, so a repeat is a repeat. */
export type Books = {
  /** Where the money comes from: it may owe, for the outside gave it. */
  readonly treasury: NewAccount;
  /** What the program may still give. */
  readonly budget: NewAccount;
  /** What is on its way out of this ledger. */
  readonly rail: NewAccount;
  accountOf(destination: Destination): NewAccount;
  readonly transfers: {
    readonly fund: TransferId;
    /** What another version adds to the budget, the first of them 1. */
    raise(version: number): TransferId;
    readonly close: TransferId;
    reserve(application: string): TransferId;
    post(application: string): TransferId;
    void(application: string): TransferId;
  };
};

export function booksOf({ id, asset, reserveMax }: Program): Books {
  const account = (name: string, rule: NewAccount['rule']): NewAccount => ({ id: accountId(name), asset, rule });
  const transfer = (kind: string, application?: string) =>
    parseTransferId([kind, id, ...(application === undefined ? [] : [application])].join('.'));
  return {
    treasury: account(`treasury.${asset.code}`, 'none'),
    budget: { ...account(`program.${id}`, 'debits-must-not-exceed-credits'), maxReserved: parseAmount(reserveMax) },
    rail: account(`rail.${id}`, 'debits-must-not-exceed-credits'),
    accountOf: (destination) =>
      destination.kind === 'internal'
        ? { id: holderAccount(asset.code, destination.account), asset, rule: 'debits-must-not-exceed-credits' }
        : account(`rail.${id}`, 'debits-must-not-exceed-credits'),
    transfers: {
      fund: transfer('fund'),
      raise: (version) => transfer('raise', `${version}`),
      close: transfer('close'),
      reserve: (application) => transfer('reserve', application),
      post: (application) => parseTransferId(payoutTransfer(id, application)),
      void: (application) => transfer('void', application),
    },
  };
}

/** The program that a transfer is named after. */
export function programOfTransfer(transfer: string): string {
  return transfer.split('.')[1] ?? '';
}

function accountId(name: string): AccountId {
  return parseAccountId(name);
}

/** Opens a program's accounts and gives it its budget, and what later versions add: once, however often this is done. */
export async function fund(ledger: Ledger, record: ProgramRecord): Promise<void> {
  const { treasury, budget, rail, transfers } = booksOf(record.program);
  const opened = await ledger.createAccounts([treasury, budget, rail]);
  const refused = opened.find(({ answer }) => !isDone(answer));
  if (refused !== undefined) {
    throw new CodedError('program.unfundable', 'The ledger does not open the accounts of this program.', {
      account: refused.id,
      answer: refused.answer,
    });
  }
  const { results } = await ledger.transfer(
    additionsOf(record).map(({ version, added }) => ({
      kind: 'posted',
      id: version === 0 ? transfers.fund : transfers.raise(version),
      debit: treasury.id,
      credit: budget.id,
      amount: parseAmount(added),
    })),
  );
  assert(
    results.every(({ answer }) => isDone(answer)),
    'a program gets its budget once',
  );
}

/** What a smaller budget leaves over stays until the end, and goes back then. */
function additionsOf(record: ProgramRecord): readonly { readonly version: number; readonly added: bigint }[] {
  let most = 0n;
  return versionsOf(record).flatMap(({ program }, version) => {
    const added = BigInt(program.budget) - most;
    if (added <= 0n) return [];
    most += added;
    return [{ version, added }];
  });
}

/** Made, now or before. */
export function isDone(answer: string): boolean {
  return answer === 'created' || answer === 'exists';
}
