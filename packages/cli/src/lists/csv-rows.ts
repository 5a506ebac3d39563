import { isUtf8 } from 'node:buffer';
import type { Cell } from '@holdfast/core/lists';
import { type CsvError, type Parser, parse } from 'csv-parse';

/** Bytes of one row with all its cells: beyond it, a cell is too long or a quotation mark is not closed. */
export const MAX_ROW_BYTES = 16_384;

/** Some rows in the order of the file; after a fault there are no more. */
export type CsvBatch = {
  readonly rows: readonly (readonly Cell[])[];
  readonly fault?: {
    readonly code: 'list.quote' | 'list.cell-too-long' | 'list.cell-encoding';
    readonly column: number;
  };
};

/**
 * Reads comma-separated values (RFC 4180) piece by piece: never more than one piece of the source and its rows are held.
 * A byte order mark is passed over; rows end in LF, CRLF or CR. The parser sees bytes, so that text that is not UTF-8 is
 * found in its own cell instead of being repaired unseen.
 */
export async function* readCsvRows(source: AsyncIterable<Buffer>): AsyncGenerator<CsvBatch> {
  let rows: Cell[][] = [];
  const parser = parse({
    encoding: 'latin1',
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    max_record_size: MAX_ROW_BYTES,
    on_record: (record: string[]) => {
      rows.push(record.map(parseCellBytes));
      return null;
    },
  });
  parser.resume();
  // Errors are answered by the writes; an error event that nobody hears would end the process.
  parser.on('error', () => undefined);
  const take = () => {
    const taken = rows;
    rows = [];
    return taken;
  };
  for await (const piece of withoutMark(source)) {
    if (piece === 'utf16') {
      yield { rows: [], fault: { code: 'list.cell-encoding', column: 0 } };
      return;
    }
    const error = await write(parser, piece);
    yield { rows: take(), ...(error === undefined ? {} : { fault: faultOf(error) }) };
    if (error !== undefined) return;
  }
  const error = await end(parser);
  yield { rows: take(), ...(error === undefined ? {} : { fault: faultOf(error) }) };
}

function parseCellBytes(latin1: string): Cell {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: every byte below 128 is a character by itself.
  if (/^[\x00-\x7f]*$/.test(latin1)) return latin1;
  const bytes = Buffer.from(latin1, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : null;
}

const UTF8_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** Takes a byte order mark off the front; one of UTF-16, which spreadsheets also write, is told instead. */
async function* withoutMark(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer | 'utf16'> {
  let front: Buffer | undefined = Buffer.alloc(0);
  for await (const piece of source) {
    if (front === undefined) {
      yield piece;
      continue;
    }
    front = Buffer.concat([front, piece]);
    if (front.length < UTF8_MARK.length) continue;
    yield markless(front);
    front = undefined;
  }
  if (front !== undefined && front.length > 0) yield markless(front);
}

function markless(front: Buffer): Buffer | 'utf16' {
  const isUtf16 = (front[0] === 0xff && front[1] === 0xfe) || (front[0] === 0xfe && front[1] === 0xff);
  if (isUtf16) return 'utf16';
  return front.subarray(0, 3).equals(UTF8_MARK) ? front.subarray(3) : front;
}

function write(parser: Parser, piece: Buffer): Promise<unknown> {
  return new Promise((resolve) => parser.write(piece, (error) => resolve(error ?? undefined)));
}

function end(parser: Parser): Promise<unknown> {
  return new Promise((resolve) => {
    parser.once('error', resolve);
    parser.once('close', () => resolve(undefined));
    parser.end();
  });
}

function faultOf(error: unknown): NonNullable<CsvBatch['fault']> {
  const { code, column } = error as CsvError & { readonly column?: unknown };
  if (!/QUOTE/.test(code) && code !== 'CSV_MAX_RECORD_SIZE') throw error;
  return {
    code: code === 'CSV_MAX_RECORD_SIZE' ? 'list.cell-too-long' : 'list.quote',
    column: typeof column === 'number' ? column : 0,
  };
}
