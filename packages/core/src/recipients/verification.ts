import { CodedError } from '../errors.ts';

/** What a recipient of the Stellar Disbursement Platform is asked for; a list says nothing of which it holds. */
export const VERIFICATIONS = ['DATE_OF_BIRTH', 'YEAR_MONTH', 'PIN', 'NATIONAL_ID_NUMBER'] as const;
export type Verification = (typeof VERIFICATIONS)[number];

const MAX_LENGTH = 50;

/**
 * A verification value, kept as it is. `kind` is what all of the list hold, when that is known; `today` as `2026-11-28`.
 * Throws `list.verification`.
 */
export function parseVerification(text: string, kind: Verification | undefined, today: string): string {
  if (!isVerification(text, kind, today)) {
    throw new CodedError('list.verification', 'This is not what the recipient can be asked for.', { kind });
  }
  return text;
}

function isVerification(text: string, kind: Verification | undefined, today: string): boolean {
  if (text === '' || text.length > MAX_LENGTH) return false;
  switch (kind) {
    case undefined:
    case 'NATIONAL_ID_NUMBER':
      return true;
    case 'PIN':
      return text.length >= 4 && text.length <= 8;
    case 'YEAR_MONTH':
      return isDate(`${text}-01`) && text <= today.slice(0, 7);
    case 'DATE_OF_BIRTH':
      return isDate(text) && text <= today;
    default:
      return kind satisfies never;
  }
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** A date of the Gregorian calendar as ISO 8601 writes it. */
function isDate(text: string): boolean {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text)) return false;
  const [year = 0, month = 0, day = 0] = text.split('-').map(Number);
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = month === 2 && isLeap ? 29 : (DAYS[month - 1] ?? 0);
  return day >= 1 && day <= days;
}
