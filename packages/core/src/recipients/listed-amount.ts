import { CodedError } from '../errors.ts';

/** Minor units are what a token counts in; a token is 10^decimals of them. */
export const UNITS = ['minor', 'token'] as const;
export type Units = (typeof UNITS)[number];

/** 10^77 is the largest power of ten below 2^256. */
export const MAX_DECIMALS = 77;

export type AmountFormat = {
  readonly units: Units;
  /** Of the token, 0 to 77; not looked at for minor units. */
  readonly decimals: number;
  /** The largest amount, in minor units. */
  readonly max: bigint;
  /**
   * `plain`: digits, and a point between digits. `lenient`: what Sablier publishes, `^[+]?\d*\.?\d{0,D}$` with a digit
   * in it, so also `123.`, `.5` and `+5`; Stellar's files are written like that too.
   */
  readonly form: 'plain' | 'lenient';
  readonly zero: 'accepted' | 'refused';
};

const FORMS = {
  plain: /^([0-9]+)(?:\.([0-9]+))?$/,
  lenient: /^\+?([0-9]*)(?:\.([0-9]*))?$/,
} as const;

/**
 * An amount as it stands in a list, in minor units; never rounded and never through a float. Throws `list.amount-empty`,
 * `list.amount-negative`, `list.amount-exponent`, `list.amount-localised` (anything but a point between whole and part),
 * `list.amount-malformed`, `list.amount-too-precise`, `list.amount-zero` or `list.amount-too-large`.
 */
export function parseListedAmount(text: string, { units, decimals, max, form, zero }: AmountFormat): bigint {
  const [, whole = '', part = ''] = FORMS[form].exec(text) ?? [];
  if (whole === '' && part === '') throw refusalOf(text);
  const places = units === 'minor' ? 0 : decimals;
  if (part.length > places) {
    const words =
      places === 0 ? 'This amount has decimals where none are counted.' : `At most ${places} decimals count.`;
    throw new CodedError('list.amount-too-precise', words, { decimals: places });
  }
  const amount = BigInt(whole + part.padEnd(places, '0'));
  if (amount === 0n && zero === 'refused')
    throw new CodedError('list.amount-zero', 'Nobody is listed to be paid nothing.');
  if (amount > max) throw new CodedError('list.amount-too-large', 'No such amount can be paid.', { max: `${max}` });
  return amount;
}

/** Why a text is no amount: the first that fits. Separators that a spreadsheet's language puts in have their own word. */
function refusalOf(text: string): CodedError {
  if (text.trim() === '') return new CodedError('list.amount-empty', 'There is no amount here.');
  if (/^[-\u2212(]\s*[0-9.,]/.test(text)) return new CodedError('list.amount-negative', 'An amount is not negative.');
  if (/^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][+-]?[0-9]+$/.test(text)) {
    return new CodedError('list.amount-exponent', 'An amount is written out, without an exponent.');
  }
  if (/\p{Nd}/u.test(text) && /^[\p{Nd}+.,'\u2019_\s\u066b\u066c]+$/u.test(text)) {
    return new CodedError('list.amount-localised', 'An amount has digits 0 to 9 and at most one point, nothing else.');
  }
  return new CodedError('list.amount-malformed', 'This is not an amount.');
}

/** Minor units as tokens, as people read them: 1234500 with 4 decimals is `123.45`. */
export function formatAmount(amount: bigint, decimals: number): string {
  const digits = amount.toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const part = digits.slice(digits.length - decimals).replace(/0+$/, '');
  return part === '' ? whole : `${whole}.${part}`;
}
