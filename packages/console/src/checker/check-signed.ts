import {
  openReceipt,
  parseAcceptance,
  parseAcknowledgement,
  parseJws,
  parseVerdictEnvelope,
  signatureCheck,
  transferReceiptSchema,
} from '@holdfast/core';
import { at, type Finding, type Line, MISSHAPEN, positionLine, signed } from './finding.ts';
import type { ReadNetwork } from './network.ts';

export async function checkVerdict(text: string, network: ReadNetwork): Promise<Finding> {
  const { jws, envelope } = parseVerdictEnvelope(text);
  const { iss, iat, verdict } = envelope;
  const [position] = verdict.basis.positions;
  const lines: readonly Line[] = [
    ['check.line.answer', { code: `check.outcome.${verdict.outcome}` }],
    ['check.line.answered', at(iat * 1000)],
    ['check.line.follows', verdict.allows.effect],
    ...(position === undefined ? [] : [positionLine('check.line.read', position)]),
  ];
  return signed(network, { jws, iss, use: 'verdict', title: 'check.verdict', lines });
}

export async function checkAcknowledgement(text: string, network: ReadNetwork): Promise<Finding> {
  const { jws, acknowledgement } = parseAcknowledgement(text);
  const { iss, iat, application, intakeBy, place } = acknowledgement;
  const lines: readonly Line[] = [
    ['check.line.taken', at(iat * 1000)],
    ['check.line.by', at(intakeBy)],
    ...(place === undefined ? [] : [['check.line.place', `${place}`] as const]),
    ['check.line.application', application],
  ];
  return signed(network, { jws, iss, use: 'statement', title: 'check.acknowledgement', lines });
}

export async function checkAcceptance(text: string, network: ReadNetwork): Promise<Finding> {
  const { jws, acceptance } = parseAcceptance(text);
  const lines: readonly Line[] = [['check.line.signed', at(acceptance.iat * 1000)]];
  const values = { count: `${acceptance.count}` };
  return signed(network, { jws, iss: acceptance.iss, use: 'acceptance', title: 'check.ledger', lines, values });
}

/** One order out of many that a ledger answered at once: the signature covers all of them, the proof says that this is one. */
export async function checkReceipt(value: unknown, network: ReadNetwork): Promise<Finding> {
  const receipt = transferReceiptSchema.safeParse(value).data;
  if (receipt === undefined) return MISSHAPEN;
  const { jws, acceptance } = parseAcceptance(receipt.acceptance);
  const opened = openReceipt(acceptance, receipt);
  if (opened === undefined) return { mood: 'bad', title: { code: 'check.not_proved' }, lines: [] };
  const lines: readonly Line[] = [
    ['check.line.answer', opened.answer],
    ...(opened.amount === undefined ? [] : [['check.line.amount', opened.amount] as const]),
    ['check.line.signed', at(acceptance.iat * 1000)],
  ];
  return signed(network, { jws, iss: acceptance.iss, use: 'acceptance', title: 'check.receipt', lines });
}

/** Signed by the governor, whose key is the rulebook's. */
export async function checkCaseAcknowledgement(text: string, { view, engine }: ReadNetwork): Promise<Finding> {
  const jws = parseJws(text);
  const { network, case: id, filedAt, promisedBy } = jws.payload;
  const key = view.rulebook?.body.keys.governor;
  const isOurs = network === view.name && key !== undefined;
  const [holds] = isOurs ? await engine.verify([signatureCheck(jws, key)]) : [false];
  const code = holds === true ? 'check.case' : isOurs ? 'check.not_governor' : 'check.other_network';
  const lines: readonly Line[] = [
    ['check.line.case', String(id)],
    ['check.line.filed', at(Number(filedAt))],
    ['check.line.looked', at(Number(promisedBy))],
  ];
  return { mood: holds === true ? 'good' : 'bad', title: { code }, lines };
}
