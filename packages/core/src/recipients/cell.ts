import { CodedError } from '../errors.ts';

/** UTF-16 units of one cell: no identifier, contact or amount comes near it. */
export const MAX_CELL_LENGTH = 1000;

/** What a cell may begin with: a telephone number and an amount have their own signs, a text is shown in spreadsheets. */
export type CellKind = 'text' | 'signed';

/**
 * The text of a cell as it is compared and kept: trimmed, then NFC. Throws `list.cell-too-long`, `list.cell-control` for
 * characters nobody sees (a NUL, a line break, a zero-width space that makes two equal texts differ), or
 * `list.cell-formula` for what a spreadsheet would carry out when somebody opens the list.
 */
export function parseCell(text: string, kind: CellKind): string {
  if (text.length > MAX_CELL_LENGTH) {
    throw new CodedError('list.cell-too-long', `A cell has at most ${MAX_CELL_LENGTH} characters.`);
  }
  // Most cells are plain already, and of a million rows each step counts.
  const isPlain = /^(?:[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?$/.test(text);
  const cell = isPlain ? text : text.trim().normalize('NFC');
  if (!isPlain && /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(cell)) {
    throw new CodedError('list.cell-control', 'There is a character in this cell that nobody can see.');
  }
  // The full-width forms are the same signs to a spreadsheet in some languages.
  if ((kind === 'text' ? /^[=+\-@\uff1d\uff0b\uff0d\uff20]/ : /^[=@\uff1d\uff20]/).test(cell)) {
    throw new CodedError('list.cell-formula', 'A spreadsheet would carry this cell out as a formula.');
  }
  return cell;
}
