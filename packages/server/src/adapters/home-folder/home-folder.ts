import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '@holdfast/core';

/** Layout of the data folder. A newer one is refused, an older one would be brought up to date here. */
export const DATA_VERSION = 1;

export type HomeFolder = {
  readonly path: string;
  readonly keys: string;
  /** The origin that issuer ids of this data begin with. */
  readonly origin: string;
};

/**
 * Opens the folder that holds keys, the embedded database and what must not change under them. Creates it, readable by
 * its owner only. Throws `data.newer`, `data.other-origin` or `data.unwritable`, each saying what to do.
 */
export async function openHomeFolder(path: string, origin: string): Promise<HomeFolder> {
  const keys = join(path, 'keys');
  try {
    await mkdir(keys, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new CodedError(
      'data.unwritable',
      `The data folder ${path} cannot be written; choose one with --data.`,
      {},
      cause,
    );
  }
  const file = join(path, 'holdfast.json');
  const known = await readOptional(file);
  if (known === undefined) {
    await writeWhole(file, `${JSON.stringify({ version: DATA_VERSION, origin })}\n`);
    return { path, keys, origin };
  }
  const { version, origin: stored } = JSON.parse(known) as { version: number; origin: string };
  if (version > DATA_VERSION) {
    throw new CodedError(
      'data.newer',
      `The data in ${path} was written by a newer Holdfast; use that, or another --data.`,
    );
  }
  if (stored !== origin) {
    const hint = `start with --url ${stored}, or with another --data for a new network`;
    throw new CodedError('data.other-origin', `The data in ${path} belongs to ${stored}, not ${origin}: ${hint}.`, {
      stored,
      asked: origin,
    });
  }
  return { path, keys, origin };
}

/** A bearer key for operators: made once, kept for its owner alone. Only its hash reaches the server. */
export function readAdminKey(keysFolder: string): Promise<string> {
  return readKeyFile(join(keysFolder, 'admin'));
}

/** A random key that lies in a file of its own, made the first time. */
export async function readKeyFile(file: string): Promise<string> {
  const known = await readOptional(file);
  if (known !== undefined) return known.trim();
  const key = randomBytes(32).toString('base64url');
  await writeWhole(file, `${key}\n`);
  return key;
}

/** A file's text, or undefined when there is none. */
export async function readOptional(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes a file for its owner alone, whole or not at all: a crash leaves the old one or the new one. */
export async function writeWhole(file: string, text: string): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}
