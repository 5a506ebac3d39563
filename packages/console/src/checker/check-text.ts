import { isCodedError, isJsonObject, type JsonObject, parseJsonObject, parseJws } from '@holdfast/core';
import { checkCheckpoint, checkFraud, checkInclusion } from './check-log.ts';
import { checkMember } from './check-member.ts';
import {
  checkAcceptance,
  checkAcknowledgement,
  checkCaseAcknowledgement,
  checkReceipt,
  checkVerdict,
} from './check-signed.ts';
import { type Finding, nameOf, positionLine, unreadable } from './finding.ts';
import type { ReadNetwork } from './network.ts';

/** Longer than anything that is read here. */
export const MAX_CHECKED = 2_000_000;

/** Tells what the text is by its shape, and checks it by what this browser has read of the network. Whatever it is, it answers. */
export async function checkText(asked: string, network: ReadNetwork): Promise<Finding> {
  const text = asked.trim();
  if (text.length > MAX_CHECKED) return { mood: 'bad', title: { code: 'check.too_long' }, lines: [] };
  try {
    if (text.startsWith('{')) return await checkObject(text, network);
    if (text.startsWith('c2sp.org/tlog-proof')) return await checkInclusion(text, network);
    if (/\n\n\u2014 /.test(text)) return await checkCheckpoint(text, network);
    return await checkCompact(text, network);
  } catch (error) {
    if (isCodedError(error)) return unreadable(error.message);
    throw error;
  }
}

async function checkCompact(text: string, network: ReadNetwork): Promise<Finding> {
  switch (text.includes('~') ? undefined : typOf(text)) {
    case 'verdict+jwt':
      return checkVerdict(text, network);
    case 'acknowledgement+jwt':
      return checkAcknowledgement(text, network);
    case 'case-acknowledgement+jwt':
      return checkCaseAcknowledgement(text, network);
    case 'acceptance+jwt':
      return checkAcceptance(text, network);
    default:
      return checkCredential(text, network);
  }
}

/** Files as they were answered or saved: a verdict, an application of somebody's own, a receipt, what proves a place in a list, a fraud. */
async function checkObject(text: string, network: ReadNetwork): Promise<Finding> {
  const value: JsonObject = parseJsonObject(text, { maxLength: MAX_CHECKED, maxDepth: 32 });
  const { acceptance, transfer, receipt, intake, seal, acknowledgement, signed } = value;
  if (typeof acceptance === 'string' && transfer !== undefined) return checkReceipt(value, network);
  if (typeof acknowledgement === 'string') {
    const isMember = typeof value.application === 'string' && (intake !== undefined || seal !== undefined);
    return isMember ? checkMember(value, network) : checkCompact(acknowledgement, network);
  }
  if (typeof signed === 'string') return checkCompact(signed, network);
  if (isJsonObject(receipt)) return checkReceipt(receipt, network);
  return checkFraud(text, network);
}

function typOf(text: string): string | undefined {
  try {
    return String(parseJws(text).header.typ);
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return undefined;
  }
}

async function checkCredential(text: string, { verifier, view }: ReadNetwork): Promise<Finding> {
  const { verdict, parse } = await verifier.verify(text, { class: 'view', freshness: { mode: 'any' } });
  const { outcome, reasons } = verdict;
  const mood = outcome === 'valid' ? 'good' : outcome === 'unknown' ? 'waiting' : 'bad';
  const issuer = parse.ok ? parse.issuer : undefined;
  return {
    mood,
    title: { code: `check.outcome.${outcome}` },
    lines: [
      ...(issuer === undefined ? [] : [['check.line.issuer', nameOf(view.parties.get(issuer), issuer)] as const]),
      positionLine('check.line.seen', view.position),
    ],
    reasons: reasons.map(({ code }) => code),
  };
}
