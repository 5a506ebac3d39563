import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, link, open, rm } from 'node:fs/promises';
import { CodedError } from '@holdfast/core/lists';

const BUFFER_LENGTH = 262_144;

/** A file that comes to be whole or not at all. */
export type OutputFile = {
  readonly write: (text: string) => Promise<void>;
  /** Gives the SHA-256 of what was written, in hexadecimal. */
  readonly publish: () => Promise<string>;
  /** Leaves nothing behind; does nothing once it is published. */
  readonly discard: () => Promise<void>;
};

/**
 * Opens a file beside `path` that becomes `path` when it is published, with mode 0600 unless said otherwise. Throws
 * `usage.out` when there is one already or it cannot be written: nothing is ever overwritten.
 */
export async function createOutputFile(path: string, mode = 0o600): Promise<OutputFile> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.partial`;
  const hash = createHash('sha256');
  let file: FileHandle | undefined = await told(path, () => open(temporary, 'wx', mode));
  let held = '';
  const flush = async () => {
    const bytes = Buffer.from(held, 'utf8');
    held = '';
    hash.update(bytes);
    await told(path, async () => file?.writeFile(bytes));
  };
  const close = async () => {
    await file?.close();
    file = undefined;
  };
  return {
    write: async (text) => {
      held += text;
      if (held.length >= BUFFER_LENGTH) await flush();
    },
    publish: async () => {
      await flush();
      await told(path, async () => {
        await file?.sync();
        await close();
        // A link fails where a rename would overwrite.
        await link(temporary, path);
        await rm(temporary);
      });
      return hash.digest('hex');
    },
    discard: async () => {
      await close();
      await rm(temporary, { force: true });
    },
  };
}

const CAUSES: Readonly<Record<string, string>> = {
  EEXIST: 'is there already. Choose another name, or take it away',
  ENOTEMPTY: 'is there already. Choose another name, or take it away',
  ENOENT: 'cannot be made: the folder it would lie in is not there',
  EACCES: 'cannot be made: you may not write there',
  ENOSPC: 'cannot be written: the disk is full',
};

/** Runs a write; what the system refuses is told in a sentence. */
export async function told<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof CodedError) throw cause;
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    throw new CodedError('usage.out', `${path} ${CAUSES[reason] ?? `cannot be written (${reason})`}.`, { path }, cause);
  }
}
