import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A folder of files that a plain web server serves. Paths are those of the addresses, with `/` and without one before them. */
export type TreeFolder = {
  readonly read: (path: string) => Promise<Uint8Array | undefined>;
  /** Whole or not at all: whoever reads meanwhile gets the old file or the new one. */
  readonly write: (path: string, bytes: Uint8Array | string) => Promise<void>;
  /** Removes the files of a folder but for those named. */
  readonly keepOnly: (path: string, names: readonly string[]) => Promise<void>;
};

export function createTreeFolder(root: string): TreeFolder {
  return {
    async read(path) {
      try {
        return new Uint8Array(await readFile(join(root, path)));
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw error;
      }
    },
    async write(path, bytes) {
      const file = join(root, path);
      await mkdir(dirname(file), { recursive: true });
      const temporary = join(dirname(file), `.${randomBytes(6).toString('hex')}.tmp`);
      await writeFile(temporary, bytes, { mode: 0o644 });
      await rename(temporary, file);
    },
    async keepOnly(path, names) {
      const folder = join(root, path);
      const found = await readdir(folder).catch((error: unknown) => {
        if (isAbsent(error)) return [];
        throw error;
      });
      for (const name of found) if (!names.includes(name)) await rm(join(folder, name), { force: true });
    },
  };
}

function isAbsent(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
