import type { SettlementLine } from '@holdfast/core';
import { isSEPACountry } from 'ibantools';
import type { LineRefusal } from '../../ports/settlement-rail.ts';
import type { Debtor } from './debtor.ts';
import { toLatin } from './latin.ts';

const ID = /^[A-Za-z0-9-]{1,35}$/;
/** A SEPA credit transfer is at most 999,999,999.99 euro; elsewhere the message carries 18 digits. */
const MAX_SEPA_AMOUNT = 99_999_999_999n;
const MAX_AMOUNT = 10n ** 18n - 1n;
const MAX_REFERENCE_LENGTH = 140;

/** A line as it stands in the message. */
export type CarriedLine = {
  readonly lineId: string;
  readonly amount: bigint;
  readonly iban: string;
  /** Both in the characters that every bank takes. */
  readonly name: string;
  readonly reference: string;
};

export function isMessageId(text: string): boolean {
  return ID.test(text);
}

export function isSepa({ currency }: Debtor): boolean {
  return currency.code === 'EUR';
}

/** What this rail makes of a line, or why it does not carry it. */
export function carry(line: SettlementLine, debtor: Debtor): CarriedLine | LineRefusal {
  const { lineId, destination, amount, asset, reference } = line;
  const { currency } = debtor;
  if (destination.kind !== 'iban') {
    return refused('settlement.kind', `This rail pays bank accounts, not destinations of kind ${destination.kind}.`);
  }
  if (!isMessageId(lineId)) {
    return refused('settlement.line-malformed', 'The id of a line is 1 to 35 letters, digits and dashes.');
  }
  if (asset.code !== currency.code || asset.decimals !== currency.decimals) {
    const of = `${currency.code} with ${currency.decimals} decimals`;
    return refused('settlement.asset', `This rail pays ${of}, not ${asset.code} with ${asset.decimals}.`);
  }
  const most = isSepa(debtor) ? MAX_SEPA_AMOUNT : MAX_AMOUNT;
  if (amount <= 0n || amount > most) {
    return refused('settlement.amount', `A payment here is at least 1 and at most ${most} minor units.`);
  }
  if (isSepa(debtor) && !isSEPACountry(destination.iban.slice(0, 2))) {
    return refused('settlement.out-of-reach', 'The account is in a country that SEPA credit transfers do not reach.');
  }
  if (destination.name === undefined) {
    return refused('settlement.name-missing', 'A bank pays to an account only with the name of its holder.');
  }
  const name = toLatin(destination.name);
  const text = toLatin(reference);
  if (name === undefined || text === undefined) {
    return refused(
      'settlement.characters',
      `The ${name === undefined ? 'name of the holder' : 'reference'} has characters that banks do not carry.`,
    );
  }
  // Spelled out, a letter may have become two.
  if (name.length > 70 || text.length > MAX_REFERENCE_LENGTH) {
    return refused('settlement.line-malformed', 'A name has at most 70 characters, a reference at most 140.');
  }
  return { lineId, amount, iban: destination.iban, name, reference: text };
}

export function isRefused(result: CarriedLine | LineRefusal): result is LineRefusal {
  return 'code' in result;
}

function refused(code: string, message: string): LineRefusal {
  return { code, message };
}
