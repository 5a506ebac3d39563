import { CodedError } from '../errors.ts';
import { parseCell } from './cell.ts';

/** `sablier`: the airdrop list of Sablier; `sdp`: the instructions of the Stellar Disbursement Platform. */
export const LIST_FORMATS = ['sablier', 'sdp'] as const;
export type ListFormat = (typeof LIST_FORMATS)[number];

export const LIST_COLUMNS = {
  sablier: ['address', 'amount'],
  sdp: ['phone', 'email', 'id', 'amount', 'verification', 'paymentID', 'walletAddress', 'walletAddressMemo'],
} as const satisfies Readonly<Record<ListFormat, readonly string[]>>;

export type ListHeader = { readonly format: ListFormat; readonly columns: readonly string[] };

/**
 * The first row of a list. Sablier's names are read in any case and stand in their order; Stellar's in their own case and
 * any order. Throws `list.format-unknown`, `list.column-unknown`, `list.column-repeated`, `list.column-missing`,
 * `list.column-order` or `list.column-conflict`, each with the column in its details, or what `parseCell` refuses.
 */
export function parseListHeader(cells: readonly string[], wanted?: ListFormat): ListHeader {
  const names = cells.map((cell) => parseCell(cell, 'text'));
  const format = wanted ?? formatOf(names);
  const columns = format === 'sablier' ? names.map((name) => name.toLowerCase()) : names;
  const known: readonly string[] = LIST_COLUMNS[format];
  for (const [i, column] of columns.entries()) {
    if (!known.includes(column)) {
      throw faulty('list.column-unknown', nameOf(column, i), `The columns are ${known.join(', ')}.`);
    }
    if (columns.indexOf(column) !== i) throw faulty('list.column-repeated', column, 'A column stands there twice.');
  }
  if (format === 'sablier') assertSablierColumns(columns);
  else assertSdpColumns(columns);
  return { format, columns };
}

function formatOf(names: readonly string[]): ListFormat {
  const lower = names.map((name) => name.toLowerCase());
  if (lower.includes('address')) return 'sablier';
  if (lower.includes('phone') || lower.includes('email')) return 'sdp';
  throw faulty('list.format-unknown', '#1', 'This is the header of no list that is known here.');
}

function assertSablierColumns(columns: readonly string[]): void {
  for (const [i, column] of LIST_COLUMNS.sablier.entries()) {
    if (!columns.includes(column)) throw faulty('list.column-missing', column, `There is no column ${column}.`);
    if (columns[i] !== column)
      throw faulty('list.column-order', column, 'The columns are address, amount in this order.');
  }
}

/** One way to reach a person, and either something to know them by or the wallet itself. */
function assertSdpColumns(columns: readonly string[]): void {
  const has = (column: string) => columns.includes(column);
  for (const column of ['id', 'amount']) {
    if (!has(column)) throw faulty('list.column-missing', column, `There is no column ${column}.`);
  }
  if (!has('phone') && !has('email'))
    throw faulty('list.column-missing', 'phone', 'There is no column phone or email.');
  if (has('walletAddressMemo') && !has('walletAddress')) {
    throw faulty('list.column-missing', 'walletAddress', 'A memo goes with a walletAddress.');
  }
  const conflicts = [
    ['phone', 'email'],
    ['walletAddress', 'verification'],
  ] as const;
  for (const [one, other] of conflicts) {
    if (has(one) && has(other)) throw faulty('list.column-conflict', other, `A list has ${one} or ${other}, not both.`);
  }
}

/** A stranger's text is not repeated: a column that nobody knows is named by its number. */
function nameOf(column: string, i: number): string {
  return /^[A-Za-z]{1,20}$/.test(column) ? column : `#${i + 1}`;
}

type HeaderCode =
  | 'list.format-unknown'
  | 'list.column-unknown'
  | 'list.column-repeated'
  | 'list.column-missing'
  | 'list.column-order'
  | 'list.column-conflict';

function faulty(code: HeaderCode, column: string, message: string): CodedError {
  return new CodedError(code, message, { column });
}
