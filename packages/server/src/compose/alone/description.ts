import { join } from 'node:path';
import { CodedError, parseJsonObject } from '@holdfast/core';
import type { z } from 'zod';
import { readOptional } from '../../adapters/home-folder/home-folder.ts';

const BOUNDS = { maxLength: 262_144, maxDepth: 16 };

/** What a role is told about itself, in its data folder; without such a file what is usual. Throws `data.description`. */
export async function readDescription<Schema extends z.ZodType>(
  dataFolder: string,
  file: string,
  schema: Schema,
  usual?: z.output<Schema>,
): Promise<z.output<Schema>> {
  const path = join(dataFolder, file);
  const text = await readOptional(path);
  if (text === undefined && usual !== undefined) return usual;
  if (text === undefined) throw wrong(path, 'there is no such file');
  const parsed = schema.safeParse(parseJsonObject(text, BOUNDS));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw wrong(path, `${issue?.path.join('.')}: ${issue?.message}`);
}

function wrong(path: string, why: string): CodedError {
  return new CodedError(
    'data.description',
    `${path} does not say what this role is (${why}). holdfast divide writes it.`,
  );
}
