import { CodedError } from '@holdfast/core';
import { ParseError, type PhoneNumber, parsePhoneNumberWithError } from 'libphonenumber-js/min';

/** A telephone number with its country code, as E.164. */
export function parseMsisdn(text: string): string {
  const number = read(text.trim());
  if (number.ext !== undefined) {
    throw new CodedError('destination.number-malformed', 'Money cannot go to an extension behind a telephone number.');
  }
  if (!number.isPossible()) throw wrongLength();
  if (!number.isValid()) {
    throw new CodedError(
      'destination.number-unassigned',
      'No telephone number of that country begins like this one; a digit is wrong.',
      { callingCode: number.countryCallingCode },
    );
  }
  return number.number;
}

function read(text: string): PhoneNumber {
  try {
    return parsePhoneNumberWithError(text, { extract: false });
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    // The library's error holds no part of the number, only its reason.
    if (error.message === 'TOO_SHORT' || error.message === 'TOO_LONG') throw wrongLength();
    if (error.message !== 'INVALID_COUNTRY') {
      throw new CodedError('destination.number-malformed', 'This is not a telephone number.');
    }
    throw new CodedError(
      'destination.number-country',
      'A telephone number is written with + and the code of its country; this one has none, or none that exists.',
    );
  }
}

function wrongLength(): CodedError {
  return new CodedError('destination.number-length', 'No telephone number of that country has so many digits.');
}
