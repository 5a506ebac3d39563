import { CodedError, isCodedError } from '../errors.ts';
import { type CellKind, parseCell } from './cell.ts';

/** What a file has in one place: its text, or null where its bytes are not UTF-8. */
export type Cell = string | null;

/** The cells of one row by column; what is refused is told with its column, and the row is read to its end. */
export type RowCells = {
  /** What `parse` makes of a column's text, or undefined when it refuses or a part of it did. */
  readonly take: <T>(column: string, kind: CellKind, parse: (text: string) => T) => T | undefined;
  readonly has: (column: string) => boolean;
};

export function createRowCells(
  columns: readonly string[],
  cells: readonly Cell[],
  refuse: (column: string, error: CodedError) => void,
): RowCells {
  return {
    has: (column) => columns.includes(column),
    take: (column, kind, parse) => {
      try {
        return parse(parseCell(textOf(cells[columns.indexOf(column)] as Cell), kind));
      } catch (error) {
        if (!isCodedError(error)) throw error;
        refuse(column, error);
        return undefined;
      }
    },
  };
}

/** Throws `list.cell-encoding` for bytes that are not UTF-8. */
export function textOf(cell: Cell): string {
  if (cell === null) throw new CodedError('list.cell-encoding', 'This cell is not UTF-8.');
  return cell;
}
