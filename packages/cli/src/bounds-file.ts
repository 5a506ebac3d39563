import { resolve } from 'node:path';
import type { Bounds } from '@holdfast/server';
import { readJsonObject } from './json-file.ts';
import type { Output } from './output.ts';

/** The file given with --bounds, for this process and those that it starts. Throws `usage.bounds`. */
export async function readBounds(
  output: Output,
  { bounds: file, database }: { readonly bounds?: string; readonly database?: string },
): Promise<{ readonly bounds?: Bounds }> {
  if (file === undefined) return {};
  const { parseBounds, setBounds } = await import('@holdfast/server');
  const given = await readJsonObject(file);
  const bounds = parseBounds(given, { isEmbedded: database === undefined });
  process.env.HOLDFAST_BOUNDS = resolve(file);
  const set = Object.entries(setBounds(bounds)).map(([name, value]) => `${name} ${value}`);
  output.say(`  bounds of ${file}: ${set.length === 0 ? 'all as usual' : set.join(', ')}`);
  return { bounds };
}
