import { createReadStream } from 'node:fs';
import { CodedError, isCodedError, type Json, parseJson } from '@holdfast/core';
import { FILE_BOUNDS, unreadable } from '../bounded-file.ts';

/**
 * The values of a file, one a line, however many: each line at most 8 MiB. A file that begins with `[` is one array.
 * Throws `usage.file`.
 */
export async function* readValues(file: string): AsyncGenerator<Json> {
  let isFirst = true;
  for await (const line of readLines(file)) {
    if (line.trim() === '') continue;
    const value = parseLine(file, line);
    if (isFirst && Array.isArray(value)) yield* value as readonly Json[];
    else yield value;
    isFirst = false;
  }
}

async function* readLines(file: string): AsyncGenerator<string> {
  let rest = '';
  let isArray = false;
  try {
    for await (const chunk of createReadStream(file, { encoding: 'utf8' })) {
      isArray ||= rest === '' && String(chunk).trimStart().startsWith('[');
      const lines = isArray ? [rest + String(chunk)] : (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > FILE_BOUNDS.maxLength) throw refused(file, 'has a line that is too long');
      yield* lines;
    }
  } catch (cause) {
    throw isCodedError(cause) ? cause : unreadable(file, file, cause);
  }
  yield rest;
}

function parseLine(file: string, line: string): Json {
  try {
    return parseJson(line, FILE_BOUNDS);
  } catch (cause) {
    if (!isCodedError(cause)) throw cause;
    throw refused(file, 'is not JSON, one value a line or one array', cause);
  }
}

function refused(file: string, what: string, cause?: unknown): CodedError {
  return new CodedError('usage.file', `The file ${file} ${what}.`, { file }, cause);
}
