import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { CodedError } from '@holdfast/core';

/** One file of the built console with what it was compressed to. */
export type BuiltFile = {
  readonly type: string;
  readonly bytes: Buffer;
  readonly brotli?: Buffer;
  readonly gzip?: Buffer;
};

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};
/** All of it lies in memory: a folder that is larger is not our console. */
const MAX_SITE_BYTES = 32 * 1024 * 1024;

/** The built console. Throws `console.not-built` for a folder that holds none. */
export async function readSite(folder: string): Promise<{
  readonly index: string;
  readonly checker: string;
  readonly wallet: string;
  readonly clerk: string;
  readonly files: ReadonlyMap<string, BuiltFile>;
}> {
  const index = await readFile(join(folder, 'index.html'), 'utf8').catch((cause: unknown) => {
    throw new CodedError('console.not-built', `There is no built console in ${folder}.`, { folder }, cause);
  });
  // A build from before there was one has none: its page says so.
  const [checker = '', wallet = '', clerk = ''] = await Promise.all(
    ['checker.html', 'wallet.html', 'clerk.html'].map((page) => readFile(join(folder, page), 'utf8').catch(() => '')),
  );
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
  if (sizes.reduce((sum, size) => sum + size, 0) > MAX_SITE_BYTES) {
    throw new CodedError('console.not-built', `${folder} holds more than a console.`, { folder });
  }
  const bytes = new Map(await Promise.all(paths.map(async (path) => [path, await readFile(path)] as const)));
  const files = new Map<string, BuiltFile>();
  for (const [path, content] of bytes) {
    const type = TYPES[extname(path)];
    if (type === undefined) continue;
    const [brotli, gzip] = [bytes.get(`${path}.br`), bytes.get(`${path}.gz`)];
    const compressed = { ...(brotli === undefined ? {} : { brotli }), ...(gzip === undefined ? {} : { gzip }) };
    files.set(relative(folder, path).split(sep).join('/'), { type, bytes: content, ...compressed });
  }
  return { index, checker, wallet, clerk, files };
}
