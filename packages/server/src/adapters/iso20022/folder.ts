import { randomBytes } from 'node:crypto';
import { link, lstat, mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CodedError } from '@holdfast/core';

/**
 * The folders of one bank connection, readable by their owner only, all on one file system: `staged` holds messages that
 * are not handed over yet, `sent` what was, `out` is emptied and `in` filled by whoever carries files to and from the
 * bank, `reports` holds what the bank said, in its order, and `archive` its own words.
 */
export type RailFolders = Readonly<Record<'staged' | 'sent' | 'out' | 'in' | 'reports' | 'archive', string>>;

/** Throws `settlement.rail-folder`. */
export async function openFolders(path: string): Promise<RailFolders> {
  const at = (name: string) => join(path, name);
  const folders: RailFolders = {
    staged: at('staged'),
    sent: at('sent'),
    out: at('out'),
    in: at('in'),
    reports: at('reports'),
    archive: at('archive'),
  };
  return coded(async () => {
    for (const folder of Object.values(folders)) await mkdir(folder, { recursive: true, mode: 0o700 });
    return folders;
  });
}

/** Writes a file whole or not at all, over an older one, and returns once a power failure cannot take it back. */
export async function writeDurably(file: string, text: string): Promise<void> {
  const temporary = await writeBeside(file, text);
  await rename(temporary, file);
  await syncFolder(dirname(file));
}

/** As `writeDurably`, unless the file is there: then false, and it stays as it is. */
export async function createDurably(file: string, text: string): Promise<boolean> {
  const temporary = await writeBeside(file, text);
  try {
    await link(temporary, file);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(temporary);
  }
  await syncFolder(dirname(file));
  return true;
}

/** Moves a file in one step: at any moment it is at one of the two places. False when it is not there. */
export async function moveDurably(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
  await syncFolder(dirname(to));
  await syncFolder(dirname(from));
  return true;
}

export async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Bytes and time of last change (unix milliseconds) of a file; undefined for anything else, a link among them. */
export async function statFile(
  file: string,
): Promise<{ readonly size: number; readonly changedAt: number } | undefined> {
  try {
    const stat = await lstat(file);
    return stat.isFile() ? { size: stat.size, changedAt: stat.mtimeMs } : undefined;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Failures of the file system as `settlement.rail-folder`, which says what to look at. */
export async function coded<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    const hint = code === 'EXDEV' ? 'its folders have to be on one file system' : 'look at its rights and its space';
    throw new CodedError(
      'settlement.rail-folder',
      `The folder of the bank connection fails (${code}): ${hint}.`,
      { code },
      error,
    );
  }
}

async function writeBeside(file: string, text: string): Promise<string> {
  // Not a name that whoever carries files would take along.
  const temporary = join(dirname(file), `.${randomBytes(9).toString('hex')}.tmp`);
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return temporary;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function codeOf(error: unknown): string | undefined {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return error instanceof Error && 'syscall' in error && typeof code === 'string' ? code : undefined;
}
