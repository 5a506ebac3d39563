import type { XmlElement } from 'libxml2-wasm';
import { type CarriedLine, isSepa } from './carried-line.ts';
import type { Debtor } from './debtor.ts';
import { encodeDecimal } from './decimal.ts';
import { toLatin } from './latin.ts';
import { writeXml } from './xml.ts';

export type PaymentOrder = {
  /** The batch: it becomes the id of the message and of its one payment instruction. */
  readonly id: string;
  /** Unix milliseconds: creation, and the day of execution in UTC. */
  readonly createdAt: number;
  readonly lines: readonly CarriedLine[];
};

/**
 * ISO 20022 pain.001.001.09: one message, one payment instruction, one transaction for each line, whose EndToEndId is the
 * line's id. The same order gives the same bytes.
 */
export function encodePain001(order: PaymentOrder, debtor: Debtor): string {
  return writeXml('pain.001.001.09', (root) => {
    const initiation = root.addElement('CstmrCdtTrfInitn');
    const time = new Date(order.createdAt).toISOString();
    const header = initiation.addElement('GrpHdr');
    text(header, 'MsgId', order.id);
    text(header, 'CreDtTm', `${time.slice(0, 19)}Z`);
    totals(header, order, debtor);
    party(header, 'InitgPty', debtor.name);
    const instruction = initiation.addElement('PmtInf');
    text(instruction, 'PmtInfId', order.id);
    text(instruction, 'PmtMtd', 'TRF');
    totals(instruction, order, debtor);
    if (isSepa(debtor)) text(within(instruction, 'PmtTpInf', 'SvcLvl'), 'Cd', 'SEPA');
    text(within(instruction, 'ReqdExctnDt'), 'Dt', time.slice(0, 10));
    party(instruction, 'Dbtr', debtor.name);
    text(within(instruction, 'DbtrAcct', 'Id'), 'IBAN', debtor.iban);
    agent(instruction, debtor);
    text(instruction, 'ChrgBr', isSepa(debtor) ? 'SLEV' : 'SHAR');
    for (const line of order.lines) transaction(instruction, line, debtor);
  });
}

/** NbOfTxs and CtrlSum: what a bank compares with what it counted, so that no line is lost on the way. */
function totals(parent: XmlElement, { lines }: PaymentOrder, { currency }: Debtor): void {
  const sum = lines.reduce((total, { amount }) => total + amount, 0n);
  text(parent, 'NbOfTxs', String(lines.length));
  text(parent, 'CtrlSum', encodeDecimal(sum, currency.decimals));
}

function agent(parent: XmlElement, { bic }: Debtor): void {
  const institution = within(parent, 'DbtrAgt', 'FinInstnId');
  if (bic === undefined) text(within(institution, 'Othr'), 'Id', 'NOTPROVIDED');
  else text(institution, 'BICFI', bic);
}

function transaction(parent: XmlElement, line: CarriedLine, { currency }: Debtor): void {
  const transfer = parent.addElement('CdtTrfTxInf');
  text(within(transfer, 'PmtId'), 'EndToEndId', line.lineId);
  const amount = text(within(transfer, 'Amt'), 'InstdAmt', encodeDecimal(line.amount, currency.decimals));
  amount.setAttr('Ccy', currency.code);
  party(transfer, 'Cdtr', line.name);
  text(within(transfer, 'CdtrAcct', 'Id'), 'IBAN', line.iban);
  text(within(transfer, 'RmtInf'), 'Ustrd', line.reference);
}

function party(parent: XmlElement, name: string, holder: string): void {
  text(within(parent, name), 'Nm', toLatin(holder) ?? '');
}

function within(parent: XmlElement, ...path: readonly string[]): XmlElement {
  return path.reduce((element, name) => element.addElement(name), parent);
}

function text(parent: XmlElement, name: string, content: string): XmlElement {
  const element = parent.addElement(name);
  element.addText(content);
  return element;
}
