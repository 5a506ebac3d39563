/** What a bank would write: every member as text, so that a test can say anything. */
export type ReportText = {
  readonly about: string;
  readonly name?: string;
  readonly count?: string;
  readonly sum?: string;
  readonly status?: string;
  readonly reason?: string;
  /** Different reports about the same thing have different ids. */
  readonly id?: string;
  readonly instructions?: readonly InstructionText[];
};

type InstructionText = {
  readonly about?: string;
  readonly count?: string;
  readonly sum?: string;
  readonly status?: string;
  readonly reason?: string;
  readonly transactions?: readonly TransactionText[];
};

type TransactionText = {
  readonly line?: string;
  readonly status?: string;
  readonly reason?: string;
  readonly ownReason?: string;
  readonly amount?: string;
  readonly currency?: string;
  readonly iban?: string;
};

/** A pain.002.001.10 message. */
export function encodeStatusReport(report: ReportText): string {
  const { about, name = 'pain.001.001.09', id = 'R1', instructions = [] } = report;
  return `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10">
  <CstmrPmtStsRpt>
    <GrpHdr><MsgId>${id}</MsgId><CreDtTm>2026-11-28T13:00:00Z</CreDtTm></GrpHdr>
    <OrgnlGrpInfAndSts>
      <OrgnlMsgId>${about}</OrgnlMsgId><OrgnlMsgNmId>${name}</OrgnlMsgNmId>
      ${totals(report)}${tag('GrpSts', report.status)}${reason(report)}
    </OrgnlGrpInfAndSts>
    ${instructions.map((instruction) => encodeInstruction(instruction, about)).join('\n')}
  </CstmrPmtStsRpt>
</Document>
`;
}

function encodeInstruction(instruction: InstructionText, about: string): string {
  return `<OrgnlPmtInfAndSts>
    ${tag('OrgnlPmtInfId', instruction.about ?? about)}${totals(instruction)}
    ${tag('PmtInfSts', instruction.status)}${reason(instruction)}
    ${(instruction.transactions ?? []).map(encodeTransaction).join('\n')}
  </OrgnlPmtInfAndSts>`;
}

function encodeTransaction(transaction: TransactionText): string {
  const { amount, currency = 'EUR', iban } = transaction;
  const account = iban === undefined ? '' : `<CdtrAcct><Id><IBAN>${iban}</IBAN></Id></CdtrAcct>`;
  const instructed = amount === undefined ? '' : `<Amt><InstdAmt Ccy="${currency}">${amount}</InstdAmt></Amt>`;
  return `<TxInfAndSts>
    ${tag('OrgnlEndToEndId', transaction.line)}${tag('TxSts', transaction.status)}${reason(transaction)}
    ${instructed + account === '' ? '' : `<OrgnlTxRef>${instructed}${account}</OrgnlTxRef>`}
  </TxInfAndSts>`;
}

function totals({ count, sum }: { readonly count?: string; readonly sum?: string }): string {
  return tag('OrgnlNbOfTxs', count) + tag('OrgnlCtrlSum', sum);
}

function reason({ reason, ownReason }: { readonly reason?: string; readonly ownReason?: string }): string {
  const inner = tag('Cd', reason) + tag('Prtry', ownReason);
  return inner === '' ? '' : `<StsRsnInf><Rsn>${inner}</Rsn><AddtlInf>for Ada Lovelace</AddtlInf></StsRsnInf>`;
}

function tag(name: string, content: string | undefined): string {
  return content === undefined ? '' : `<${name}>${content}</${name}>`;
}
