import { randomBytes } from 'node:crypto';
import { type FileHandle, link, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CodedError } from '@holdfast/core';

/** Largest file read here: a sealed key takes under one thousand bytes. */
const MAX_FILE_BYTES = 16_384;

/**
 * A file that is its owner's alone, or undefined when there is none. Throws `key.file-mode` when others may read or write
 * it (then it may be known or exchanged already), `key.file-malformed` when it is too large, `key.unavailable` otherwise.
 */
export async function readPrivateFile(path: string): Promise<string | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw unavailable(path, error);
  }
  try {
    const { mode, size } = await file.stat();
    if ((mode & 0o077) !== 0) {
      const found = (mode & 0o777).toString(8).padStart(4, '0');
      throw new CodedError('key.file-mode', `Others may use ${path}; only its owner may (chmod 600).`, { path, found });
    }
    if (size > MAX_FILE_BYTES) throw new CodedError('key.file-malformed', `${path} is too large for a key.`, { path });
    return await file.readFile('utf8');
  } catch (error) {
    throw error instanceof CodedError ? error : unavailable(path, error);
  } finally {
    await file.close();
  }
}

/**
 * Writes a file with mode 0600, whole or not at all, unless one is there: of several writers, in several processes, one
 * wins and none overwrites. When it answers, file and name survive a crash. Returns whether it was us.
 */
export async function writeNewFile(path: string, text: string): Promise<boolean> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeSynced(temporary, text);
    const isOurs = await linkUnlessThere(temporary, path);
    await syncFolder(dirname(path));
    return isOurs;
  } catch (error) {
    throw unavailable(path, error);
  } finally {
    await rm(temporary, { force: true }).catch(() => {});
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A link fails where a rename would overwrite the key that another process has just made. */
async function linkUnlessThere(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function isCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException).code === code;
}

export function unavailable(path: string, cause: unknown): CodedError {
  const reason = (cause as NodeJS.ErrnoException).code;
  return new CodedError('key.unavailable', `${path} cannot be read or written.`, { path, reason }, cause);
}
