import { CodedError } from '@holdfast/core';
import type { XmlElement } from 'libxml2-wasm';
import { MAX_BATCH_LINES } from '../../ports/settlement-rail.ts';
import { childOf, childrenOf, readXml } from './xml.ts';

/** What a bank says about one transaction, as it says it. */
export type ReportedTransaction = {
  readonly endToEndId?: string;
  readonly status?: string;
  readonly reason?: string;
  /** What the bank repeats of the order. */
  readonly amount?: { readonly currency: string; readonly value: string };
  readonly iban?: string;
};

export type ReportedInstruction = {
  readonly id: string;
  readonly transactions: readonly ReportedTransaction[];
  readonly count?: string;
  readonly sum?: string;
  readonly status?: string;
  readonly reason?: string;
};

/** ISO 20022 pain.002.001.10, as far as it is read. */
export type StatusReport = {
  readonly messageId: string;
  readonly originalMessageId: string;
  readonly originalMessageName: string;
  readonly instructions: readonly ReportedInstruction[];
  readonly count?: string;
  readonly sum?: string;
  readonly status?: string;
  readonly reason?: string;
};

/** Each line of a batch twice: more is nothing that a bank would write about one message. */
const MAX_TRANSACTIONS = 2 * MAX_BATCH_LINES;

/** Throws `settlement.report-malformed | report-too-large`. */
export function parsePain002(bytes: Uint8Array): StatusReport {
  return readXml(bytes, 'pain.002.001.10', (root) => {
    const report = childOf(root, 'CstmrPmtStsRpt');
    const group = childOf(report, 'OrgnlGrpInfAndSts');
    const instructions = childrenOf(report, 'OrgnlPmtInfAndSts');
    const transactions = instructions.map((instruction) => childrenOf(instruction, 'TxInfAndSts'));
    if (transactions.flat().length > MAX_TRANSACTIONS) {
      throw new CodedError('settlement.report-too-large', `A report has at most ${MAX_TRANSACTIONS} transactions.`);
    }
    return {
      messageId: textAt(report, 'GrpHdr', 'MsgId') ?? '',
      originalMessageId: textAt(group, 'OrgnlMsgId') ?? '',
      originalMessageName: textAt(group, 'OrgnlMsgNmId') ?? '',
      ...statusOf(group, 'GrpSts'),
      instructions: instructions.map((instruction, i) => ({
        id: textAt(instruction, 'OrgnlPmtInfId') ?? '',
        ...statusOf(instruction, 'PmtInfSts'),
        transactions: (transactions[i] ?? []).map(transactionOf),
      })),
    };
  });
}

function transactionOf(element: XmlElement): ReportedTransaction {
  const amount = childOf(element, 'OrgnlTxRef', 'Amt', 'InstdAmt');
  return {
    ...member('endToEndId', textAt(element, 'OrgnlEndToEndId')),
    ...member('status', textAt(element, 'TxSts')),
    ...member('reason', reasonOf(element)),
    ...(amount === undefined ? {} : { amount: { currency: amount.attr('Ccy')?.value ?? '', value: amount.content } }),
    ...member('iban', textAt(element, 'OrgnlTxRef', 'CdtrAcct', 'Id', 'IBAN')),
  };
}

function statusOf(element: XmlElement | undefined, name: string) {
  return {
    ...member('count', textAt(element, 'OrgnlNbOfTxs')),
    ...member('sum', textAt(element, 'OrgnlCtrlSum')),
    ...member('status', textAt(element, name)),
    ...member('reason', reasonOf(element)),
  };
}

/** The first reason: a code of the external code set, or the bank's own word. Free text may hold names and is not read. */
function reasonOf(element: XmlElement | undefined): string | undefined {
  const reason = childOf(element, 'StsRsnInf', 'Rsn');
  return textAt(reason, 'Cd') ?? textAt(reason, 'Prtry');
}

function textAt(element: XmlElement | undefined, ...path: readonly string[]): string | undefined {
  return childOf(element, ...path)?.content;
}

function member<Name extends string>(name: Name, value: string | undefined): { readonly [N in Name]?: string } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [N in Name]: string });
}
