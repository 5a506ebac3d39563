import {
  type AccountResult,
  CodedError,
  type NewAccount,
  type TransferCommand,
  type TransferResult,
} from '@holdfast/core';

export type Waiter<Result> = {
  /** Aborted once the call is answered or rejected; whatever comes later says nothing to anybody. */
  readonly settled: AbortSignal;
  readonly resolve: (results: readonly Result[]) => void;
  readonly reject: (error: CodedError) => void;
};

/** What one caller wants written, and how it is told. */
export type LedgerCall =
  | ({ readonly kind: 'accounts'; readonly items: readonly NewAccount[] } & Waiter<AccountResult>)
  | ({ readonly kind: 'transfers'; readonly items: readonly TransferCommand[] } & Waiter<TransferResult>);

/** First come, first served; at most `maxWaiting` accounts and transfers, then `ledger.overloaded`. */
export class CallQueue {
  readonly #maxWaiting: number;
  /** At most `maxWaiting` items in them. */
  readonly #calls = new Set<LedgerCall>();
  #waiting = 0;

  constructor(maxWaiting: number) {
    this.#maxWaiting = maxWaiting;
  }

  /** Accounts and transfers that wait. */
  get waiting(): number {
    return this.#waiting;
  }

  has(call: LedgerCall): boolean {
    return this.#calls.has(call);
  }

  push(call: LedgerCall): void {
    if (this.#waiting + call.items.length > this.#maxWaiting) {
      throw new CodedError(
        'ledger.overloaded',
        'Too much waits for this ledger already. Nothing was done; repeat later.',
      );
    }
    this.#calls.add(call);
    this.#waiting += call.items.length;
  }

  /** The first calls of one kind that have at most so many items together, one in any case; they stay until taken. */
  firstOf(maxItems: number): readonly LedgerCall[] {
    const group: LedgerCall[] = [];
    let left = maxItems;
    for (const call of this.#calls) {
      left -= call.items.length;
      if (group.length > 0 && (left < 0 || call.kind !== group[0]?.kind)) break;
      group.push(call);
    }
    return group;
  }

  take(call: LedgerCall): boolean {
    if (!this.#calls.delete(call)) return false;
    this.#waiting -= call.items.length;
    return true;
  }

  rejectAll(error: CodedError): void {
    for (const call of [...this.#calls]) {
      this.take(call);
      call.reject(error);
    }
  }
}
