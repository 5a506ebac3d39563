import { CodedError, isCodedError, type JsonObject, parseJsonObject } from '@holdfast/core';
import { FILE_BOUNDS, readBounded } from './bounded-file.ts';

/** Reads a JSON object from a file of somebody's, `-` being standard input. Throws `usage.file`, which names the file. */
export async function readJsonObject(file: string): Promise<JsonObject> {
  const text = await readBounded(file);
  try {
    return parseJsonObject(text, FILE_BOUNDS);
  } catch (cause) {
    if (!isCodedError(cause)) throw cause;
    const name = file === '-' ? 'Standard input' : file;
    throw new CodedError('usage.file', `${name}: ${cause.message}`, { file }, cause);
  }
}
