import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CodedError } from '@holdfast/core';
import type { OidcSettings } from '@holdfast/server';
import { readJsonObject } from './json-file.ts';

/** Where the console is installed, if it is. Its build must not be what a process does not start for. */
export function consoleOption(): { readonly consoleFolder?: string } {
  try {
    return { consoleFolder: dirname(fileURLToPath(import.meta.resolve('@holdfast/console/package.json'))) };
  } catch {
    return {};
  }
}

/** The file given with --oidc. Throws `usage.oidc`. */
export async function readOidc({ oidc }: { readonly oidc?: string }): Promise<{ readonly oidc?: OidcSettings }> {
  if (oidc === undefined) return {};
  const { oidcSettingsSchema } = await import('@holdfast/server');
  const parsed = oidcSettingsSchema.safeParse(await readJsonObject(oidc));
  if (parsed.success) return { oidc: parsed.data };
  const [issue] = parsed.error.issues;
  throw new CodedError('usage.oidc', `${oidc} describes no provider: ${issue?.path.join('.')}: ${issue?.message}.`);
}
