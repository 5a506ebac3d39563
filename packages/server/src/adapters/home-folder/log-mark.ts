import { CodedError, isCodedError, isJsonObject, parseJson } from '@holdfast/core';
import type { LogMark, MarkedLog } from '../../ports/log-mark.ts';
import { readOptional, writeWhole } from './home-folder.ts';

/**
 * The mark as a file beside the keys: a backup of the database does not set it back. Throws `data.log-mark` for a file that
 * cannot be read as one.
 */
export function createLogMarkFile(file: string): LogMark {
  return {
    async read() {
      const text = await readOptional(file);
      return text === undefined ? undefined : parseMark(file, text);
    },
    write: ({ size, root }) => writeWhole(file, `${JSON.stringify({ size, root })}\n`),
  };
}

function parseMark(file: string, text: string): MarkedLog {
  try {
    const mark = parseJson(text, { maxLength: 1000, maxDepth: 2 });
    const { size, root } = isJsonObject(mark) ? mark : {};
    if (typeof size === 'number' && Number.isSafeInteger(size) && typeof root === 'string') return { size, root };
  } catch (error) {
    if (!isCodedError(error)) throw error;
  }
  throw new CodedError('data.log-mark', `The file ${file} says how far the log had been shown, and cannot be read.`);
}
