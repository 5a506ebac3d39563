import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import {
  createListReader,
  type ListHeader,
  type ListOptions,
  type ListReport,
  MAX_LIST_ROWS,
  type Recipient,
} from '@holdfast/core/lists';
import { unreadable } from '../bounded-file.ts';
import { createProgress } from '../output.ts';
import { readCsvRows } from './csv-rows.ts';

const PIECE_BYTES = 65_536;
const MEGABYTE = 1_000_000;

/** Bytes of the shortest row of a list of addresses: the address, a comma, a digit and the end of the line. */
const SHORTEST_ROW_BYTES = 45;

/** At most how many rows of addresses a file can have; undefined for what has no size, as standard input. */
export async function rowsAtMost(file: string): Promise<number | undefined> {
  const size = file === '-' ? 0 : ((await stat(file).catch(() => undefined))?.size ?? 0);
  return size === 0 ? undefined : Math.min(MAX_LIST_ROWS, Math.ceil(size / SHORTEST_ROW_BYTES));
}

export type TakeRecipients = (recipients: readonly Recipient[], header: ListHeader) => void | Promise<void>;

/**
 * Reads a list from a file, `-` being standard input, and hands on its recipients piece by piece in their order, in
 * bounded memory. What was handed on is only good if the report has no faults. Throws `usage.file` when there is no
 * reading it.
 */
export async function readList(
  file: string,
  options: ListOptions & { readonly isQuiet: boolean },
  take: TakeRecipients,
): Promise<ListReport> {
  const name = file === '-' ? 'standard input' : file;
  const size = file === '-' ? undefined : (await stat(file).catch(() => undefined))?.size;
  const progress = createProgress(`reading ${name}`, options.isQuiet, 'MB');
  const reader = createListReader(options);
  let read = 0;
  const source = async function* () {
    for await (const piece of file === '-' ? process.stdin : createReadStream(file, { highWaterMark: PIECE_BYTES })) {
      read += (piece as Buffer).length;
      progress.step(Math.floor(read / MEGABYTE), size === undefined ? undefined : Math.ceil(size / MEGABYTE));
      yield piece as Buffer;
    }
  };
  try {
    for await (const { rows, fault } of readCsvRows(failingIn(source(), (cause) => unreadable(name, file, cause)))) {
      const recipients: Recipient[] = [];
      for (const cells of rows) {
        const recipient = reader.isOver() ? undefined : reader.read(cells);
        if (recipient !== undefined) recipients.push(recipient);
      }
      if (fault !== undefined && !reader.isOver()) reader.refuse(fault.code, fault.column);
      if (reader.isOver()) break;
      const header = reader.header();
      if (header !== undefined) await take(recipients, header);
    }
  } finally {
    progress.end();
  }
  return reader.end();
}

/** Only what the source throws is a file that cannot be read. */
async function* failingIn<T>(source: AsyncIterable<T>, wrap: (cause: unknown) => Error): AsyncGenerator<T> {
  try {
    yield* source;
  } catch (cause) {
    throw wrap(cause);
  }
}
