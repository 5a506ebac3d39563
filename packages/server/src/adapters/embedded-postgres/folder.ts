import { mkdir, open } from 'node:fs/promises';
import { CodedError } from '@holdfast/core';

/** Makes a folder and its parents. Throws `data.not-writable` or `data.full` with what to do. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw folderError(folder, error);
  }
}

/** The coded form of a failed write: the disk is full, or this user may not write here. */
export function folderError(folder: string, cause: unknown): unknown {
  switch (errnoOf(cause)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return diskFull(folder, cause);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOTDIR':
    case 'EEXIST':
      return new CodedError(
        'data.not-writable',
        `Holdfast cannot write to ${folder}. Choose another folder with --data DIR, make this one writable for the ` +
          'user who starts Holdfast, or give it a PostgreSQL of yours with --database URL.',
        { folder, reason: errnoOf(cause) },
        cause,
      );
    default:
      return cause;
  }
}

export function diskFull(folder: string, cause?: unknown): CodedError {
  return new CodedError(
    'data.full',
    `The disk that holds ${folder} is full. Make room and start again; what was acknowledged is still there.`,
    { folder },
    cause,
  );
}

export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Makes a rename in this folder survive a power cut. Platforms that cannot open a folder order it themselves. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
