import { CodedError } from '@holdfast/core';
import { electronicFormatIBAN, getCountrySpecifications, ValidationErrorsIBAN, validateIBAN } from 'ibantools';

/** An IBAN without spaces and in capitals, checked against the registry of its country (ISO 13616). */
export function parseIban(text: string): string {
  // Capitals of letters outside ASCII may be several letters: another account than was typed.
  if (!/^[A-Za-z0-9\s-]*[A-Za-z0-9][\s-]*$/.test(text)) {
    throw new CodedError('destination.malformed', 'An IBAN has letters from A to Z and digits only.');
  }
  const iban = electronicFormatIBAN(text.replace(/\s/g, '')) ?? '';
  const { valid, errorCodes } = validateIBAN(iban);
  if (!valid) refuse(iban, errorCodes);
  return iban;
}

/** Names the first thing that is wrong: a length that is wrong makes everything after it wrong too. */
function refuse(iban: string, errors: readonly ValidationErrorsIBAN[]): never {
  const country = iban.slice(0, 2);
  if (errors.includes(ValidationErrorsIBAN.NoIBANCountry)) {
    throw new CodedError(
      'destination.iban-country',
      'An IBAN begins with the two letters of a country that has IBANs.',
    );
  }
  if (errors.includes(ValidationErrorsIBAN.WrongBBANLength)) {
    const expected = getCountrySpecifications()[country]?.chars;
    throw new CodedError(
      'destination.iban-length',
      `An IBAN of ${country} has ${expected} characters; this one has ${iban.length}.`,
      { country, expected, length: iban.length },
    );
  }
  if (errors.includes(ValidationErrorsIBAN.WrongBBANFormat)) {
    throw new CodedError(
      'destination.iban-structure',
      `Letters and digits of this IBAN do not stand where an IBAN of ${country} has them.`,
      { country },
    );
  }
  if (errors.includes(ValidationErrorsIBAN.WrongAccountBankBranchChecksum)) {
    throw new CodedError(
      'destination.iban-account',
      `The account in this IBAN fails the check of ${country}'s banks; a digit is wrong or two are changed over.`,
      { country },
    );
  }
  throw new CodedError(
    'destination.iban-checksum',
    'The check digits of this IBAN do not fit; a character is wrong or two are changed over.',
    { country },
  );
}
