import { Table } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Cell } from './table-text.ts';

export type Column<Row> = {
  readonly id: string;
  readonly header: string;
  /** What is filtered by, sorted by and exported. */
  readonly value: (row: Row) => Cell;
  /** How it is shown, when not as its value. */
  readonly cell?: (row: Row) => ReactNode;
  readonly isNumber?: boolean;
  /** Pixels, when other than most. */
  readonly width?: number;
};

type RowsProps<Row> = {
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly rowKey: (row: Row) => string;
};

/** Rows as they are: as high as what stands in them. */
export function PlainRows<Row>({ rows, columns, rowKey }: RowsProps<Row>) {
  return (
    <Table.Tbody>
      {rows.map((row) => (
        <Table.Tr key={rowKey(row)}>
          {columns.map(({ id, cell, value, isNumber }) => (
            <Table.Td key={id} ta={isNumber === true ? 'right' : 'left'}>
              {cell === undefined ? value(row) : cell(row)}
            </Table.Td>
          ))}
        </Table.Tr>
      ))}
    </Table.Tbody>
  );
}

/** Pixels: one line each, so that where a row is follows from its number. */
const WINDOW_ROW_PX = 36;
const OVERSCAN = 20;
/** Rows in the document at once: a screen of them, and what is scrolled to next. */
const WINDOW_ROWS = 30;

/** The first row that is put into the document when so much has been scrolled; it moves in steps, so most scrolling draws nothing. */
export function windowStart(scrolledPx: number): number {
  const step = OVERSCAN / 2;
  return Math.max(0, Math.floor(scrolledPx / WINDOW_ROW_PX / step) * step - OVERSCAN);
}

/** Of however many rows those that are seen, and the room that the others take. */
export function WindowRows<Row>({ rows, columns, rowKey, from }: RowsProps<Row> & { readonly from: number }) {
  // Filtered meanwhile, there may be fewer than were scrolled past.
  const start = Math.max(0, Math.min(from, rows.length - WINDOW_ROWS));
  const end = Math.min(rows.length, start + WINDOW_ROWS + 2 * OVERSCAN);
  return (
    <tbody>
      <Room rows={start} columns={columns.length} />
      {rows.slice(start, end).map((row, i) => (
        <tr key={rowKey(row)} className="window-row" aria-rowindex={start + i + 2} data-odd={(start + i) % 2 === 1}>
          {columns.map(({ id, cell, value, isNumber }) => (
            <td key={id} className={isNumber === true ? 'window-cell number' : 'window-cell'}>
              {cell === undefined ? value(row) : cell(row)}
            </td>
          ))}
        </tr>
      ))}
      <Room rows={rows.length - end} columns={columns.length} />
    </tbody>
  );
}

function Room({ rows, columns }: { readonly rows: number; readonly columns: number }) {
  if (rows <= 0) return null;
  return (
    <tr>
      <td colSpan={columns} style={{ height: rows * WINDOW_ROW_PX, padding: 0 }} />
    </tr>
  );
}
