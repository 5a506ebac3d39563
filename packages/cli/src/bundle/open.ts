import { CodedError, isCodedError, MAX_OFFLINE_BUNDLE_LENGTH } from '@holdfast/core';
import { type OfflineVerifier, openBundle, type Policy } from '@holdfast/verifier';
import { createNodeEngine } from '@holdfast/verifier/node';
import { readBounded } from '../bounded-file.ts';

export type Opened = { readonly offline: OfflineVerifier; readonly characters: number };

/** Opens a bundle from a file, every proof in it checked. Throws `bundle.*`, `usage.file`. */
export async function openBundleFile(
  file: string,
  expected: { readonly network?: string; readonly policy?: Policy },
): Promise<Opened> {
  const text = await readBounded(file, MAX_OFFLINE_BUNDLE_LENGTH);
  // Loaded when it is needed: ASN.1 takes longer to load than a bundle to check.
  const { createPathVerifier } = await import('@holdfast/verifier/x509');
  const opening = openBundle(text, { ...expected, engine: createNodeEngine(), paths: createPathVerifier });
  const offline = await opening.catch((error: unknown) => {
    if (!isCodedError(error)) throw error;
    throw new CodedError(error.code, `${file}: ${error.message}`, { ...error.details, file }, error);
  });
  return { offline, characters: text.length };
}
