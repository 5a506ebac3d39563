import { receiptOf } from '@holdfast/core';
import type { NewReceipt, ReceiptStore } from '../../ports/receipt-store.ts';

/** Receipts in memory, for rehearsal and tests: gone with the process. */
export function createReceiptStoreMemory(): ReceiptStore {
  const kept = new Map<string, { readonly receipt: NewReceipt; readonly place: number }>();
  return {
    async add(receipt) {
      for (const [place, { id }] of receipt.transfers.entries()) if (!kept.has(id)) kept.set(id, { receipt, place });
    },
    async read(transfer) {
      const found = kept.get(transfer);
      if (found === undefined) return undefined;
      const { acceptance, transfers } = found.receipt;
      return receiptOf(
        acceptance,
        transfers.map(({ leaf }) => leaf),
        found.place,
      );
    },
  };
}
