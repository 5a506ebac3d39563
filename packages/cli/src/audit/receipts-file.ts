import { createReceiptTally, isJsonObject, type NetworkState, openAuditedReceipt } from '@holdfast/core';
import { createNodeEngine } from '@holdfast/verifier/node';
import { parseReceipt } from '../program/result-file.ts';
import { readValues } from './jsonl.ts';

/** A receipt that proves nothing, or that proves something wrong. `line` counts from 1. */
export type ReceiptFault = { readonly line: number; readonly detail: string };

export type ReceiptsReport = {
  readonly receipts: number;
  /** At most 1000; `faults` says how many there are. */
  readonly broken: readonly ReceiptFault[];
  readonly faults: number;
  /** By program, minor units. */
  readonly paid: Readonly<Record<string, string>>;
};

const MAX_LISTED = 1000;

/** Holds the ledger's signed receipts in a file against the log. Throws `usage.file`, `result.malformed`. */
export async function auditReceipts(file: string, state: NetworkState): Promise<ReceiptsReport> {
  const engine = createNodeEngine();
  const tally = createReceiptTally(state);
  const broken: ReceiptFault[] = [];
  let [receipts, faults] = [0, 0];
  for await (const value of readValues(file)) {
    receipts += 1;
    const receipt = parseReceipt(isJsonObject(value) && value.receipt !== undefined ? value.receipt : value);
    const opened = openAuditedReceipt(state, receipt);
    const [isSigned] = opened.ok ? await engine.verify([opened.check]) : [];
    const detail = !opened.ok
      ? opened.detail
      : isSigned === true
        ? tally.add(opened.party, opened.transfer)
        : 'Its signature does not hold.';
    if (detail === undefined) continue;
    faults += 1;
    if (broken.length < MAX_LISTED) broken.push({ line: receipts, detail });
  }
  const paid = Object.fromEntries([...tally.paid()].map(([program, sum]) => [program, sum.toString()]));
  return { receipts, broken, faults, paid };
}
