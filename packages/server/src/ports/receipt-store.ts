import type { TransferReceipt } from '@holdfast/core';

/** One call of a ledger as it accepted it. */
export type NewReceipt = {
  /** The signed acceptance, compact JWS, looked at before it is kept. */
  readonly acceptance: string;
  /** In the order asked: the transfer's id, and its leaf (`encodeAcceptedTransfer`). At most `MAX_LEDGER_BATCH`. */
  readonly transfers: readonly { readonly id: string; readonly leaf: string }[];
};

/**
 * What a ledger has signed for, so that a transfer can be shown to whoever believes neither side. One store belongs to one
 * distributor.
 *
 * Durability: `add` resolves once a crash cannot lose it; all of a call or nothing of it. Consistency: a read sees every `add`
 * that was answered before it. Idempotency: of each transfer the first receipt stays; an acceptance whose transfers all have
 * one is not kept, so asking again and again costs nothing. Concurrency: any. Retries: the caller, with the same.
 */
export interface ReceiptStore {
  add(receipt: NewReceipt): Promise<void>;
  /** By the transfer's id; undefined where none is kept. */
  read(transfer: string): Promise<TransferReceipt | undefined>;
}
