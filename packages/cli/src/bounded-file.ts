import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { CodedError } from '@holdfast/core/errors';

const MAX_FILE_BYTES = 8_388_608;
/** What JSON in a file may cost. */
export const FILE_BOUNDS = { maxLength: MAX_FILE_BYTES, maxDepth: 24 } as const;

/**
 * Reads a text from outside, `-` being standard input: never more than 8 MiB of it unless more is said, whatever it is (a
 * device has no end). Throws `usage.file` with a sentence that says what is wrong with it.
 */
export async function readBounded(file: string, maxBytes = MAX_FILE_BYTES): Promise<string> {
  return (await readBoundedBytes(file, maxBytes)).toString('utf8');
}

/** The same, as it is: whose text must not be repaired unseen decodes it. */
export async function readBoundedBytes(file: string, maxBytes = MAX_FILE_BYTES): Promise<Buffer> {
  const isInput = file === '-';
  const name = isInput ? 'standard input' : file;
  const stream: Readable = isInput ? process.stdin : createReadStream(file);
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of stream) {
      length += (chunk as Buffer).length;
      if (length > maxBytes) throw refused(`${name} has more than ${maxBytes} bytes.`, file);
      chunks.push(chunk as Buffer);
    }
  } catch (cause) {
    throw cause instanceof CodedError ? cause : unreadable(name, file, cause);
  }
  return Buffer.concat(chunks);
}

const CAUSES: Readonly<Record<string, string>> = {
  ENOENT: 'There is no file',
  EISDIR: 'This is a folder, not a file:',
  EACCES: 'You may not read the file',
};

/** A file that the system will not read, in a sentence. */
export function unreadable(name: string, file: string, cause: unknown): CodedError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return refused(`${CAUSES[code] ?? 'This file cannot be read:'} ${name}`, file, cause);
}

function refused(sentence: string, file: string, cause?: unknown): CodedError {
  return new CodedError('usage.file', sentence, { file }, cause);
}
